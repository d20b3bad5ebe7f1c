//! The examples of `mobile-api-spec`, by name: a test compares the list with the folder.

macro_rules! fixtures {
    ($($name:literal)*) => {
        /// Name and text of each.
        pub(super) const FIXTURES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../mobile-api-spec/examples/", $name, ".json")))),*];
    };
}

fixtures! {
    "delete-contact"
    "delete-named-by"
    "delete-session"
    "get-alert"
    "get-alert-stream"
    "get-audit"
    "get-break-glass"
    "get-centre-policies"
    "get-contacts"
    "get-escalation"
    "get-escalation-claimed"
    "get-escalation-print"
    "get-escalation-story"
    "get-escalation-stream"
    "get-escalation-trail"
    "get-escalations"
    "get-escalations-stream"
    "get-healthz"
    "get-health-alerting"
    "get-health-alerting-failing"
    "get-heartbeat"
    "get-help-lines"
    "get-invitation"
    "get-jwks"
    "get-me"
    "get-me-accesses"
    "get-me-conflicts"
    "get-me-readiness"
    "get-municipalities"
    "get-municipality"
    "get-named-by"
    "get-operators"
    "get-operators-session"
    "get-readyz"
    "get-restore"
    "get-sessions"
    "get-shift"
    "get-shift-nobody"
    "get-watching"
    "get-watching-one"
    "get-watching-stream"
    "patch-me"
    "patch-named-by"
    "post-alert-cancel"
    "post-alert-close"
    "post-alert-escalate"
    "post-alert-locations"
    "post-break-glass"
    "post-break-glass-grant"
    "post-callback-sms-inbound"
    "post-callback-sms-status"
    "post-callback-voice-keys"
    "post-callback-voice-status"
    "post-contacts"
    "post-escalation-acknowledge"
    "post-escalation-claim"
    "post-escalation-close"
    "post-escalation-close-proposed"
    "post-escalation-dispatch"
    "post-escalation-note"
    "post-escalation-on-scene"
    "post-escalation-open"
    "post-escalation-release"
    "post-escalation-take-over"
    "post-escalation-transfer"
    "post-escalations-training"
    "post-invitation"
    "post-notification-receipt"
    "post-notification-receipt-asleep"
    "post-notification-receipt-seen"
    "post-operator-disable"
    "post-operator-reset"
    "post-operators"
    "post-operators-sign-in"
    "post-operators-sign-out"
    "post-restore-release"
    "post-session-confirm"
    "post-sessions-refresh"
    "post-sessions-step-up"
    "post-sign-in"
    "post-sign-in-verify"
    "post-watching-answer"
    "put-alert"
    "put-alert-again"
    "put-alert-drill"
    "put-alert-nobody"
    "put-alert-nothing"
    "put-alert-warnings"
    "put-centre-policies"
    "put-device-push"
    "put-help-lines"
    "put-me-conflicts"
    "put-me-pin"
}

#[cfg(test)]
mod tests {
    use super::FIXTURES;

    #[test]
    fn every_file_of_an_operation_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/mobile-api-spec/examples");
        for file in std::fs::read_dir(folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let Some(name) = name.strip_suffix(".json") else {
                continue;
            };
            // What is pushed is no operation of ours.
            assert!(
                name.starts_with("push-") || FIXTURES.iter().any(|(n, _)| *n == name),
                "{name} is not listed"
            );
        }
    }
}

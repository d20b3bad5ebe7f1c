//! FCM's answers, as a table: each row one line, each line one test.

use serde::Deserialize;

use crate::delivery::channels::verdict::{self, AddressAction, Verdict};
use crate::delivery::model::FailReason;
use crate::delivery::outbox::retry::OVER_QUOTA;

/// What an answer says, reduced to what decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// A detail of type `FcmError` with this code.
    Code(&'static str),
    /// A detail of type `BadRequest` that names a field other than the token: what we built is
    /// wrong.
    OurBug,
    /// `INVALID_ARGUMENT` that names the token: by a detail of type `BadRequest`, or in its words
    /// ("The registration token is not a valid FCM registration token").
    BadToken,
    /// The status alone.
    Bare(u16),
    /// Any other status of that hundred.
    Hundred(u16),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// This verdict.
    Is(Verdict),
    /// A new access token, and the same request once more.
    RefreshToken,
}

const fn hard(reason: FailReason, address: AddressAction, alarm: bool) -> Remedy {
    Remedy::Is(verdict::hard(reason, address, alarm))
}

const fn again(reason: FailReason) -> Remedy {
    Remedy::Is(verdict::again(reason))
}

use AddressAction::{Disable, Keep, Retire};
use FailReason as R;

/// The table; the first row that fits decides.
#[rustfmt::skip]
pub static TABLE: &[(Saying, Remedy)] = &[
    (Saying::Code("UNREGISTERED"),           hard(R::Unregistered, Retire, false)),
    (Saying::OurBug,                         hard(R::BadRequest, Keep, true)),
    (Saying::BadToken,                       hard(R::BadAddress, Retire, false)),
    // About the message, then: too big, a priority that there is not. The token is as good as ever.
    (Saying::Code("INVALID_ARGUMENT"),       hard(R::BadRequest, Keep, true)),
    (Saying::Code("SENDER_ID_MISMATCH"),     hard(R::SenderMismatch, Disable, true)),
    (Saying::Code("QUOTA_EXCEEDED"),         Remedy::Is(Verdict::Again { reason: R::Quota, schedule: OVER_QUOTA })),
    (Saying::Code("UNAVAILABLE"),            again(R::Unavailable)),
    (Saying::Code("INTERNAL"),               again(R::Internal)),
    (Saying::Code("THIRD_PARTY_AUTH_ERROR"), hard(R::NotAuthorised, Keep, true)),
    (Saying::Bare(401),                      Remedy::RefreshToken),
    (Saying::Bare(403),                      hard(R::NotAuthorised, Keep, true)),
    // Not the phone's fault: a project that is spelt wrong answers so for every token.
    (Saying::Bare(404),                      hard(R::BadRequest, Keep, true)),
    (Saying::Bare(408),                      again(R::TimedOut)),
    (Saying::Bare(429),                      Remedy::Is(Verdict::Again { reason: R::Quota, schedule: OVER_QUOTA })),
    (Saying::Bare(503),                      again(R::Unavailable)),
    (Saying::Hundred(5),                     again(R::Internal)),
    (Saying::Hundred(4),                     hard(R::BadRequest, Keep, true)),
    // Neither an error nor a message name: something between us and Google answers. It may be gone
    // in a moment.
    (Saying::Hundred(3),                     again(R::Internal)),
    (Saying::Hundred(2),                     again(R::Internal)),
];

/// The error body as Google writes it; everything else in it is passed over.
#[derive(Debug, Default, Deserialize)]
pub struct Body {
    #[serde(default)]
    error: Error,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Error {
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(rename = "@type", default)]
    kind: String,
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    field_violations: Vec<Violation>,
}

#[derive(Debug, Default, Deserialize)]
struct Violation {
    #[serde(default)]
    field: String,
}

/// What is to be done about an answer that is no success, and its cause in a word for the attempt's
/// row.
#[must_use]
pub fn remedy(status: u16, body: &[u8]) -> (Remedy, String) {
    let Error { message, details } = serde_json::from_slice::<Body>(body)
        .unwrap_or_default()
        .error;
    let code = details
        .iter()
        .find(|d| d.kind.ends_with(".FcmError"))
        .map(|d| d.error_code.as_str());
    let mut fields = details
        .iter()
        .filter(|d| d.kind.ends_with(".BadRequest"))
        .flat_map(|d| &d.field_violations)
        .map(|v| matches!(v.field.as_str(), "message.token" | "message.fid" | "token"))
        .peekable();
    let names_fields = fields.peek().is_some();
    let our_bug = fields.any(|token| !token);
    let says_token = message.to_ascii_lowercase().contains("registration token");
    let bad_token = code == Some("INVALID_ARGUMENT") && !our_bug && (names_fields || says_token);
    let fits = |saying: &Saying| match saying {
        Saying::Code(wanted) => code == Some(wanted),
        Saying::OurBug => our_bug,
        Saying::BadToken => bad_token,
        Saying::Bare(wanted) => status == *wanted && code.is_none(),
        Saying::Hundred(hundred) => status / 100 == *hundred,
    };
    let found = TABLE
        .iter()
        .find(|(saying, _)| fits(saying))
        .map_or(again(R::Internal), |(_, remedy)| *remedy);
    let known = code.filter(|c| {
        TABLE
            .iter()
            .any(|(s, _)| matches!(s, Saying::Code(k) if k == c))
    });
    (
        found,
        known.map_or_else(
            || format!("fcm {status}"),
            |code| format!("fcm {status} {code}"),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str) -> Remedy {
        let body = serde_json::json!({"error": {"code": status, "status": "X", "details": [
            {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}]}});
        remedy(status, body.to_string().as_bytes()).0
    }

    #[test]
    fn unregistered_retires_the_address() {
        assert_eq!(
            answer(404, "UNREGISTERED"),
            hard(R::Unregistered, Retire, false)
        );
    }

    #[test]
    fn a_bare_404_may_be_a_wrong_project_and_retires_nobody() {
        assert_eq!(remedy(404, b"<html>").0, hard(R::BadRequest, Keep, true));
    }

    #[test]
    fn invalid_argument_retires_a_token_only_where_it_is_about_the_token() {
        let said = |message: &str| {
            let body = serde_json::json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": message,
                "details": [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "INVALID_ARGUMENT"}]}});
            remedy(400, body.to_string().as_bytes()).0
        };
        assert_eq!(
            said("The registration token is not a valid FCM registration token"),
            hard(R::BadAddress, Retire, false)
        );
        for ours in [
            "Android message is too big",
            "Message.android.priority must be NORMAL or HIGH",
            "Invalid value at 'message.android.ttl'",
            "",
        ] {
            assert_eq!(said(ours), hard(R::BadRequest, Keep, true), "{ours}");
        }
    }

    #[test]
    fn a_bad_request_is_our_bug_and_spares_the_address_even_beside_an_fcm_error() {
        let violation = serde_json::json!({"@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": "message.data[0].value", "description": "x"}]});
        let alone = serde_json::json!({"error": {"code": 400, "details": [violation]}});
        let both = serde_json::json!({"error": {"code": 400, "details": [violation,
            {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "INVALID_ARGUMENT"}]}});
        for body in [alone, both] {
            assert_eq!(
                remedy(400, body.to_string().as_bytes()).0,
                hard(R::BadRequest, Keep, true)
            );
        }
        let token = serde_json::json!({"error": {"code": 400, "details": [
            {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "message.token"}]},
            {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "INVALID_ARGUMENT"}]}});
        assert_eq!(
            remedy(400, token.to_string().as_bytes()).0,
            hard(R::BadAddress, Retire, false)
        );
    }

    #[test]
    fn another_senders_token_is_disabled_and_somebody_woken() {
        assert_eq!(
            answer(403, "SENDER_ID_MISMATCH"),
            hard(R::SenderMismatch, Disable, true)
        );
    }

    #[test]
    fn a_quota_waits_a_minute() {
        let minute = Remedy::Is(Verdict::Again {
            reason: R::Quota,
            schedule: OVER_QUOTA,
        });
        assert_eq!(
            (answer(429, "QUOTA_EXCEEDED"), remedy(429, b"").0),
            (minute, minute)
        );
    }

    #[test]
    fn unavailable_and_internal_go_again_after_a_second() {
        assert_eq!(
            (answer(503, "UNAVAILABLE"), remedy(503, b"").0),
            (again(R::Unavailable), again(R::Unavailable))
        );
        assert_eq!(
            (answer(500, "INTERNAL"), remedy(502, b"").0),
            (again(R::Internal), again(R::Internal))
        );
    }

    #[test]
    fn a_third_party_that_refuses_our_key_wakes_somebody() {
        assert_eq!(
            answer(401, "THIRD_PARTY_AUTH_ERROR"),
            hard(R::NotAuthorised, Keep, true)
        );
    }

    #[test]
    fn a_bare_401_asks_for_a_new_token() {
        assert_eq!(remedy(401, b"{}").0, Remedy::RefreshToken);
    }

    #[test]
    fn the_cause_repeats_nothing_but_codes_of_the_table() {
        let body = br#"{"error":{"details":[{"@type":"x.FcmError","errorCode":"+526141234567"}]}}"#;
        assert_eq!(remedy(418, body).1, "fcm 418");
        assert_eq!(remedy(418, body).0, hard(R::BadRequest, Keep, true));
    }
}

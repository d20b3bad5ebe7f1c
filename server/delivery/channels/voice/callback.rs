//! What the gateway tells us of a call. Pure.

use crate::delivery::model::{FailReason, NotificationEvent};

/// What the `CallStatus` at a call's end says; `None` for the steps in between. A call that was
/// picked up proves no reached contact, since a mailbox picks up too: a pressed key was reported
/// before, and a call that is `seen` stays so.
#[must_use]
pub fn event(status: &str) -> Option<NotificationEvent> {
    let reason = match status {
        "completed" => FailReason::NoKeyPressed,
        "busy" => FailReason::Busy,
        "no-answer" => FailReason::NoAnswer,
        "failed" => FailReason::CallFailed,
        "canceled" => FailReason::CallCancelled,
        _ => return None,
    };
    Some(NotificationEvent::Failed(reason))
}

/// Whether that key answers.
#[must_use]
pub fn answers(key: &str) -> bool {
    matches!(key, "1" | "2")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_end_of_a_call_counts_as_reached() {
        for (status, reason) in [
            ("completed", FailReason::NoKeyPressed),
            ("busy", FailReason::Busy),
            ("no-answer", FailReason::NoAnswer),
            ("failed", FailReason::CallFailed),
            ("canceled", FailReason::CallCancelled),
        ] {
            assert_eq!(event(status), Some(NotificationEvent::Failed(reason)));
        }
        for between in ["queued", "initiated", "ringing", "in-progress", ""] {
            assert_eq!(event(between), None);
        }
    }

    #[test]
    fn two_keys_answer() {
        assert!(answers("1") && answers("2"));
        assert!(["", "0", "3", "#", "11"].iter().all(|key| !answers(key)));
    }
}

//! What the gateway tells us of a text message that we sent. Pure.

use crate::delivery::model::{FailReason, NotificationEvent};

/// What a receipt's `MessageStatus` and `ErrorCode` say; `None` for the steps in between.
#[must_use]
pub fn event(status: &str, code: Option<&str>) -> Option<NotificationEvent> {
    match &*status.trim().to_ascii_lowercase() {
        "delivered" => Some(NotificationEvent::Delivered),
        "read" => Some(NotificationEvent::Seen),
        // Called off before it left, for instance by a queue that ran over.
        "undelivered" | "failed" | "canceled" | "cancelled" => {
            Some(NotificationEvent::Failed(match code {
                Some("21610") => FailReason::OptedOut,
                Some("30005" | "30006" | "21211" | "21614") => FailReason::BadAddress,
                Some("30007" | "30004") => FailReason::Rejected,
                _ => FailReason::Undelivered,
            }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ends_of_a_messages_way_are_events() {
        assert_eq!(event("delivered", None), Some(NotificationEvent::Delivered));
        assert_eq!(
            event("undelivered", Some("30003")),
            Some(NotificationEvent::Failed(FailReason::Undelivered))
        );
        assert_eq!(
            event("failed", Some("21610")),
            Some(NotificationEvent::Failed(FailReason::OptedOut))
        );
        for between in ["queued", "sending", "sent", "accepted", ""] {
            assert_eq!(event(between, None), None);
        }
    }
}

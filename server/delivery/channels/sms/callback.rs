//! What the gateway tells us of a text message: a receipt, a reply. Pure.

use crate::delivery::model::{FailReason, NotificationEvent};

/// What a receipt's `MessageStatus` and `ErrorCode` say; `None` for the steps in between.
#[must_use]
pub fn event(status: &str, code: Option<&str>) -> Option<NotificationEvent> {
    match status {
        "delivered" => Some(NotificationEvent::Delivered),
        "read" => Some(NotificationEvent::Seen),
        "undelivered" | "failed" => Some(NotificationEvent::Failed(match code {
            Some("21610") => FailReason::OptedOut,
            Some("30005" | "30006" | "21211" | "21614") => FailReason::BadAddress,
            Some("30007" | "30004") => FailReason::Rejected,
            _ => FailReason::Undelivered,
        })),
        _ => None,
    }
}

/// What a reply means to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// No more messages.
    Stop,
    /// Messages again, after a stop.
    Start,
    /// A word that may answer an alert.
    Word(String),
    /// Nothing that we keep.
    Nothing,
}

/// Reads a reply. Only its first word is looked at, and no more than sixteen letters and digits of
/// it are kept: the rest of the text is not kept.
#[must_use]
pub fn reply(body: &str) -> Reply {
    let first = body
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_uppercase();
    let word: String = first
        .chars()
        .filter(|c| c.is_alphanumeric())
        .take(16)
        .collect();
    match word.as_str() {
        "" => Reply::Nothing,
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "QUIT" | "ALTO" | "BAJA" => Reply::Stop,
        "START" | "UNSTOP" | "ALTA" => Reply::Start,
        _ => Reply::Word(word),
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

    #[test]
    fn stop_is_understood_in_both_languages_and_however_it_is_typed() {
        for stop in ["STOP", " stop.", "Alto", "BAJA ya por favor", "baja!"] {
            assert_eq!(reply(stop), Reply::Stop, "{stop}");
        }
        assert_eq!(reply("alta"), Reply::Start);
        assert_eq!(reply("Voy en camino"), Reply::Word("VOY".to_owned()));
        assert_eq!(reply("  ...  "), Reply::Nothing);
    }
}

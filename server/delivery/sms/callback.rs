//! What the gateway sends us: its signature, a receipt, a reply. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::delivery::model::{FailReason, NotificationEvent};

/// Whether `signature` (`X-Twilio-Signature`) is base64(HMAC-SHA1(auth token, URL and the form's keys and values in the
/// keys' order)). Compared in constant time. `url` is the one the gateway called, query included.
#[must_use]
pub fn is_signed(auth_token: &str, url: &str, form: &[(String, String)], signature: &str) -> bool {
    let Ok(given) = STANDARD.decode(signature.trim()) else { return false };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()) else { return false };
    let mut sorted: Vec<&(String, String)> = form.iter().collect();
    sorted.sort();
    sorted.dedup();
    mac.update(url.as_bytes());
    for (key, value) in sorted {
        mac.update(key.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.verify_slice(&given).is_ok()
}

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
    /// A word for whoever asked.
    Word(String),
    /// Nothing that we keep.
    Nothing,
}

/// Reads a reply. Only its first word is looked at, and no more than sixteen letters and digits of it are kept: what
/// else she or he wrote is nobody's business here.
#[must_use]
pub fn reply(body: &str) -> Reply {
    let first = body.split_whitespace().next().unwrap_or_default().to_uppercase();
    let word: String = first.chars().filter(|c| c.is_alphanumeric()).take(16).collect();
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

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn signature(token: &str, text: &str) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    #[test]
    fn keys_are_signed_in_their_order_whatever_order_they_came_in() {
        let good = signature("secret", "https://a.mx/v1/cbBodyhiFrom+526140000000");
        let sent = form(&[("From", "+526140000000"), ("Body", "hi")]);
        assert!(is_signed("secret", "https://a.mx/v1/cb", &sent, &good));
        assert!(!is_signed("other", "https://a.mx/v1/cb", &sent, &good));
        assert!(!is_signed("secret", "https://b.mx/v1/cb", &sent, &good));
        assert!(!is_signed("secret", "https://a.mx/v1/cb", &form(&[("Body", "hi")]), &good));
        for bad in ["", "%%%", "AAAA"] {
            assert!(!is_signed("secret", "https://a.mx/v1/cb", &sent, bad));
        }
    }

    #[test]
    fn only_the_ends_of_a_messages_way_are_events() {
        assert_eq!(event("delivered", None), Some(NotificationEvent::Delivered));
        assert_eq!(event("undelivered", Some("30003")), Some(NotificationEvent::Failed(FailReason::Undelivered)));
        assert_eq!(event("failed", Some("21610")), Some(NotificationEvent::Failed(FailReason::OptedOut)));
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

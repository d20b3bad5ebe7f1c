//! The message as FCM HTTP v1 takes it. Pure.
//!
//! Android gets data alone, so that the app decides what to show; it has to show something each
//! time or the system lowers its priority. iOS shows the neutral words itself, and the app may
//! better them. Neither is told a place or a name: a lock screen is read by any
//! holder of the phone. A message without words shows nothing by itself on either: iOS gets it as a
//! background push.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// FCM's limit for a payload, in bytes.
pub const LARGEST: usize = 4_096;
/// The longest that a message may be kept.
const LONGEST: Duration = Duration::from_secs(900);

#[derive(Serialize)]
struct Body<'a> {
    message: Message<'a>,
}

#[derive(Serialize)]
struct Message<'a> {
    /// Names the phone. Google has deprecated it in favour of `fid` and still takes it; this is the
    /// one place to change.
    token: &'a str,
    #[serde(serialize_with = "pairs")]
    data: &'a [(&'a str, &'a str)],
    android: Android,
    apns: Apns<'a>,
}

#[derive(Serialize)]
struct Android {
    priority: &'static str,
    ttl: String,
}

#[derive(Serialize)]
struct Apns<'a> {
    headers: ApnsHeaders,
    payload: ApnsPayload<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ApnsHeaders {
    apns_priority: &'static str,
    apns_push_type: &'static str,
}

#[derive(Serialize)]
struct ApnsPayload<'a> {
    aps: Aps<'a>,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "kebab-case")]
enum Aps<'a> {
    Shown {
        alert: Shown<'a>,
        sound: &'static str,
        mutable_content: u8,
        interruption_level: &'static str,
    },
    Quiet {
        content_available: u8,
    },
}

#[derive(Serialize)]
struct Shown<'a> {
    body: &'a str,
}

fn pairs<S: Serializer>(data: &[(&str, &str)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(data.iter().filter(|(key, _)| !reserved(key)).copied())
}

/// Builds the request's body. `data` names each key once. `left` is for how long FCM may keep it
/// for a phone that is off: 15 minutes at most, since an alert older than that is no news any more
/// (FCM's own preset would be four weeks).
///
/// # Errors
/// What serde says; text alone is written, so nothing.
pub fn body(
    token: &str,
    words: &str,
    data: &[(&str, &str)],
    left: Duration,
) -> Result<String, serde_json::Error> {
    let ttl = left.min(LONGEST).as_secs().max(1);
    let android = Android {
        priority: "HIGH",
        ttl: format!("{ttl}s"),
    };
    let apns = if words.is_empty() {
        quiet()
    } else {
        shown(words)
    };
    serde_json::to_string(&Body {
        message: Message {
            token,
            data,
            android,
            apns,
        },
    })
}

/// A message that FCM judges as any other and does not send (`validateOnly`): it needs no real
/// token.
#[must_use]
pub fn probe() -> Value {
    json!({"validateOnly": true, "message": {
        "topic": "ampara-heartbeat",
        "android": {"priority": "HIGH", "ttl": "1s"},
    }})
}

fn shown(words: &str) -> Apns<'_> {
    Apns {
        headers: ApnsHeaders {
            apns_priority: "10",
            apns_push_type: "alert",
        },
        payload: ApnsPayload {
            aps: Aps::Shown {
                alert: Shown { body: words },
                sound: "default",
                mutable_content: 1,
                interruption_level: "time-sensitive",
            },
        },
    }
}

/// Apple takes no other priority for a push that shows nothing.
fn quiet() -> Apns<'static> {
    Apns {
        headers: ApnsHeaders {
            apns_priority: "5",
            apns_push_type: "background",
        },
        payload: ApnsPayload {
            aps: Aps::Quiet {
                content_available: 1,
            },
        },
    }
}

/// Keys that FCM keeps for itself: one of them in `data` and the whole message is refused.
fn reserved(key: &str) -> bool {
    matches!(key, "from" | "message_type" | "collapse_key")
        || key.starts_with("google.")
        || key.starts_with("gcm.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saying(words: &str, left: u64) -> Value {
        let data = [
            ("kind", "alert"),
            ("notification", "n-1"),
            ("from", "x"),
            ("google.a", "x"),
        ];
        let text = body("the-token", words, &data, Duration::from_secs(left)).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn built(left: u64) -> Value {
        saying("Tu vecina", left)
    }

    #[test]
    fn android_gets_data_alone_at_high_priority_for_a_quarter_of_an_hour_at_most() {
        let message = built(86_400)["message"].clone();
        assert_eq!(
            message["android"],
            json!({"priority": "HIGH", "ttl": "900s"})
        );
        assert!(message.get("notification").is_none());
        assert_eq!(
            message["data"],
            json!({"kind": "alert", "notification": "n-1"}),
            "reserved keys are left out"
        );
        assert_eq!(message["token"], "the-token");
        assert_eq!(built(30)["message"]["android"]["ttl"], "30s");
    }

    #[test]
    fn without_words_nothing_is_shown_and_an_app_is_woken_all_the_same() {
        let message = saying("", 30)["message"].clone();
        assert_eq!(
            message["apns"]["payload"],
            json!({"aps": {"content-available": 1}})
        );
        assert_eq!(
            message["apns"]["headers"],
            json!({"apns-priority": "5", "apns-push-type": "background"})
        );
        assert_eq!(
            (&message["android"]["priority"], &message["data"]["kind"]),
            (&json!("HIGH"), &json!("alert"))
        );
    }

    #[test]
    fn ios_shows_the_neutral_words_at_once() {
        let apns = built(30)["message"]["apns"].clone();
        assert_eq!(apns["headers"]["apns-priority"], "10");
        let aps = &apns["payload"]["aps"];
        assert_eq!(
            (&aps["alert"]["body"], &aps["mutable-content"]),
            (&json!("Tu vecina"), &json!(1))
        );
        assert_eq!(aps["interruption-level"], "time-sensitive");
        assert_eq!(aps["sound"], "default");
        assert_eq!(apns["headers"]["apns-push-type"], "alert");
    }
}

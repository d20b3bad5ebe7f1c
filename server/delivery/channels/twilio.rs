//! An account at a gateway that speaks as Twilio does: what texts and calls have in common.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::RETRY_AFTER;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha1::Sha1;

use super::verdict::{AddressAction, Answer, QUOTA, Verdict, again, hard, leaves_open, unanswered};
use crate::clock::Clock;
use crate::delivery::model::FailReason;
use crate::delivery::outbox::retry;

/// Five times, after a 5xx, a failed connection, or a reply that did not come in time.
const REPEATS: &str = "#rc=5&rp=5xx,ct,rt";

/// The account at the gateway.
#[derive(Clone)]
pub struct Account {
    /// Without a slash at its end.
    pub base_url: String,
    /// The account's name.
    pub sid: String,
    /// Its secret: sends, and signs what comes back.
    pub auth_token: SecretString,
    /// Our own address as the gateway sees it, without a slash at its end: receipts come there.
    pub public_url: String,
}

/// One account, and what its errors mean.
pub struct Gateway {
    /// The provider's name: of its breaker, and first in the cause of each attempt.
    name: &'static str,
    table: Table,
    http: reqwest::Client,
    clock: Clock,
    account: Account,
}

/// What a gateway says of a message that it took.
#[derive(Deserialize)]
struct Taken {
    sid: Option<String>,
    status: Option<String>,
    /// Why it will not be sent all the same; a number or its digits.
    error_code: Option<serde_json::Value>,
}

impl Taken {
    /// The message's name at the gateway, if it took the message; or the code by which it refuses
    /// what its status has taken.
    fn read(status: u16, body: &[u8]) -> Option<Result<Option<String>, i64>> {
        // An answer that is no object is no gateway's: a portal or a proxy answers 200 as well.
        let nothing = matches!(status, 202 | 204) && body.trim_ascii().is_empty();
        if nothing {
            return Some(Ok(None));
        }
        let taken: Self = serde_json::from_slice(body).ok()?;
        let code = taken.error_code.and_then(|code| match code {
            serde_json::Value::Number(n) => n.as_i64(),
            serde_json::Value::String(text) => text.parse().ok(),
            _ => None,
        });
        let word = taken.status.unwrap_or_default().to_ascii_lowercase();
        let refused = matches!(&*word, "failed" | "undelivered" | "canceled" | "cancelled");
        match (code.filter(|code| *code != 0), refused) {
            (Some(code), _) => Some(Err(code)),
            (None, true) => Some(Err(0)),
            // A queue's own answer, as `202 {"message": "accepted"}`, names no message.
            (None, false) if taken.sid.is_none() && status < 202 => None,
            (None, false) => Some(Ok(taken.sid.map(|sid| sid.chars().take(64).collect()))),
        }
    }
}

impl Gateway {
    /// A client for one account.
    #[must_use]
    pub fn new(
        name: &'static str,
        table: Table,
        http: &reqwest::Client,
        clock: &Clock,
        account: Account,
    ) -> Self {
        Self {
            name,
            table,
            http: http.clone(),
            clock: clock.clone(),
            account,
        }
    }

    /// The account, for those who check what the gateway sends us.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The provider's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// A path of ours as the gateway is to call it.
    #[must_use]
    pub fn callback(&self, path: &str) -> String {
        format!("{}{path}", self.account.public_url.trim_end_matches('/'))
    }

    /// The same for a report that must not be lost: the gateway is asked to repeat it where we do
    /// not answer, answer too late or with a 5xx, for instance while we restart. The fragment is
    /// Twilio's ("connection overrides"); it is not sent along, and others pass over it.
    #[must_use]
    pub fn repeated_callback(&self, path: &str) -> String {
        format!("{}{REPEATS}", self.callback(path))
    }

    /// Asks once for a `Messages` or a `Calls`.
    pub async fn post(&self, what: &str, form: &[(&str, &str)]) -> Answer {
        let request = self
            .http
            .post(self.url(&format!("/{what}.json")))
            .form(form);
        let request = request.basic_auth(
            &self.account.sid,
            Some(self.account.auth_token.expose_secret()),
        );
        let response = match request.send().await {
            Ok(response) => response,
            Err(e) => return unanswered(self.name, &e),
        };
        let status = response.status().as_u16();
        let asked = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|v| v.to_str().ok());
        let retry_after = asked.and_then(|v| retry::retry_after(v, self.clock.now()));
        let bytes = match response.bytes().await {
            Ok(bytes) => bytes,
            Err(e) => return unanswered(self.name, &e),
        };
        match Taken::read(status, &bytes).filter(|_| status / 100 == 2) {
            Some(Ok(provider_ref)) => {
                return self.named(Answer {
                    provider_ref,
                    ..Answer::of(Verdict::Sent, &status.to_string())
                });
            }
            Some(Err(code)) => {
                let refusal = serde_json::json!({ "code": code }).to_string();
                let (verdict, cause) = verdict(self.table, 400, refusal.as_bytes());
                return self.named(Answer::of(verdict, &cause));
            }
            None => {}
        }
        let (verdict, cause) = verdict(self.table, status, &bytes);
        self.named(Answer {
            retry_after,
            may_have_arrived: leaves_open(status),
            ..Answer::of(verdict, &cause)
        })
    }

    /// Whether the gateway answers and knows the account; what it says if not. For `doctor`.
    pub async fn unreachable(&self) -> Option<String> {
        let answer = self.probe().await;
        (answer.verdict != Verdict::Sent).then_some(answer.cause)
    }

    /// Asks the gateway for the account: sends no message.
    pub async fn probe(&self) -> Answer {
        let token = self.account.auth_token.expose_secret();
        let request = self
            .http
            .get(self.url(".json"))
            .basic_auth(&self.account.sid, Some(token));
        let status = match request.send().await {
            Ok(response) => response.status(),
            Err(e) => return unanswered(self.name, &e),
        };
        let said = verdict(self.table, status.as_u16(), b"").0;
        self.named(Answer::of(
            if status.is_success() {
                Verdict::Sent
            } else {
                said
            },
            status.as_str(),
        ))
    }

    /// What we never asked the gateway, since it could not have been done.
    #[must_use]
    pub fn broken(&self, reason: FailReason, cause: &str) -> Answer {
        self.named(Answer::of(hard(reason, AddressAction::Keep, true), cause))
    }

    fn named(&self, answer: Answer) -> Answer {
        Answer {
            cause: format!("{} {}", self.name, answer.cause),
            ..answer
        }
    }

    fn url(&self, rest: &str) -> String {
        let base = self.account.base_url.trim_end_matches('/');
        format!("{base}/2010-04-01/Accounts/{}{rest}", self.account.sid)
    }
}

/// What an answer says, reduced to what decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// The gateway's own code.
    Code(i64),
    /// Any code of that thousand.
    Thousand(i64),
    /// The HTTP status alone.
    Status(u16),
    /// Any status of that hundred.
    Hundred(u16),
}

/// What a provider's codes mean; the first row that fits decides.
pub type Table = &'static [(Saying, Verdict)];

use AddressAction::Keep;
use FailReason as R;

/// What an answer means whose code no table knows; the first row that fits decides.
#[rustfmt::skip]
pub static STATUSES: Table = &[
    (Saying::Status(401), hard(R::NotAuthorised, Keep, true)),
    (Saying::Status(403), hard(R::NotAuthorised, Keep, true)),
    (Saying::Status(408), again(R::TimedOut)),
    (Saying::Status(429), QUOTA),
    (Saying::Status(503), again(R::Unavailable)),
    (Saying::Hundred(5),  again(R::Internal)),
    (Saying::Hundred(4),  hard(R::BadRequest, Keep, true)),
];

#[derive(Debug, Default, Deserialize)]
struct Body {
    #[serde(default)]
    code: i64,
}

/// What an answer that is no success means, and its status and code as the cause.
#[must_use]
pub fn verdict(table: Table, status: u16, body: &[u8]) -> (Verdict, String) {
    let code = serde_json::from_slice::<Body>(body)
        .unwrap_or_default()
        .code;
    let fits = |saying: &Saying| match *saying {
        Saying::Code(wanted) => code == wanted,
        Saying::Thousand(thousand) => code / 1_000 == thousand,
        Saying::Status(wanted) => status == wanted,
        Saying::Hundred(hundred) => status / 100 == hundred,
    };
    let found = table
        .iter()
        .chain(STATUSES)
        .find(|(saying, _)| fits(saying));
    let found = found.map_or(again(R::Internal), |(_, verdict)| *verdict);
    (
        found,
        if code == 0 {
            status.to_string()
        } else {
            format!("{status} {code}")
        },
    )
}

/// Whether `signature` (`X-Twilio-Signature`) is base64(HMAC-SHA1(auth token, URL and the form's
/// keys and values in the keys' order)). Compared in constant time. `url` is the one the gateway
/// called, query included.
#[must_use]
pub fn is_signed(auth_token: &str, url: &str, form: &[(String, String)], signature: &str) -> bool {
    let Ok(given) = STANDARD.decode(signature.trim()) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()) else {
        return false;
    };
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

#[cfg(test)]
#[path = "twilio_tests.rs"]
mod tests;

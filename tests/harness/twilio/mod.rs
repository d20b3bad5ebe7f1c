//! A strict fake of a Twilio-compatible SMS provider.
//!
//! What: [`Twilio`] serves `POST /2010-04-01/Accounts/{sid}/Messages.json`, sends signed status callbacks and signed
//! inbound messages to the server.
//! Invariant: wrong credentials, an unknown field, a number that is not E.164, an empty or over-long body, or any other
//! path is refused in the provider's words *and* fails the test at drop.
//! Path: `request` judges a form, `answer` says what is replied, `signature` signs what goes to the server.
//! On failure: answers are programmable per number, in sequence; see [`Answer`].

pub mod answer;
pub mod request;
mod routes;
pub mod signature;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::StatusCode;

pub use self::answer::Answer;
use super::client;
use super::ledger::{Entry, Ledger};
use super::listener::Listener;

const ACCOUNT_SID: &str = "AC00000000000000000000000000000a11";
const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A message that the provider was asked to send, whatever it answered.
#[derive(Debug, Clone)]
pub struct Sms {
    /// The provider's name for it: `SM` and 32 hexadecimal digits.
    pub sid: String,
    /// E.164.
    pub to: String,
    /// The number, short code or alphanumeric sender; or the messaging service's id.
    pub from: String,
    /// The words.
    pub body: String,
    /// Where its status is reported to.
    pub status_callback: Option<String>,
    /// What the fake answered.
    pub answered: Answer,
}

impl Sms {
    /// The first `http` link in the words.
    pub fn link(&self) -> Option<&str> {
        self.body.split_whitespace().find(|word| word.starts_with("http"))
    }

    /// The first run of exactly six digits in the words: a sign-in code.
    pub fn code(&self) -> Option<&str> {
        self.body.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6)
    }
}

impl Entry for Sms {
    fn recipient(&self) -> &str {
        &self.to
    }

    fn describe(&self) -> String {
        format!("SMS to {} {:?} (answered {:?})", self.to, self.body, self.answered)
    }
}

/// What the server's handlers share with the test.
pub(crate) struct Desk {
    ledger: Ledger<Sms>,
    planned: Mutex<HashMap<String, VecDeque<Answer>>>,
    otherwise: Mutex<Answer>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    fn next_answer(&self, to: &str) -> Answer {
        let planned = held(&self.planned).get_mut(to).and_then(VecDeque::pop_front);
        planned.unwrap_or_else(|| held(&self.otherwise).clone())
    }
}

/// Where the server is, by the name it gives itself and by the address it can be reached at.
#[derive(Clone, Default)]
struct Served {
    public_url: String,
    actual: String,
}

/// The fake. Dropping it stops it and fails the test over anything unclaimed or wrong.
pub struct Twilio {
    desk: Arc<Desk>,
    listener: Listener,
    folder: tempfile::TempDir,
    served: Mutex<Served>,
    http: reqwest::Client,
}

impl Twilio {
    /// Starts it.
    pub fn start() -> Self {
        let ledger = Ledger::new();
        let desk = Arc::new(Desk { ledger, planned: Mutex::default(), otherwise: Mutex::new(Answer::Queued) });
        let shared = Arc::clone(&desk);
        let listener = Listener::start(move |cfg| routes::configure(cfg, &shared));
        let folder = tempfile::tempdir().unwrap();
        Self { desk, listener, folder, served: Mutex::default(), http: client::bare() }
    }

    /// What `sms.base_url` is set to.
    pub fn base_url(&self) -> String {
        self.listener.base_url()
    }

    /// What `sms.account_sid` is set to.
    pub fn account_sid(&self) -> &'static str {
        ACCOUNT_SID
    }

    /// The secret by which requests are authenticated and callbacks signed.
    pub fn auth_token(&self) -> &'static str {
        AUTH_TOKEN
    }

    /// Writes the secret to a file, for `sms.auth_token_file`.
    pub fn auth_token_file(&self) -> PathBuf {
        let path = self.folder.path().join("sms-auth-token");
        std::fs::write(&path, AUTH_TOKEN).unwrap();
        path
    }

    /// What messages to `to` are answered, one after the other; then [`Answer::Queued`] again.
    pub fn answers(&self, to: &str, answers: impl IntoIterator<Item = Answer>) {
        held(&self.desk.planned).entry(to.to_owned()).or_default().extend(answers);
    }

    /// What everything is answered that no sequence speaks of.
    pub fn answers_all(&self, answer: Answer) {
        *held(&self.desk.otherwise) = answer;
    }

    /// Claims the oldest message to `to`, waiting up to 5 s of real time for it.
    pub async fn expects_sms(&self, to: &str) -> Sms {
        self.desk.ledger.expect(to, "SMS").await
    }

    /// Fails when an unclaimed message to `to` is there. Whatever was due must have been stepped before.
    pub fn expects_nothing_for(&self, to: &str) {
        assert_eq!(self.desk.ledger.waiting_for(to), 0, "an SMS to {to} that nobody should have got");
    }

    /// Claims all there is, oldest first.
    pub fn take_all(&self) -> Vec<Sms> {
        self.desk.ledger.take_all()
    }

    /// Says which server callbacks go to: `public_url` is what it calls itself (and what is signed), `actual` where
    /// it listens. Neither ends in a slash.
    pub fn serves(&self, public_url: &str, actual: &str) {
        *held(&self.served) = Served { public_url: public_url.to_owned(), actual: actual.to_owned() };
    }

    /// Reports `status` of `sms` (queued, sending, sent, delivered) to its StatusCallback, signed.
    ///
    /// # Panics
    /// When the message named no callback, or the server can't be reached.
    pub async fn reports(&self, sms: &Sms, status: &str) -> StatusCode {
        self.report(sms, status, None).await
    }

    /// Reports `undelivered` or `failed` with the provider's error code, signed.
    ///
    /// # Panics
    /// As [`Twilio::reports`].
    pub async fn reports_failure(&self, sms: &Sms, status: &str, error: u32) -> StatusCode {
        self.report(sms, status, Some(error)).await
    }

    async fn report(&self, sms: &Sms, status: &str, error: Option<u32>) -> StatusCode {
        let url = sms.status_callback.as_deref().unwrap_or_else(|| panic!("the SMS to {} names no callback", sms.to));
        let error = error.map(|code| code.to_string());
        let mut fields = vec![
            ("AccountSid", ACCOUNT_SID),
            ("ApiVersion", "2010-04-01"),
            ("From", &sms.from),
            ("MessageSid", &sms.sid),
            ("MessageStatus", status),
            ("SmsSid", &sms.sid),
            ("SmsStatus", status),
            ("To", &sms.to),
        ];
        if let Some(code) = &error {
            fields.push(("ErrorCode", code));
        }
        self.post(url, &fields, &signature::sign(url, &fields, AUTH_TOKEN)).await
    }

    /// Sends an SMS from a phone to one of the server's numbers, signed, to the callback `path`.
    pub async fn inbound(&self, path: &str, from: &str, to: &str, words: &str) -> StatusCode {
        let sid = format!("SM{}", uuid::Uuid::now_v7().simple());
        let fields = [
            ("AccountSid", ACCOUNT_SID),
            ("ApiVersion", "2010-04-01"),
            ("Body", words),
            ("From", from),
            ("MessageSid", &sid),
            ("NumMedia", "0"),
            ("NumSegments", "1"),
            ("SmsMessageSid", &sid),
            ("SmsSid", &sid),
            ("SmsStatus", "received"),
            ("To", to),
        ];
        let url = format!("{}{path}", held(&self.served).public_url);
        self.post(&url, &fields, &signature::sign(&url, &fields, AUTH_TOKEN)).await
    }

    async fn post(&self, url: &str, fields: &[(&str, &str)], signed: &str) -> StatusCode {
        let served = held(&self.served).clone();
        let reachable = match url.strip_prefix(served.public_url.as_str()) {
            Some(path) if !served.public_url.is_empty() => format!("{}{path}", served.actual),
            _ => url.to_owned(),
        };
        let request = self.http.post(reachable).header("X-Twilio-Signature", signed).form(fields);
        client::sent(request).await.status
    }
}

impl Drop for Twilio {
    fn drop(&mut self) {
        self.desk.ledger.settle("Twilio");
    }
}

//! A strict fake of a Twilio-compatible provider of SMS and calls.
//!
//! What: [`Twilio`] serves `POST /2010-04-01/Accounts/{sid}/Messages.json` and `…/Calls.json`,
//! sends signed status callbacks, inbound messages and pressed keys to the server. Invariant: wrong
//! credentials, an unknown field, a number that is not E.164, an empty or over-long body, or any
//! other path is refused in the provider's words *and* fails the test at drop. Path: `request`
//! judges a form, `answer` says what is replied, `signature` signs what goes to the server. On
//! failure: answers are programmable per number, in sequence; see [`Answer`].

pub mod answer;
pub mod call;
mod inbound;
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
pub use self::call::Call;
use self::call::{Script, script};
use super::client::{self, Reply};
use super::ledger::{Entry, Ledger};
use super::listener::Listener;

/// An account: its name and its secret.
type Account = (&'static str, &'static str);

const FIRST: Account = (
    "AC00000000000000000000000000000a11",
    "0123456789abcdef0123456789abcdef",
);
const SECOND: Account = (
    "AC00000000000000000000000000000b22",
    "fedcba9876543210fedcba9876543210",
);

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
        self.body
            .split_whitespace()
            .find(|word| word.starts_with("http"))
    }

    /// The first run of exactly six digits in the words: a sign-in code.
    pub fn code(&self) -> Option<&str> {
        self.body
            .split(|c: char| !c.is_ascii_digit())
            .find(|run| run.len() == 6)
    }
}

impl Entry for Sms {
    fn recipient(&self) -> &str {
        &self.to
    }

    fn describe(&self) -> String {
        format!(
            "SMS to {} {:?} (answered {:?})",
            self.to, self.body, self.answered
        )
    }
}

/// What the server's handlers share with the test.
pub(crate) struct Desk {
    account: Account,
    texts: Line<Sms>,
    calls: Line<Call>,
}

/// What came over one channel, and what is answered there.
struct Line<M> {
    ledger: Ledger<M>,
    planned: Mutex<HashMap<String, VecDeque<Answer>>>,
    otherwise: Mutex<Answer>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<M: Entry> Line<M> {
    fn new() -> Self {
        Self {
            ledger: Ledger::new(),
            planned: Mutex::default(),
            otherwise: Mutex::new(Answer::Queued),
        }
    }

    fn plan(&self, to: &str, answers: impl IntoIterator<Item = Answer>) {
        held(&self.planned)
            .entry(to.to_owned())
            .or_default()
            .extend(answers);
    }

    fn next_answer(&self, to: &str) -> Answer {
        let planned = held(&self.planned)
            .get_mut(to)
            .and_then(VecDeque::pop_front);
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
        Self::start_as(FIRST)
    }

    /// Starts another provider, with an account and a secret of its own.
    pub fn start_second() -> Self {
        Self::start_as(SECOND)
    }

    fn start_as(account: Account) -> Self {
        let desk = Arc::new(Desk {
            account,
            texts: Line::new(),
            calls: Line::new(),
        });
        let shared = Arc::clone(&desk);
        let listener = Listener::start(move |cfg| routes::configure(cfg, &shared));
        let folder = tempfile::tempdir().unwrap();
        Self {
            desk,
            listener,
            folder,
            served: Mutex::default(),
            http: client::bare(),
        }
    }

    /// What `sms.base_url` is set to.
    pub fn base_url(&self) -> String {
        self.listener.base_url()
    }

    /// What `sms.account_sid` is set to.
    pub fn account_sid(&self) -> &'static str {
        self.desk.account.0
    }

    /// The secret by which requests are authenticated and callbacks signed.
    pub fn auth_token(&self) -> &'static str {
        self.desk.account.1
    }

    /// Writes the secret to a file, for `sms.auth_token_file`.
    pub fn auth_token_file(&self) -> PathBuf {
        let path = self.folder.path().join("sms-auth-token");
        std::fs::write(&path, self.auth_token()).unwrap();
        path
    }

    /// What messages to `to` are answered, one after the other; then [`Answer::Queued`] again.
    pub fn answers(&self, to: &str, answers: impl IntoIterator<Item = Answer>) {
        self.desk.texts.plan(to, answers);
    }

    /// What every message is answered that no sequence speaks of.
    pub fn answers_all(&self, answer: Answer) {
        *held(&self.desk.texts.otherwise) = answer;
    }

    /// What calls to `to` are answered, one after the other; then [`Answer::Queued`] again.
    pub fn answers_calls(&self, to: &str, answers: impl IntoIterator<Item = Answer>) {
        self.desk.calls.plan(to, answers);
    }

    /// What every call is answered that no sequence speaks of.
    pub fn answers_all_calls(&self, answer: Answer) {
        *held(&self.desk.calls.otherwise) = answer;
    }

    /// Claims the oldest call to `to`, waiting up to a minute of real time for it.
    pub async fn expects_call(&self, to: &str) -> Call {
        self.desk.calls.ledger.expect(to, "call").await
    }

    /// Fails when an unclaimed call to `to` is there. Whatever was due must have been stepped
    /// before.
    pub fn expects_no_call(&self, to: &str) {
        assert_eq!(
            self.desk.calls.ledger.waiting_for(to),
            0,
            "a call to {to} that nobody should have got"
        );
    }

    /// Claims all calls there are, oldest first.
    pub fn take_calls(&self) -> Vec<Call> {
        self.desk.calls.ledger.take_all()
    }

    /// The call ends: `completed`, `busy`, `no-answer`, `failed` or `canceled`, reported signed.
    pub async fn ends(&self, call: &Call, status: &str) -> StatusCode {
        let fields = self.of_call(call, status);
        let signed = signature::sign(&call.status_callback, &fields, self.auth_token());
        self.post(&call.status_callback, &fields, &signed)
            .await
            .status
    }

    /// The contact picks up and presses `key`; what is read out then.
    pub async fn presses(&self, call: &Call, key: &str) -> Script {
        let mut fields = self.of_call(call, "in-progress");
        fields.push(("Digits", key));
        let signed = signature::sign(&call.keys, &fields, self.auth_token());
        let reply = self.post(&call.keys, &fields, &signed).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        script(&reply.text).unwrap_or_else(|what| panic!("{what}: {}", reply.text))
    }

    fn of_call<'c>(&'c self, call: &'c Call, status: &'c str) -> Vec<(&'c str, &'c str)> {
        vec![
            ("AccountSid", self.account_sid()),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", &call.sid),
            ("CallStatus", status),
            ("Direction", "outbound-api"),
            ("From", &call.from),
            ("To", &call.to),
        ]
    }

    /// Posts a form to one of the server's callbacks, with a made-up signature.
    pub async fn forges(&self, url: &str, fields: &[(&str, &str)]) -> StatusCode {
        self.post(url, fields, &signature::sign(url, fields, "made up"))
            .await
            .status
    }

    /// Claims the oldest message to `to`, waiting up to a minute of real time for it.
    pub async fn expects_sms(&self, to: &str) -> Sms {
        self.desk.texts.ledger.expect(to, "SMS").await
    }

    /// Fails when an unclaimed message to `to` is there. Whatever was due must have been stepped
    /// before.
    pub fn expects_nothing_for(&self, to: &str) {
        assert_eq!(
            self.desk.texts.ledger.waiting_for(to),
            0,
            "an SMS to {to} that nobody should have got"
        );
    }

    /// Claims all there is, oldest first.
    pub fn take_all(&self) -> Vec<Sms> {
        self.desk.texts.ledger.take_all()
    }

    /// Says which server callbacks go to: `public_url` is what it calls itself (and what is
    /// signed), `actual` where it listens. Neither ends in a slash.
    pub fn serves(&self, public_url: &str, actual: &str) {
        *held(&self.served) = Served {
            public_url: public_url.to_owned(),
            actual: actual.to_owned(),
        };
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
        let url = sms
            .status_callback
            .as_deref()
            .unwrap_or_else(|| panic!("the SMS to {} names no callback", sms.to));
        let error = error.map(|code| code.to_string());
        let mut fields = vec![
            ("AccountSid", self.account_sid()),
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
        self.post(
            url,
            &fields,
            &signature::sign(url, &fields, self.auth_token()),
        )
        .await
        .status
    }

    /// Sends an SMS from a phone to one of the server's numbers, signed, to the callback `path`.
    pub async fn inbound(&self, path: &str, from: &str, to: &str, words: &str) -> StatusCode {
        let sid = format!("SM{}", uuid::Uuid::now_v7().simple());
        self.inbound_as(&sid, path, from, to, words).await
    }

    async fn post(&self, url: &str, fields: &[(&str, &str)], signed: &str) -> Reply {
        let served = held(&self.served).clone();
        let reachable = match url.strip_prefix(served.public_url.as_str()) {
            Some(path) if !served.public_url.is_empty() => format!("{}{path}", served.actual),
            _ => url.to_owned(),
        };
        let request = self
            .http
            .post(reachable)
            .header("X-Twilio-Signature", signed)
            .form(fields);
        client::sent(request).await
    }
}

impl Drop for Twilio {
    fn drop(&mut self) {
        self.desk.texts.ledger.settle("Twilio's texts");
        self.desk.calls.ledger.settle("Twilio's calls");
    }
}

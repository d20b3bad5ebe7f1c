//! A strict fake of FCM HTTP v1 and of Google's OAuth token endpoint.
//!
//! What: [`Fcm`] serves `POST /token` and `POST /v1/projects/{project}/messages:send`. Invariant: a
//! request that Google would refuse is refused in Google's words *and* fails the test at drop; so
//! does a message that breaks a rule of ours (Android data-only and high, no place, a short ttl);
//! so does any other path. Path: `message` judges a message, `oauth` an assertion and a bearer,
//! `answer` says what is replied; each message that passed lies in the ledger until the test claims
//! it. On failure: answers are programmable per token, in sequence; see [`Answer`].

pub mod answer;
pub mod message;
pub mod oauth;
mod routes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ampara::clock::Clock;
use serde_json::Value;

pub use self::answer::Answer;
use self::oauth::{Oauth, TokenAnswer};
use super::ledger::{Entry, Ledger};
use super::listener::Listener;

/// A message that FCM was asked to send, whatever it answered.
#[derive(Debug, Clone)]
pub struct Push {
    /// The registration token or installation id it went to.
    pub target: String,
    /// The Firebase project whose sender sent it.
    pub project: String,
    /// `message` as it came.
    pub message: Value,
    /// `message.data`.
    pub data: BTreeMap<String, String>,
    /// What the fake answered.
    pub answered: Answer,
    /// When it came, by the machine's clock; for measurements.
    pub at: Instant,
}

impl Push {
    /// The id by which a phone collapses repeats; empty when the message carries none.
    pub fn notification(&self) -> &str {
        self.data.get("notification").map_or("", String::as_str)
    }

    /// The words that an iPhone's lock screen shows.
    pub fn apns_alert(&self) -> Option<&Value> {
        self.message.pointer("/apns/payload/aps/alert")
    }
}

impl Entry for Push {
    fn recipient(&self) -> &str {
        &self.target
    }

    fn describe(&self) -> String {
        format!(
            "push to {} {:?} (answered {:?})",
            self.target, self.data, self.answered
        )
    }
}

struct Script {
    by_token: HashMap<String, VecDeque<Answer>>,
    otherwise: Answer,
}

/// What the server's handlers share with the test.
pub(crate) struct Desk {
    ledger: Ledger<Push>,
    script: Mutex<Script>,
    oauth: Oauth,
}

impl Desk {
    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_answer(&self, token: &str) -> Answer {
        let mut script = self.script();
        let planned = script.by_token.get_mut(token).and_then(VecDeque::pop_front);
        planned.unwrap_or_else(|| script.otherwise.clone())
    }
}

/// The fake. Dropping it stops it and fails the test over anything unclaimed or wrong.
pub struct Fcm {
    desk: Arc<Desk>,
    listener: Listener,
    folder: tempfile::TempDir,
}

impl Fcm {
    /// Starts it; `clock` is the server's, by which assertions and bearers expire.
    pub fn start(clock: Clock) -> Self {
        let ledger = Ledger::new();
        let script = Mutex::new(Script {
            by_token: HashMap::new(),
            otherwise: Answer::Ok,
        });
        let desk = Arc::new(Desk {
            ledger,
            script,
            oauth: Oauth::new(clock),
        });
        let shared = Arc::clone(&desk);
        let listener = Listener::start(move |cfg| routes::configure(cfg, &shared));
        desk.oauth
            .set_audience(format!("{}/token", listener.base_url()));
        Self {
            desk,
            listener,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// What `fcm.base_url` is set to.
    pub fn base_url(&self) -> String {
        self.listener.base_url()
    }

    /// The token endpoint, as the service account's file names it.
    pub fn token_uri(&self) -> String {
        format!("{}/token", self.listener.base_url())
    }

    /// Writes a service account of `project` in Google's file format and returns where it lies.
    pub fn service_account_file(&self, project: &str) -> PathBuf {
        let path = self.folder.path().join(format!("{project}.json"));
        let account = self.desk.oauth.add_account(project, &self.token_uri());
        std::fs::write(&path, account.to_string()).unwrap();
        path
    }

    /// What messages to `token` are answered, one after the other; then [`Answer::Ok`] again.
    pub fn answers(&self, token: &str, answers: impl IntoIterator<Item = Answer>) {
        self.desk
            .script()
            .by_token
            .entry(token.to_owned())
            .or_default()
            .extend(answers);
    }

    /// What everything is answered that no sequence speaks of; [`Answer::Ok`] at the start.
    pub fn answers_all(&self, answer: Answer) {
        self.desk.script().otherwise = answer;
    }

    /// Makes every bearer handed out so far worthless, as when the account's key was rolled.
    pub fn revokes_tokens(&self) {
        self.desk.oauth.revoke_all();
    }

    /// What the token endpoint answers to the next requests; then it hands out tokens again.
    pub fn token_endpoint_answers(&self, answers: impl IntoIterator<Item = TokenAnswer>) {
        self.desk.oauth.program(answers);
    }

    /// From now on the token endpoint hangs for this project's account; [`Fcm::lets_tokens_go`]
    /// answers all that wait.
    pub fn holds_tokens_of(&self, project: &str) {
        self.desk.oauth.holds(project, true);
    }

    /// See [`Fcm::holds_tokens_of`].
    pub fn lets_tokens_go(&self, project: &str) {
        self.desk.oauth.holds(project, false);
    }

    /// How often a token was asked for.
    pub fn token_requests(&self) -> usize {
        self.desk.oauth.requests()
    }

    /// Claims the oldest push to `token`, waiting up to a minute of real time for it.
    pub async fn expects_push(&self, token: &str) -> Push {
        self.desk.ledger.expect(token, "push").await
    }

    /// Claims the oldest push to `token` if it has come already.
    pub fn claim(&self, token: &str) -> Option<Push> {
        self.desk.ledger.claim(token)
    }

    /// Fails when an unclaimed push to `token` is there. Whatever was due must have been stepped
    /// before.
    pub fn expects_nothing_for(&self, token: &str) {
        assert_eq!(
            self.desk.ledger.waiting_for(token),
            0,
            "a push to {token} that nobody should have got"
        );
    }

    /// Claims all there is, oldest first.
    pub fn take_all(&self) -> Vec<Push> {
        self.desk.ledger.take_all()
    }

    /// How many pushes came, claimed ones too.
    pub fn total(&self) -> usize {
        self.desk.ledger.total()
    }

    /// The rules broken so far, taken out so that they don't fail the test; for tests of breaking
    /// them.
    pub fn take_faults(&self) -> Vec<String> {
        self.desk.ledger.take_faults()
    }
}

impl Drop for Fcm {
    fn drop(&mut self) {
        self.desk.ledger.settle("FCM");
    }
}

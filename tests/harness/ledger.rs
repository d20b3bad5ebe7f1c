//! What a fake was sent, what of it the test claimed, and what was wrong with it.
//!
//! Invariant: every message is either claimed by the test or named when the fake is dropped; so is
//! every fault. On failure: [`Ledger::verdict`] says it all in one text; the ledger's owner
//! panics with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long a test waits, in real time, for something that is owed to it: only so that one which
/// waits in vain ends. What comes late on a busy machine has come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A message as a fake keeps it: its recipient, and how it is named when no test claims it.
pub trait Entry: Clone + Send + 'static {
    /// The token, number or address it went to.
    fn recipient(&self) -> &str;
    /// One line for the report of an unclaimed message.
    fn describe(&self) -> String;
}

struct Pages<M> {
    unclaimed: Vec<M>,
    faults: Vec<String>,
    total: usize,
}

/// Shared by the fake's server and the test. Clones are the same ledger.
pub struct Ledger<M> {
    pages: Arc<Mutex<Pages<M>>>,
    arrived: Arc<Notify>,
}

impl<M> Clone for Ledger<M> {
    fn clone(&self) -> Self {
        Self {
            pages: Arc::clone(&self.pages),
            arrived: Arc::clone(&self.arrived),
        }
    }
}

impl<M: Entry> Ledger<M> {
    /// An empty one.
    pub fn new() -> Self {
        let pages = Pages {
            unclaimed: Vec::new(),
            faults: Vec::new(),
            total: 0,
        };
        Self {
            pages: Arc::new(Mutex::new(pages)),
            arrived: Arc::new(Notify::new()),
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages<M>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a message down as sent.
    pub fn record(&self, message: M) {
        let mut pages = self.pages();
        pages.unclaimed.push(message);
        pages.total += 1;
        drop(pages);
        self.arrived.notify_waiters();
    }

    /// Writes down that the server did something that the provider would not have taken.
    pub fn fault(&self, what: impl Into<String>) {
        self.pages().faults.push(what.into());
    }

    /// Claims the oldest unclaimed message to `recipient` if there is one.
    pub fn claim(&self, recipient: &str) -> Option<M> {
        let mut pages = self.pages();
        let at = pages
            .unclaimed
            .iter()
            .position(|m| m.recipient() == recipient)?;
        Some(pages.unclaimed.remove(at))
    }

    /// Claims the oldest unclaimed message to `recipient`, waiting up to [`PATIENCE`] of real time
    /// for it.
    ///
    /// # Panics
    /// When nothing comes.
    pub async fn expect(&self, recipient: &str, kind: &str) -> M {
        let until = Instant::now() + PATIENCE;
        loop {
            let arrival = self.arrived.notified();
            tokio::pin!(arrival);
            arrival.as_mut().enable();
            if let Some(message) = self.claim(recipient) {
                return message;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                panic!("no {kind} to {recipient} came; {}", self.summary());
            }
            let _ = tokio::time::timeout(left, arrival).await;
        }
    }

    /// Claims everything there is, oldest first.
    pub fn take_all(&self) -> Vec<M> {
        std::mem::take(&mut self.pages().unclaimed)
    }

    /// How many messages were sent, claimed ones included.
    pub fn total(&self) -> usize {
        self.pages().total
    }

    /// How many of the unclaimed ones go to `recipient`.
    pub fn waiting_for(&self, recipient: &str) -> usize {
        self.pages()
            .unclaimed
            .iter()
            .filter(|m| m.recipient() == recipient)
            .count()
    }

    /// Takes the faults out, so that a test whose point is a fault can look at it and go on.
    pub fn take_faults(&self) -> Vec<String> {
        std::mem::take(&mut self.pages().faults)
    }

    fn summary(&self) -> String {
        let pages = self.pages();
        let list: Vec<String> = pages.unclaimed.iter().map(Entry::describe).collect();
        format!("unclaimed: {list:?}; faults: {:?}", pages.faults)
    }

    /// What is still open: `None` when every message was claimed and nothing was wrong.
    pub fn verdict(&self) -> Option<String> {
        let clean = {
            let pages = self.pages();
            pages.unclaimed.is_empty() && pages.faults.is_empty()
        };
        (!clean).then(|| self.summary())
    }

    /// Fails the test with the verdict, unless it is failing already.
    ///
    /// # Panics
    /// When something is open. That is its purpose.
    pub fn settle(&self, who: &str) {
        if std::thread::panicking() {
            return;
        }
        if let Some(open) = self.verdict() {
            panic!("{who}: {open}");
        }
    }
}

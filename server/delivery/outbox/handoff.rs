//! The way from the transaction that owes to the senders of this process, past the database.
//!
//! A row that was born leased is handed over directly, so that the first push leaves without a
//! read. The places for it are reserved before the write: at most so many rows wait here, and what
//! comes past that is born free and read back.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::message::{Enqueued, Lease, SendJob};
use crate::clock::At;
use crate::config as settings;
use crate::ids::{BootId, NotificationId};

/// What this process has leased and not yet sent. Clones share it.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    boot: BootId,
    /// Rows that may wait in this process.
    most: usize,
    /// How long a new lease lasts.
    lease: Duration,
    waiting: AtomicUsize,
    /// Cleared while this node's clock is off and another node sends instead.
    leasing: AtomicBool,
    /// How far the database's clock was ahead of this node's when they were compared, in microseconds.
    clock_apart: AtomicI64,
    /// Whether that is too far.
    clock_off: AtomicBool,
    /// Whether the machine's clock has jumped.
    jumped: AtomicBool,
    /// Until then others believe that this process lives, in microseconds; before its first sign of
    /// life it leases nothing.
    alive_until: AtomicI64,
    jobs: UnboundedSender<Batch>,
    taken: tokio::sync::Mutex<UnboundedReceiver<Batch>>,
    /// Rows whose hand-off failed: to be freed in the database.
    to_free: Mutex<Vec<(NotificationId, i64)>>,
    nudge: Notify,
}

/// Room for so many rows. Dropping it gives the room back.
pub struct Slots {
    outbox: Outbox,
    left: usize,
}

/// Room for one row, held while it waits.
pub(in crate::delivery) struct Slot(Outbox);

/// Rows that one task sends side by side.
pub(in crate::delivery) type Batch = Vec<(SendJob, Slot)>;

/// Rows in a batch: the messages of an alert. More would be begun by one thread while others have
/// nothing to do.
const MOST_TOGETHER: usize = 8;

impl Outbox {
    /// An empty one, for a process that starts now.
    #[must_use]
    pub fn new(settings: &settings::Delivery) -> Self {
        let (jobs, taken) = unbounded_channel();
        Self(Arc::new(Inner {
            boot: BootId::new(),
            most: settings.handed_over,
            lease: Duration::from_secs(settings.lease_s),
            waiting: AtomicUsize::new(0),
            leasing: AtomicBool::new(true),
            clock_apart: AtomicI64::new(0),
            clock_off: AtomicBool::new(false),
            jumped: AtomicBool::new(false),
            alive_until: AtomicI64::new(i64::MIN),
            jobs,
            taken: tokio::sync::Mutex::new(taken),
            to_free: Mutex::new(Vec::new()),
            nudge: Notify::new(),
        }))
    }

    /// This process.
    #[must_use]
    pub fn boot(&self) -> BootId {
        self.0.boot
    }

    /// Room for `n` rows, or none: then write them free.
    #[must_use]
    pub fn reserve(&self, n: usize) -> Option<Slots> {
        if n == 0 || !self.is_leasing() {
            return None;
        }
        let more = |waiting: usize| waiting.checked_add(n).filter(|sum| *sum <= self.0.most);
        self.0
            .waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
            .ok()?;
        Some(Slots {
            outbox: self.clone(),
            left: n,
        })
    }

    /// After the commit: gives the rows to the senders. Without places the senders are told to look
    /// for them.
    pub fn hand_over(&self, slots: Option<Slots>, owed: Vec<Enqueued>) {
        match slots {
            Some(slots) => slots.hand_over(owed),
            None => self.nudge(),
        }
    }

    /// Tells the senders that rows were written free.
    pub fn nudge(&self) {
        self.0.nudge.notify_one();
    }

    /// Rows that wait in this process now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Acquire)
    }

    pub(in crate::delivery) fn lease(&self, now: At) -> Lease {
        Lease {
            boot: self.0.boot,
            until: now.plus(self.0.lease),
        }
    }

    pub(in crate::delivery) async fn nudged(&self) {
        self.0.nudge.notified().await;
    }

    pub(in crate::delivery) fn is_leasing(&self) -> bool {
        self.0.leasing.load(Ordering::Acquire)
            && self.0.alive_until.load(Ordering::Acquire) > i64::MIN
    }

    /// Whether others still believe that this process lives. If not, they take its rows.
    pub(in crate::delivery) fn is_alive(&self, now: At) -> bool {
        now.micros() < self.0.alive_until.load(Ordering::Acquire)
    }

    pub(in crate::delivery) fn set_alive_until(&self, until: At) {
        self.0.alive_until.store(until.micros(), Ordering::Release);
    }

    pub(in crate::delivery) fn set_leasing(&self, on: bool) {
        self.0.leasing.store(on, Ordering::Release);
    }

    /// What came of comparing this node's clock with the database's; whether it was off before.
    pub(in crate::delivery) fn set_clock(&self, apart: i64, off: bool) -> bool {
        self.0.clock_apart.store(apart, Ordering::Release);
        self.0.clock_off.swap(off, Ordering::AcqRel)
    }

    pub(in crate::delivery) fn clock_is_off(&self) -> bool {
        self.0.clock_off.load(Ordering::Acquire)
    }

    pub(in crate::delivery) fn clock_apart(&self) -> i64 {
        self.0.clock_apart.load(Ordering::Acquire)
    }

    /// The database's time at this node's `now`, as it was when they were compared.
    pub(in crate::delivery) fn shared(&self, now: At) -> At {
        At::from_micros(now.micros().saturating_add(self.clock_apart()))
    }

    /// Whether the machine's clock has jumped; whether it had before.
    pub(in crate::delivery) fn set_jumped(&self, jumped: bool) -> bool {
        self.0.jumped.swap(jumped, Ordering::AcqRel)
    }

    pub(in crate::delivery) fn room(&self) -> usize {
        self.0.most.saturating_sub(self.waiting())
    }

    /// The next rows to send; `None` never comes while the outbox lives.
    pub(in crate::delivery) async fn next(&self) -> Option<Batch> {
        self.0.taken.lock().await.recv().await
    }

    /// All rows that wait now.
    pub(in crate::delivery) async fn take_waiting(&self) -> Vec<(SendJob, Slot)> {
        let mut taken = self.0.taken.lock().await;
        std::iter::from_fn(|| taken.try_recv().ok())
            .flatten()
            .collect()
    }

    pub(in crate::delivery) fn take_to_free(&self) -> Vec<(NotificationId, i64)> {
        std::mem::take(
            &mut *self
                .0
                .to_free
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    pub(in crate::delivery) fn free_later(&self, id: NotificationId, fence: i64) {
        self.0
            .to_free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((id, fence));
    }
}

impl Slots {
    /// The lease to write the rows with.
    #[must_use]
    pub fn lease(&self, now: At) -> Lease {
        self.outbox.lease(now)
    }

    /// After the commit: gives the rows to the senders. Rows that were not born leased, and those
    /// for which there is no room, are left to be found in the database.
    pub fn hand_over(mut self, owed: Vec<Enqueued>) {
        let mut jobs = owed.into_iter().filter_map(|o| o.job).peekable();
        while self.left > 0 && jobs.peek().is_some() {
            let most = MOST_TOGETHER.min(self.left);
            let slot = |job| (job, Slot(self.outbox.clone()));
            let batch: Batch = jobs.by_ref().take(most).map(slot).collect();
            self.left -= batch.len();
            if let Err(refused) = self.outbox.0.jobs.send(batch) {
                let back = refused.0.into_iter();
                back.for_each(|(job, _slot)| self.outbox.free_later(job.id, job.fence));
            }
        }
        if jobs.peek().is_some() {
            jobs.for_each(|job| self.outbox.free_later(job.id, job.fence));
            self.outbox.nudge();
        }
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        self.outbox.0.waiting.fetch_sub(self.left, Ordering::AcqRel);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox")
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_a_thousand_rows_wait() {
        let outbox = Outbox::new(
            &settings::Config::load(None, std::iter::empty())
                .unwrap()
                .delivery,
        );
        assert!(
            outbox.reserve(1).is_none(),
            "no other node knows yet that it lives"
        );
        outbox.set_alive_until(At::from_micros(1));
        let most = outbox.reserve(995).unwrap();
        assert!(outbox.reserve(6).is_none());
        let rest = outbox.reserve(5).unwrap();
        assert_eq!(outbox.room(), 0);
        drop((most, rest));
        assert_eq!(outbox.room(), 1_000);
    }

    #[test]
    fn a_node_whose_clock_is_off_leases_nothing() {
        let outbox = Outbox::new(
            &settings::Config::load(None, std::iter::empty())
                .unwrap()
                .delivery,
        );
        outbox.set_alive_until(At::from_micros(1));
        outbox.set_leasing(false);
        assert!(outbox.reserve(1).is_none());
    }
}

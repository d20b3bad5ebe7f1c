//! The readers: a few threads, a connection each, and two queues.
//!
//! What a press needs waits in a queue of its own, which goes first. One thread reads for presses
//! alone, so that feeds and watchers, however many and however slow, do not delay a press. The
//! other threads take a press's read first too, but after [`PRESSES_IN_A_ROW`] of them one of the
//! other reads, so that feeds progress.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::session::{Purpose, Session};
use super::writer::{Shared, connect};
use super::{Conn, DatabaseConfig, DbError};

/// Gets a connection, or the reason why there is none.
pub(super) type Read = Box<dyn FnOnce(Result<&mut Conn, DbError>) + Send>;

/// A common reader takes another read after so many of presses, if one waits.
const PRESSES_IN_A_ROW: u8 = 3;

/// Which queue a read waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadPriority {
    /// What a press needs before it is written.
    Press,
    /// Feeds, watchers, lists, housekeeping.
    Other,
}

/// Which reads a thread takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReaderTakes {
    /// Presses' reads alone.
    PressesOnly,
    /// All, presses' first.
    Everything,
}

#[derive(Default)]
struct State {
    presses: VecDeque<Read>,
    others: VecDeque<Read>,
    /// Presses' reads taken by common readers since they last took another one.
    presses_in_a_row: u8,
    /// Whether the reader for presses waits for one.
    press_reader_idle: bool,
    closed: bool,
}

impl State {
    fn take(&mut self, takes: ReaderTakes) -> Option<Read> {
        if takes == ReaderTakes::PressesOnly {
            return self.presses.pop_front();
        }
        if self.presses_in_a_row >= PRESSES_IN_A_ROW
            && let Some(other) = self.others.pop_front()
        {
            self.presses_in_a_row = 0;
            return Some(other);
        }
        if let Some(press) = self.presses.pop_front() {
            self.presses_in_a_row = self.presses_in_a_row.saturating_add(1);
            return Some(press);
        }
        self.presses_in_a_row = 0;
        self.others.pop_front()
    }
}

#[derive(Default)]
pub(super) struct ReadQueue {
    state: Mutex<State>,
    for_presses: Condvar,
    for_all: Condvar,
}

impl ReadQueue {
    pub(super) fn push(&self, priority: ReadPriority, read: Read) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match priority {
            ReadPriority::Press => state.presses.push_back(read),
            ReadPriority::Other => state.others.push_back(read),
        }
        if priority == ReadPriority::Press && std::mem::take(&mut state.press_reader_idle) {
            self.for_presses.notify_one();
        } else {
            self.for_all.notify_one();
        }
    }

    fn next(&self, takes: ReaderTakes) -> Option<Read> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(read) = state.take(takes) {
                return Some(read);
            }
            if state.closed {
                return None;
            }
            let only_presses = takes == ReaderTakes::PressesOnly;
            let awaited = if only_presses {
                state.press_reader_idle = true;
                &self.for_presses
            } else {
                &self.for_all
            };
            state = awaited.wait(state).unwrap_or_else(PoisonError::into_inner);
            if only_presses {
                state.press_reader_idle = false;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.presses.len() + state.others.len()
    }

    pub(super) fn close(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.for_presses.notify_all();
        self.for_all.notify_all();
    }
}

pub(super) struct Reader {
    pub(super) config: Arc<DatabaseConfig>,
    pub(super) queue: Arc<ReadQueue>,
    pub(super) shared: Arc<Shared>,
    pub(super) takes: ReaderTakes,
    pub(super) session: Option<Session>,
}

impl Reader {
    /// Until the queue is closed and empty.
    pub(super) fn work(mut self) {
        let mut lost_then = self.shared.lost.load(Ordering::Acquire);
        while let Some(read) = self.queue.next(self.takes) {
            let lost_now = self.shared.lost.load(Ordering::Acquire);
            if self
                .session
                .as_mut()
                .is_some_and(|session| !session.lives(lost_now != lost_then))
            {
                self.session = None;
            }
            lost_then = lost_now;
            if self.session.is_none() {
                match connect(&self.config, Purpose::Read) {
                    Ok(session) => self.session = Some(session),
                    Err(error) => {
                        read(Err(error));
                        continue;
                    }
                }
            }
            self.answer(read);
        }
    }

    fn answer(&mut self, read: Read) {
        let Some(session) = self.session.as_mut() else {
            return;
        };
        session.start_watch();
        let survived = catch_unwind(AssertUnwindSafe(|| read(Ok(&mut session.conn)))).is_ok();
        let seen = session.seen();
        if seen.is_some() {
            self.shared.read_failures.fetch_add(1, Ordering::Relaxed);
        }
        match seen {
            Some(DbError::Unreachable | DbError::Broken) => {
                self.shared.lost.fetch_add(1, Ordering::Release);
                self.session = None;
            }
            _ if !survived => self.session = None,
            // A failed statement may be a failing disk: on SQLite a new connection costs little and
            // forgets all.
            Some(_) if matches!(session.conn, Conn::Sqlite(_)) => self.session = None,
            _ => {}
        }
    }
}

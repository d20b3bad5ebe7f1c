//! Reads: a few threads, a connection each, one queue.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::session::{Purpose, Session};
use super::writer::{Shared, connect};
use super::{Conn, DatabaseConfig, Db, DbError};

const WAITING: u8 = 0;
const STARTED: u8 = 1;
const GIVEN_UP: u8 = 2;

/// Gets a connection, or the reason why there is none.
type Read = Box<dyn FnOnce(Result<&mut Conn, DbError>) + Send>;

#[derive(Default)]
struct State {
    reads: VecDeque<Read>,
    closed: bool,
}

#[derive(Default)]
pub(super) struct ReadQueue {
    state: Mutex<State>,
    wake: Condvar,
}

impl ReadQueue {
    fn push(&self, read: Read) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reads
            .push_back(read);
        self.wake.notify_one();
    }

    fn next(&self) -> Option<Read> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(read) = state.reads.pop_front() {
                return Some(read);
            }
            if state.closed {
                return None;
            }
            state = self
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reads
            .len()
    }

    pub(super) fn close(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.wake.notify_all();
    }
}

pub(super) struct Reader {
    pub(super) config: Arc<DatabaseConfig>,
    pub(super) queue: Arc<ReadQueue>,
    pub(super) shared: Arc<Shared>,
    pub(super) session: Option<Session>,
}

impl Reader {
    /// Until the queue is closed and empty.
    pub(super) fn work(mut self) {
        let mut lost_then = self.shared.lost.load(Ordering::Acquire);
        while let Some(read) = self.queue.next() {
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

impl Db {
    /// Reads; on PostgreSQL from the primary. Each statement sees what is committed when it starts.
    /// The connection refuses to write.
    ///
    /// # Errors
    /// The closure's own; [`DbError::Busy`] if no connection was free within `acquire_timeout_ms`;
    /// [`DbError::Unreachable`] if the connection is lost.
    pub async fn read<T, E>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        if let Some(memory) = self.memory() {
            return memory.read(f);
        }
        let (caller, mut answer) = oneshot::channel();
        let turn = Arc::new(AtomicU8::new(WAITING));
        let taken = Arc::clone(&turn);
        self.reads().push(Box::new(move |conn| {
            if taken
                .compare_exchange(WAITING, STARTED, Ordering::AcqRel, Ordering::Acquire)
                .is_err()
            {
                return;
            }
            let _ = caller.send(conn.map_err(E::from).and_then(f));
        }));
        let patience = self.config().acquire();
        let answered = match tokio::time::timeout(patience, &mut answer).await {
            Ok(answered) => answered,
            Err(_)
                if turn
                    .compare_exchange(WAITING, GIVEN_UP, Ordering::AcqRel, Ordering::Acquire)
                    .is_ok() =>
            {
                return Err(DbError::Busy.into());
            }
            Err(_) => answer.await,
        };
        answered.unwrap_or_else(|_| Err(DbError::Panicked.into()))
    }
}

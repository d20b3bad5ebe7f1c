//! The front of the reads: a closure goes in, its result comes out; [`reader`](super::reader) runs
//! it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::oneshot;

use super::here::{Here, NotHere};
use super::reader::{Read, ReadPriority};
use super::{Conn, Db, DbError};

const WAITING: u8 = 0;
const STARTED: u8 = 1;
const GIVEN_UP: u8 = 2;

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
        self.read_in(ReadPriority::Other, f).await
    }

    /// As [`Db::read`], before all others: for what a press needs before it is written, such as
    /// who presses. Keep it short, a few rows found by an index: feeds wait meanwhile, and on SQLite
    /// it is read on the caller's own thread where that waits for nothing. It may run twice.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_first<T, E>(
        &self,
        f: impl Fn(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match self.try_here(&f) {
            Some(done) => done,
            None => self.read_in(ReadPriority::Press, f).await,
        }
    }

    /// As [`Db::read`], and on SQLite as [`Db::read_first`]: for what a phone sends all the time.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_here<T, E>(
        &self,
        f: impl Fn(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match self.try_here(&f) {
            Some(done) => done,
            None => self.read_in(ReadPriority::Other, f).await,
        }
    }

    fn try_here<T>(&self, f: impl FnOnce(&mut Conn) -> T) -> Option<T> {
        let here = self.here()?;
        match here.read(f) {
            Ok(done) => Some(done),
            Err(NotHere::AllBusy) => None,
            Err(NotHere::Failed) => {
                self.replace_here(here);
                None
            }
        }
    }

    /// Has a reader open a connection: the caller's thread serves requests.
    fn replace_here(&self, here: &Arc<Here>) {
        let (here, config) = (Arc::clone(here), self.config().clone());
        let replace: Read = Box::new(move |_| here.replace(&config));
        self.reads().push(ReadPriority::Other, replace);
    }

    async fn read_in<T, E>(
        &self,
        priority: ReadPriority,
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
        let read: Read = Box::new(move |conn| {
            if taken
                .compare_exchange(WAITING, STARTED, Ordering::AcqRel, Ordering::Acquire)
                .is_err()
            {
                return;
            }
            let _ = caller.send(conn.map_err(E::from).and_then(f));
        });
        self.reads().push(priority, read);
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

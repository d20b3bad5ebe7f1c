//! The front of the write path: a closure goes in, its result comes out after the COMMIT.

use tokio::sync::oneshot;

use super::write_job::Closure;
use super::{Conn, Db, DbError, WritePriority};

impl Db {
    /// One atomic change. The closure has no outside effects, since it may run again; it may
    /// decline by `Err`, which undoes its changes. The result comes after the COMMIT. A statement
    /// that failed inside undoes the closure even if it goes on and returns `Ok`: take expected
    /// conflicts by `ON CONFLICT DO NOTHING`.
    ///
    /// On PostgreSQL it has a transaction of its own, in which it locks rows in the order that
    /// `db/lock_order.rs` tells. On SQLite, where there is one writer, it may share one.
    ///
    /// Dropping the future does not take the change back: a press whose caller hung up is kept.
    ///
    /// # Errors
    /// The closure's own, or a [`DbError`]; after [`DbError::outcome_unknown`] read by the
    /// idempotent id.
    pub async fn write<T, E>(
        &self,
        priority: WritePriority,
        f: impl Fn(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.enqueue(priority, false, f, |_| {}).await
    }

    /// As [`Db::write`], for a closure that changes nothing more when it runs again after its own
    /// commit (insert or ignore by the idempotent id, then read): where the outcome of a COMMIT is
    /// unknown, it simply runs again. On PostgreSQL it may share a transaction with others of its
    /// kind, and waits there for no lock longer than some milliseconds: then it runs alone. So what
    /// it writes is mostly its own, like a new alert with its messages.
    ///
    /// # Errors
    /// As [`Db::write`]; the outcome stays unknown only while the database is out of reach.
    pub async fn write_idempotent<T, E>(
        &self,
        priority: WritePriority,
        f: impl Fn(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.enqueue(priority, true, f, |_| {}).await
    }

    /// As [`Db::write_idempotent`] or [`Db::write`]; `committed` is called once, right after the
    /// COMMIT and before the caller wakes, on the thread that all writes wait for: for what must
    /// not wait for the caller's turn, and takes microseconds.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_then<T, E>(
        &self,
        priority: WritePriority,
        idempotent: bool,
        f: impl Fn(&mut Conn) -> Result<T, E> + Send + 'static,
        committed: impl FnOnce(&mut T) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.enqueue(priority, idempotent, f, committed).await
    }

    async fn enqueue<T, E, F>(
        &self,
        priority: WritePriority,
        idempotent: bool,
        run: F,
        committed: impl FnOnce(&mut T) + Send + 'static,
    ) -> Result<T, E>
    where
        F: Fn(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Closure {
            run,
            committed,
            result: None,
            caller,
            idempotent,
        });
        match self.memory() {
            Some(memory) => memory.write(job).await,
            None => self.queue().push(priority, job)?,
        }
        // No answer at all: the writer itself broke down between the closure and its reply.
        answer
            .await
            .unwrap_or_else(|_| Err(DbError::OutcomeUnknown.into()))
    }
}

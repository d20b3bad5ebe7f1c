//! The front of the write path: a closure goes in, its result comes out after the COMMIT.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::{Conn, Db, DbError, WritePriority};

/// How a closure ended, its own result aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// It returned `Ok`: its changes are to stay.
    Fine,
    /// It returned `Err`: its changes go.
    Declined,
    /// It panicked: its changes go.
    Panicked,
}

/// One queued closure, its types forgotten.
pub(super) trait WriteJob: Send {
    /// Runs the closure and keeps what it returned.
    fn run(&mut self, conn: &mut Conn) -> Ran;
    /// Replaces an `Ok` that did not come true.
    fn fail(&mut self, error: DbError);
    /// Whether running it again after a commit of its own changes nothing.
    fn is_idempotent(&self) -> bool;
    /// Lets the caller know.
    fn reply(self: Box<Self>);
}

struct Closure<T, E, F> {
    run: F,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
    idempotent: bool,
}

impl<T, E, F> WriteJob for Closure<T, E, F>
where
    F: Fn(&mut Conn) -> Result<T, E> + Send,
    E: From<DbError> + Send,
    T: Send,
{
    fn run(&mut self, conn: &mut Conn) -> Ran {
        let result = catch_unwind(AssertUnwindSafe(|| (self.run)(conn)));
        let (result, ran) = match result {
            Ok(Ok(value)) => (Ok(value), Ran::Fine),
            Ok(Err(error)) => (Err(error), Ran::Declined),
            Err(_) => (Err(DbError::Panicked.into()), Ran::Panicked),
        };
        self.result = Some(result);
        ran
    }

    fn fail(&mut self, error: DbError) {
        if !matches!(self.result, Some(Err(_))) {
            self.result = Some(Err(error.into()));
        }
    }

    fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    fn reply(self: Box<Self>) {
        let result = self
            .result
            .unwrap_or_else(|| Err(DbError::Unreachable.into()));
        // A caller that has gone away changes nothing: what is committed is committed.
        let _ = self.caller.send(result);
    }
}

impl Db {
    /// One atomic change. The closure has no outside effects, since it may run again; it may
    /// decline by `Err`, which undoes its changes. The result comes after the COMMIT. A statement
    /// that failed inside undoes the closure even if it goes on and returns `Ok`: take expected
    /// conflicts by `ON CONFLICT DO NOTHING`.
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
        self.enqueue(priority, false, f).await
    }

    /// As [`Db::write`], for a closure that changes nothing more when it runs again after its own
    /// commit (insert or ignore by the idempotent id, then read): where the outcome of a COMMIT is
    /// unknown, it simply runs again.
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
        self.enqueue(priority, true, f).await
    }

    async fn enqueue<T, E, F>(
        &self,
        priority: WritePriority,
        idempotent: bool,
        run: F,
    ) -> Result<T, E>
    where
        F: Fn(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Closure {
            run,
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

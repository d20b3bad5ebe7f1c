//! A queued change: a closure, its result, and the caller that waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::{Conn, DbError};

/// How a closure ended, its own result aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// It returned `Ok`: its changes are to stay.
    Fine,
    /// It returned `Err`: its changes go.
    Declined,
    /// It panicked: its changes go.
    Panicked,
    /// It waited in a group for a row that another transaction holds: its changes go, and it runs
    /// again alone.
    Waits,
}

/// One queued closure, its types forgotten.
pub(super) trait WriteJob: Send {
    /// Runs the closure and keeps what it returned.
    fn run(&mut self, conn: &mut Conn) -> Ran;
    /// Replaces an `Ok` that did not come true.
    fn fail(&mut self, error: DbError);
    /// Whether running it again after a commit of its own changes nothing. On PostgreSQL only such
    /// a closure shares a transaction.
    fn is_idempotent(&self) -> bool;
    /// Lets the caller know.
    fn reply(self: Box<Self>);
}

/// A closure with its types.
pub(super) struct Closure<T, E, F> {
    pub(super) run: F,
    pub(super) result: Option<Result<T, E>>,
    pub(super) caller: oneshot::Sender<Result<T, E>>,
    pub(super) idempotent: bool,
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

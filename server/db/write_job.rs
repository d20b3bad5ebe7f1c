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
pub(super) struct Closure<T, E, F, C> {
    pub(super) run: F,
    /// What follows right after the commit, on the writer's own thread.
    pub(super) committed: C,
    pub(super) result: Option<Result<T, E>>,
    pub(super) caller: oneshot::Sender<Result<T, E>>,
    pub(super) idempotent: bool,
}

impl<T, E, F, C> WriteJob for Closure<T, E, F, C>
where
    F: Fn(&mut Conn) -> Result<T, E> + Send,
    C: FnOnce(&mut T) + Send,
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
        let Self {
            result,
            committed,
            caller,
            ..
        } = *self;
        let mut result = result.unwrap_or_else(|| Err(DbError::Unreachable.into()));
        if let Ok(value) = &mut result {
            let follows = AssertUnwindSafe(|| committed(value));
            if catch_unwind(follows).is_err() {
                // Other callers of the group wait for their answers.
                tracing::error!(alarm = true, "the code failed on what follows a commit");
            }
        }
        // A caller that has gone away changes nothing: what is committed is committed.
        let _ = caller.send(result);
    }
}

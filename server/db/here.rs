//! Reads on the caller's own thread, for SQLite: what every request asks before all else.
//!
//! What: a few connections that no thread owns. Passing a read of some microseconds to a reader's
//! thread and back costs several times the read. Invariant: a read here never waits: without a free
//! connection, or where a statement fails, the same read is queued for a reader as any other. On
//! failure: the connection is dropped, and a reader opens another one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;

use super::session::{Purpose, Session};
use super::{Conn, DatabaseConfig, DbError};

/// Connections: as many as threads that serve requests on a small machine.
const SESSIONS: usize = 4;
/// A reader waits longer for a lock; SQLite's readers wait for one only where the file is repaired.
const HERE: &str = "pragma busy_timeout = 0; pragma cache_size = -8192;";

/// The connections that are free.
#[derive(Default)]
pub(super) struct Here {
    free: Mutex<Vec<Session>>,
}

fn connect(config: &DatabaseConfig) -> Result<Session, DbError> {
    let mut session = Session::connect(config, Purpose::Read)?;
    if let Conn::Sqlite(c) = &mut session.conn {
        c.batch_execute(HERE)?;
    }
    Ok(session)
}

impl Here {
    /// Opens all; for SQLite.
    pub(super) fn open(config: &DatabaseConfig) -> Result<Self, DbError> {
        let free: Result<Vec<_>, _> = (0..SESSIONS).map(|_| connect(config)).collect();
        Ok(Self {
            free: Mutex::new(free?),
        })
    }

    fn take(&self) -> Option<Session> {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    fn put(&self, session: Session) {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(session);
    }

    /// Opens another connection in place of one that failed; without success there is one fewer.
    pub(super) fn replace(self: &Arc<Self>, config: &DatabaseConfig) {
        match connect(config) {
            Ok(session) => self.put(session),
            Err(error) => tracing::warn!(%error, "reads of a press go by the readers"),
        }
    }

    /// Reads, or says why not.
    pub(super) fn read<T>(&self, f: impl FnOnce(&mut Conn) -> T) -> Result<T, NotHere> {
        let mut session = self.take().ok_or(NotHere::AllBusy)?;
        session.start_watch();
        let done = catch_unwind(AssertUnwindSafe(|| f(&mut session.conn)));
        match (done, session.seen()) {
            (Ok(done), None) => {
                self.put(session);
                Ok(done)
            }
            _ => Err(NotHere::Failed),
        }
    }
}

/// Why a read was not made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotHere {
    /// No connection is free.
    AllBusy,
    /// The connection is gone.
    Failed,
}

//! The database: two engines, one query text, one way to write.
//!
//! **What.** [`Db`] hands closures to threads that own the connections: [`Db::read`] and
//! [`Db::write`]. A closure gets a [`Conn`], PostgreSQL's or embedded SQLite's, and
//! [`on!`](crate::on) compiles the same diesel expression for both. The few things that can't be
//! said alike stand in [`dialect`].
//!
//! **Invariant.** One write is one closure is one atomic change:
//! 1. It has no outside effect, so it may run again. Hashing, signatures and HTTP stay outside.
//! 2. A failed statement undoes it on both engines, even if it goes on and returns `Ok`.
//!    (PostgreSQL answers "success" to the COMMIT of a transaction in which a statement failed, and
//!    keeps nothing.) A witness on the connection sees each statement, [`noted_failures`] what diesel
//!    keeps from it; on PostgreSQL the RELEASE is one more pair of eyes.
//! 3. Its result leaves only after the outer COMMIT; if that fails, every closure of the group
//!    fails or runs again.
//! 4. Alerts go before background work, and none joins a group behind one; it still gets every
//!    fourth place once it has waited.
//! 5. It is diesel's own transaction manager that begins, saves, releases and commits.
//!
//! **Path.** `write.rs` queues the closure (`queue.rs`); a `writer.rs` thread opens a transaction
//! and runs what waits, up to 32 closures or 5 ms' worth on SQLite and 16 on PostgreSQL; where one
//! does not go well, all of them anew, each in its savepoint; COMMIT; the callers hear. SQLite has one
//! writer; PostgreSQL has several, one of them for alerts alone. There only closures of
//! [`Db::write_idempotent`] share a transaction, and rows are locked in one order ([`lock_order`]).
//!
//! **On failure.** A closure that panics or declines loses its own changes and no others.
//! SQLite full, failing or locked: the connection is dropped, a new one opened, and the group's
//! closures run again, alone, so that each caller hears the truth about its own. PostgreSQL in
//! contention, or lost before COMMIT: again, three times. Lost *during* COMMIT:
//! [`DbError::outcome_unknown`], and the caller reads by the idempotent id before it answers
//! ([`Db::write_idempotent`] simply runs again). The writer outlives all of it.

mod backup;
mod batch;
pub mod change_marks;
mod config;
mod conn;
mod connect_fault;
pub mod dialect;
mod error;
mod files;
mod here;
mod lenient;
mod lock;
mod lock_order;
mod memory;
mod migrate;
#[doc(hidden)]
pub mod noted_failures;
mod open;
pub mod prepared;
mod queue;
mod read;
mod reader;
pub mod schema;
mod session;
mod transaction;
mod write;
mod write_job;
mod writer;

pub use backup::{backup_sqlite, replaced_last, restore_sqlite};
pub use batch::Batch;
pub use config::{DatabaseConfig, DatabaseUrl, Target};
pub use conn::Conn;
pub use connect_fault::ConnectFault;
pub use error::DbError;
pub use lenient::Lenient;
pub use lock::is_served;
pub use lock_order::take_alerts;
pub use memory::{Edge, Lives};
pub use migrate::{Migrated, migrate};
pub use open::{Db, WriteStats};

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Embedded, one serving process.
    Sqlite,
    /// A server that several nodes may share.
    Postgres,
}

impl Engine {
    /// Whether only one write runs at a time.
    #[must_use]
    pub const fn has_one_writer(self) -> bool {
        matches!(self, Self::Sqlite)
    }
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// Which queue a write waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WritePriority {
    /// Presses and their messages: first.
    Alert,
    /// Fixes, outcomes, housekeeping.
    Background,
}

//! Everything that can go wrong between a closure and the disk.

use diesel::result::{DatabaseErrorKind, Error};

use super::connect_fault::ConnectFault;

/// Why the database did not do what it was asked. Holds names of tables and rules, never a row's
/// contents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A row that had to be there is not.
    #[error("a row that had to be there is missing")]
    NotFound,
    /// A rule of the schema refused a row: the name of the rule, or of the columns.
    #[error("a rule of the schema refused a row: {0}")]
    Violation(String),
    /// No room left on the disk, or the limit of `database.max_pages` is reached.
    #[error("the database is full: make room on its disk")]
    Full,
    /// No connection was free in time, or another process holds the file.
    #[error("the database is busy")]
    Busy,
    /// A statement took longer than `database.statement_timeout_ms`.
    #[error("a statement took too long and was cancelled")]
    TimedOut,
    /// PostgreSQL broke off this transaction in favour of another (40001, 40P01); tried again three
    /// times.
    #[error("the transaction lost against others each time it was tried")]
    Contended,
    /// Another transaction held a row for longer than this one may wait for it (55P03); tried again
    /// as after [`DbError::Contended`].
    #[error("another transaction holds the row for too long")]
    Locked,
    /// No connection, or it was lost before COMMIT: nothing was written.
    #[error("the database can't be reached")]
    Unreachable,
    /// PostgreSQL did not take a connection.
    #[error(transparent)]
    NotConnected(ConnectFault),
    /// The connection was lost during COMMIT: the change may be there or not. Read by the
    /// idempotent id before answering.
    #[error("the connection was lost during COMMIT: the change may be there or not")]
    OutcomeUnknown,
    /// The closure panicked; its changes are rolled back.
    #[error("the closure of a database change panicked")]
    Panicked,
    /// A statement failed and the closure went on as if it had not; its changes are rolled back.
    #[error("a statement failed and its closure went on ({0}): rolled back")]
    Swallowed(Box<DbError>),
    /// A write on a connection that only reads.
    #[error("a write where only reading is allowed")]
    ReadOnly,
    /// The transaction is not where it should be; the connection is dropped.
    #[error("the transaction is broken")]
    Broken,
    /// Opening was refused for a reason that may pass, in words for ops.
    #[error("{0}")]
    Refused(String),
    /// Opening was refused until ops correct something, in words that say what.
    #[error("{0}")]
    Misconfigured(String),
    /// PostgreSQL lacks migrations.
    #[error("the database lacks {0} migration(s): run `ampara migrate` once, then start again")]
    NotMigrated(usize),
    /// The schema asks for a newer Ampara.
    #[error(
        "the database was migrated by a newer Ampara and needs {needs} or later; this is {this}: install that release"
    )]
    TooOld {
        /// The oldest release that may use this schema.
        needs: String,
        /// This release.
        this: String,
    },
    /// What the engine said, shortened.
    #[error("the database said: {0}")]
    Other(String),
}

impl DbError {
    /// Whether the change may be in the database or not: the caller reads by the idempotent id
    /// before it answers.
    #[must_use]
    pub const fn outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown)
    }

    /// Whether trying later may help and the caller is not to blame: full, busy, out of reach.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Full
                | Self::Busy
                | Self::TimedOut
                | Self::Contended
                | Self::Locked
                | Self::Unreachable
                | Self::NotConnected(_)
                | Self::OutcomeUnknown
        )
    }

    /// Whether a server that starts again meets the same: ops have to correct something first.
    #[must_use]
    pub const fn needs_a_person(&self) -> bool {
        match self {
            Self::NotConnected(fault) => fault.needs_a_person(),
            Self::Misconfigured(_) | Self::NotMigrated(_) | Self::TooOld { .. } => true,
            _ => false,
        }
    }

    /// Whether a rule of the schema refused a row.
    #[must_use]
    pub const fn is_violation(&self) -> bool {
        matches!(self, Self::Violation(_))
    }

    /// The same verdict for an error that is only borrowed, as diesel's instrumentation shows it.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::RollbackErrorOnCommit { commit_error, .. } => Self::of(commit_error),
            Error::BrokenTransactionManager
            | Error::NotInTransaction
            | Error::AlreadyInTransaction => Self::Broken,
            Error::DatabaseError(kind, said) => Self::of_kind(*kind, said.as_ref()),
            other => Self::Other(shortened(&other.to_string())),
        }
    }

    fn of_kind(
        kind: DatabaseErrorKind,
        said: &(dyn diesel::result::DatabaseErrorInformation + Send + Sync),
    ) -> Self {
        match kind {
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::RestrictViolation
            | DatabaseErrorKind::ExclusionViolation => Self::Violation(shortened(
                said.constraint_name()
                    .or(said.column_name())
                    .unwrap_or(said.message()),
            )),
            DatabaseErrorKind::SerializationFailure => Self::Contended,
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                Self::Unreachable
            }
            DatabaseErrorKind::ReadOnlyTransaction => Self::ReadOnly,
            _ => Self::of_words(said.message()),
        }
    }

    /// diesel hides the codes of the rest, so the words have to do: SQLite's are fixed,
    /// PostgreSQL's are asked for in English when a session starts.
    fn of_words(words: &str) -> Self {
        let has = |part: &str| words.contains(part);
        if has("database or disk is full") || has("No space left on device") {
            Self::Full
        } else if has("database is locked") || has("database table is locked") {
            Self::Busy
        } else if has("deadlock detected") {
            Self::Contended
        } else if has("lock timeout") {
            Self::Locked
        } else if has("statement timeout") {
            Self::TimedOut
        } else if has("readonly database") {
            Self::ReadOnly
        } else if has("terminating connection") || has("server closed the connection") {
            Self::Unreachable
        } else {
            Self::Other(shortened(words))
        }
    }
}

fn shortened(words: &str) -> String {
    words
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}

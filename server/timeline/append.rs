//! Appends to a timeline and reads it in order.

use super::model::{Entry, NewEntry};
use super::store;
use crate::db::{Conn, DbError};
use crate::ids::{EntryId, SubjectId};

/// Appends one entry, in the caller's transaction.
///
/// # Errors
/// What the database says; the caller's change is lost with it.
pub fn append(conn: &mut Conn, entry: &NewEntry) -> Result<EntryId, DbError> {
    store::append(conn, entry)
}

/// Appends several in that order.
///
/// # Errors
/// As [`append`].
pub fn append_all(conn: &mut Conn, entries: &[NewEntry]) -> Result<(), DbError> {
    entries.iter().try_for_each(|entry| store::append(conn, entry).map(drop))
}

/// The story of a subject, oldest first, after an entry and at most that many.
///
/// # Errors
/// What the database says.
pub fn list(
    conn: &mut Conn,
    subject: impl Into<SubjectId>,
    after: Option<EntryId>,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    store::list(conn, subject.into(), after, limit)
}

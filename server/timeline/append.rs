//! Appends to a timeline and reads it, from either end.

use super::model::{Entry, Kind, NewEntry};
use super::store;
use crate::clock::At;
use crate::db::{Batch, Conn, DbError};
use crate::ids::{EntryId, SubjectId};

/// Appends one entry, in the caller's transaction.
///
/// # Errors
/// What the database says; the caller's change is lost with it.
pub fn append(conn: &mut Conn, entry: &NewEntry) -> Result<EntryId, DbError> {
    store::append(conn, entry)
}

/// Appends several, which stand in that order, with what else is written.
///
/// # Errors
/// As [`append`].
pub fn append_all(batch: &mut Batch<'_>, entries: &[NewEntry]) -> Result<(), DbError> {
    entries
        .iter()
        .try_for_each(|entry| store::add(batch, entry))
}

/// When something of that kind last happened to a subject.
///
/// # Errors
/// What the database says.
pub fn last(
    conn: &mut Conn,
    subject: impl Into<SubjectId>,
    kind: Kind,
) -> Result<Option<At>, DbError> {
    store::last(conn, subject.into(), kind.as_str())
}

/// The timeline of a subject, oldest first, after an entry and at most that many.
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

/// The latest entries of a timeline, newest first: before an entry and at most that many.
///
/// # Errors
/// What the database says.
pub fn latest(
    conn: &mut Conn,
    subject: impl Into<SubjectId>,
    before: Option<EntryId>,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    store::latest(conn, subject.into(), before, limit)
}

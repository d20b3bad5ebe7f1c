//! Withdraws messages that are still queued: the alert was closed, or the contact removed.

use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::delivery::model::FailReason;
use crate::delivery::store::withdraw as store;
use crate::ids::{RecipientId, SubjectId};

/// Ends what is queued of a subject, for these recipients or for all. What a sender holds at this
/// moment may still leave, since no transaction is open while it does; it is never tried again. The
/// number of rows ended.
///
/// # Errors
/// What the database says.
pub fn withdraw(
    conn: &mut Conn,
    subject: SubjectId,
    recipients: Option<&[RecipientId]>,
    why: FailReason,
    now: At,
) -> Result<usize, DbError> {
    store::withdraw(conn, subject, recipients, why, now)
}

/// Ends all that is queued, whatever it is of: the database was restored. The number of rows ended.
///
/// # Errors
/// What the database says.
pub fn withdraw_all(conn: &mut Conn, why: FailReason, now: At) -> Result<usize, DbError> {
    store::withdraw_all(conn, why, now)
}

/// Ends what is queued for a recipient, whatever its subject: the contact was removed, left, or
/// declined.
///
/// # Errors
/// What the database says.
pub fn withdraw_recipient(
    conn: &mut Conn,
    recipient: RecipientId,
    why: FailReason,
    now: At,
) -> Result<usize, DbError> {
    store::withdraw_recipient(conn, recipient, why, now)
}

/// Ends what is queued of one step of these subjects. Those of which something was; the caller has
/// taken their owners' rows.
///
/// # Errors
/// What the database says.
pub fn withdraw_step(
    conn: &mut Conn,
    subjects: &[SubjectId],
    step: i64,
    why: FailReason,
    now: At,
) -> Result<Vec<SubjectId>, DbError> {
    store::withdraw_step(conn, subjects, step, why, now)
}

//! Dead letters: messages that were set aside because the code failed on them, for ops.
//!
//! They are not sent again: their words and destination are wiped, their deadline is minutes away,
//! and the plan has counted them as failed at once and goes on over the next channel. Ops look at
//! each once and dismiss it.

use super::sender::Delivery;
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::delivery::store::{attempts, dead_letters as store};
use crate::ids::{NotificationId, SubjectId};

/// The most that are listed at once.
pub const LISTED: i64 = 100;

/// A message that was set aside. Ids and codes: nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DeadLetter {
    /// The notification.
    pub id: NotificationId,
    /// Over what.
    pub channel: String,
    /// What its subject is, in a word.
    pub subject_kind: String,
    /// On whose behalf.
    pub subject: SubjectId,
    /// When it was set aside.
    pub at: Option<At>,
    /// What came of the last attempt to send it, where there was one.
    pub outcome: Option<String>,
    /// Why.
    pub cause: Option<String>,
}

/// The oldest [`LISTED`] that are not dismissed.
///
/// # Errors
/// What the database says.
pub fn dead_letters(conn: &mut Conn) -> Result<Vec<DeadLetter>, DbError> {
    let rows = store::list(conn, LISTED)?;
    let ids: Vec<NotificationId> = rows.iter().map(|row| row.id).collect();
    let tried = attempts::of(conn, &ids)?;
    let with_cause = |row: store::Row| {
        // In order: the last of them is the last.
        let last = tried.iter().rfind(|attempt| attempt.notification == row.id);
        DeadLetter {
            id: row.id,
            channel: row.channel,
            subject_kind: row.subject_kind,
            subject: row.subject,
            at: row.final_at,
            outcome: last.map(|attempt| attempt.outcome.clone()),
            cause: last.and_then(|attempt| attempt.cause.clone()),
        }
    };
    Ok(rows.into_iter().map(with_cause).collect())
}

/// Dismisses a dead letter that ops have looked at. False if there is no such dead letter.
///
/// # Errors
/// What the database says.
pub fn dismiss(conn: &mut Conn, id: NotificationId, now: At) -> Result<bool, DbError> {
    store::dismiss(conn, id, now)
}

impl Delivery {
    /// How many dead letters are not dismissed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn dead_letters(&self) -> Result<i64, DbError> {
        self.parts().foundation.db.read(store::count).await
    }
}

//! When it is looked whether she is to be reminded to rehearse. Nothing: she wants no reminders.

use super::store;
use crate::clock::At;
use crate::db::Conn;
use crate::identity::IdentityError;
use crate::ids::PersonId;
use crate::language::Language;

/// A person whose reminder is due.
#[derive(Debug, Clone, Copy)]
pub struct DueReminder {
    /// In what language to speak to her.
    pub language: Language,
    /// Her open alerts, hidden ones counted.
    pub open_alerts: i64,
}

/// Those whose reminder is due by `now`, or later than `latest`, which cannot be; longest overdue
/// first, `limit` at most.
///
/// # Errors
/// What the database says.
pub fn reminders_due(
    conn: &mut Conn,
    due_by: (At, At),
    limit: i64,
) -> Result<Vec<PersonId>, IdentityError> {
    Ok(store::reminders_due(conn, due_by, limit)?)
}

/// Takes her row until the transaction ends; `None` where nothing is due by `now`, nor later than
/// `latest`: another node was faster, or she has just said that she wants none.
///
/// # Errors
/// What the database says.
pub fn take_reminder(
    conn: &mut Conn,
    person: PersonId,
    (now, latest): (At, At),
) -> Result<Option<DueReminder>, IdentityError> {
    store::take(conn, person)?;
    let row = store::by_id(conn, person)?.filter(|row| {
        row.reminder_due_at
            .is_some_and(|due| due <= now || due > latest)
    });
    Ok(row.map(|row| DueReminder {
        language: Language::of_tag(&row.language),
        open_alerts: row.open_alerts,
    }))
}

/// Looks again then.
///
/// # Errors
/// What the database says.
pub fn remind_at(conn: &mut Conn, person: PersonId, at: At) -> Result<(), IdentityError> {
    Ok(store::remind_at(conn, person, at)?)
}

//! The record as the alert and the plan move it: born with the alert, told on, made louder, called
//! off.
//!
//! Everything here runs inside the alert's own transaction. [`insert`] writes no timeline entry,
//! since a raise appends all its first entries at once; [`change`] appends its own.

use super::centres;
use super::edit::facts_of;
use super::error::EscalationError;
use super::model::{RecordFacts, RecordState};
use super::store;
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, RecordId};

pub use super::changed::{Changed, RecordChange};
pub use super::edit::{FolioSource, NewRecord, RecordEdit};

/// Writes a record, version 1; draws its folio if it is born in the queue, and returns it. Its
/// timeline entries are the caller's. `named_officers` as in [`RecordEdit::new`].
///
/// # Errors
/// The database.
pub fn insert(
    conn: &mut Conn,
    new: &NewRecord,
    named_officers: Option<bool>,
    now: At,
) -> Result<Option<String>, EscalationError> {
    let mut record = RecordEdit::new(conn, new, named_officers, now)?;
    if new.state == RecordState::Queued {
        record.draw_folio(conn, FolioSource::Database, now)?;
    }
    record.insert(conn)?;
    Ok(record.folio().map(str::to_owned))
}

/// What the plan and the alert ask of the record of an alert. `None`: the alert has none.
///
/// # Errors
/// The database.
pub fn facts(conn: &mut Conn, alert: AlertId) -> Result<Option<RecordFacts>, EscalationError> {
    let Some(row) = store::by_alert(conn, alert)? else {
        return Ok(None);
    };
    let centre = centres::by_id(conn, row.centre)?;
    Ok(Some(facts_of(&row, centre.as_ref())))
}

/// The newest moment at which something happened to the records of these alerts.
///
/// # Errors
/// The database.
pub fn newest_moment(conn: &mut Conn, alerts: &[AlertId]) -> Result<Option<At>, DbError> {
    store::newest_moment(conn, alerts)
}

/// Takes what happened to an alert's record after `now` for having happened now. The caller has taken
/// its row.
///
/// # Errors
/// The database.
pub fn bring_back(conn: &mut Conn, alert: AlertId, now: At) -> Result<(), DbError> {
    store::take_back_moments(conn, alert, now)
}

/// Whose record it is.
///
/// # Errors
/// The database.
pub fn alert_of(conn: &mut Conn, record: RecordId) -> Result<Option<AlertId>, EscalationError> {
    Ok(store::by_id(conn, record)?.map(|row| row.alert))
}

/// Those of the alerts whose record has a folio and is not closed: 911 still works with
/// what they hold.
///
/// # Errors
/// The database.
pub fn on_open_folio(conn: &mut Conn, alerts: &[AlertId]) -> Result<Vec<AlertId>, EscalationError> {
    Ok(store::on_open_folio(conn, alerts)?)
}

/// Takes the place off an alert's record, its trail being destroyed. The record was closed months
/// ago and is on no feed: its version stays, or every feed would show it as news.
///
/// # Errors
/// The database.
pub fn forget_place(conn: &mut Conn, alert: AlertId) -> Result<(), EscalationError> {
    Ok(store::forget_place(conn, alert)?)
}

/// Changes the record of an alert: takes its row, moves its version on by one, and appends to the
/// alert's timeline. `None`: there is no record, or the change changes nothing or cannot happen
/// where it stands.
///
/// # Errors
/// The database.
pub fn change(
    conn: &mut Conn,
    alert: AlertId,
    change: RecordChange,
    now: At,
) -> Result<Option<Changed>, EscalationError> {
    let Some(mut record) = RecordEdit::lock(conn, alert)? else {
        return Ok(None);
    };
    record.change(conn, change, now)?;
    record.save(conn, now)
}

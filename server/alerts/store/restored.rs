//! Alerts that a restore has brought back.

use diesel::prelude::*;

use crate::alerts::model::AlertState;
use crate::alerts::store::{AlertChange, AlertRow, change};
use crate::clock::At;
use crate::db::schema::alerts;
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, MunicipalityId};
use crate::on;

/// The alerts whose plan could still speak, oldest first: what a restore puts under quarantine. Those
/// that are open, and those whose end is still to be told.
pub fn speaking(conn: &mut Conn) -> Result<Vec<AlertId>, DbError> {
    let open = alerts::state.eq(AlertState::Open.as_str());
    let speaking = alerts::table
        .filter(open.or(alerts::plan_due_at.is_not_null()))
        .order(alerts::id);
    Ok(on!(conn, |c| speaking.select(alerts::id).load(c))?)
}

/// The alerts under quarantine, of one municipality or of all, oldest first.
pub fn quarantined(conn: &mut Conn, of: Option<MunicipalityId>) -> Result<Vec<AlertRow>, DbError> {
    let held = alerts::table
        .filter(alerts::restored_at.is_not_null())
        .order(alerts::id);
    let rows: Vec<AlertRow> = on!(conn, |c| held.select(AlertRow::as_select()).load(c))?;
    let its = |row: &AlertRow| of.is_none_or(|of| row.municipality == of);
    Ok(rows.into_iter().filter(its).collect())
}

/// Puts them ([`speaking`]) under quarantine.
pub fn quarantine(conn: &mut Conn, now: At) -> Result<usize, DbError> {
    let open = alerts::state.eq(AlertState::Open.as_str());
    let speaking = alerts::table.filter(open.or(alerts::plan_due_at.is_not_null()));
    Ok(on!(conn, |c| diesel::update(speaking)
        .set(alerts::restored_at.eq(now))
        .execute(c))?)
}

/// Her phone was heard: this alert's quarantine ends. `false`: it was under none.
pub fn leave_quarantine(conn: &mut Conn, row: &AlertRow, now: At) -> Result<bool, DbError> {
    if row.restored_at.is_none() {
        return Ok(false);
    }
    let free = AlertChange {
        restored_at: Some(None),
        plan_due_at: Some(Some(now)),
        ..AlertChange::default()
    };
    change(conn, row.id, &free).map(|()| true)
}

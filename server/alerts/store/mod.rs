//! The alerts' tables. Nothing outside this room reads or writes them.

mod answers;
mod links;
mod retention;

pub use answers::*;
pub use links::*;
pub use retention::*;

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::{alert_names, alerts};
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, ClientId, DeviceId, MunicipalityId, PersonId};
use crate::on;

/// An alert as its row has it; the text columns are parsed by [`super::model`].
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = alerts, treat_none_as_default_value = false)]
pub struct AlertRow {
    pub id: AlertId,
    pub person: PersonId,
    pub client_id: ClientId,
    pub device: DeviceId,
    pub municipality: MunicipalityId,
    pub state: String,
    pub policy: String,
    pub if_nobody_reached: String,
    pub if_duress: String,
    pub drill: bool,
    pub network: String,
    pub raised_at: At,
    pub phone_at: Option<At>,
    pub presses: i64,
    pub last_press_at: At,
    pub told_again_at: At,
    pub last_fix_at: Option<At>,
    pub escalated_at: Option<At>,
    pub postponed_until: Option<At>,
    pub call_911: bool,
    pub wrong_pins: i64,
    pub closed_at: Option<At>,
    pub close_kind: Option<String>,
    pub close_verified: bool,
    pub plan_due_at: Option<At>,
    pub epoch: String,
    pub wrapped_key: Vec<u8>,
    pub sealed_note: Option<Vec<u8>>,
    pub warnings: String,
}

/// Writes a new alert. `false`: the phone's id already names one of hers.
pub fn insert(conn: &mut Conn, row: &AlertRow) -> Result<bool, DbError> {
    let written = on!(conn, |c| diesel::insert_into(alerts::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(written == 1)
}

/// Hers by the phone's id, other names included. Another's is none.
pub fn by_client_id(conn: &mut Conn, person: PersonId, client_id: ClientId) -> Result<Option<AlertRow>, DbError> {
    let hers = alerts::table.filter(alerts::person.eq(person)).filter(alerts::client_id.eq(client_id));
    if let Some(row) = on!(conn, |c| hers.select(AlertRow::as_select()).first(c).optional())? {
        return Ok(Some(row));
    }
    by_other_name(conn, person, client_id)
}

fn by_other_name(conn: &mut Conn, person: PersonId, client_id: ClientId) -> Result<Option<AlertRow>, DbError> {
    let named = alert_names::table.find((person, client_id)).select(alert_names::alert);
    match on!(conn, |c| named.first::<AlertId>(c).optional())? {
        Some(alert) => by_id(conn, alert),
        None => Ok(None),
    }
}

/// The alert that the phone's id names, and the one she has open: mostly neither, and at most these two.
pub fn same_or_open(
    conn: &mut Conn,
    person: PersonId,
    client_id: ClientId,
) -> Result<(Option<AlertRow>, Option<AlertRow>), DbError> {
    let either = alerts::client_id.eq(client_id).or(alerts::state.eq("open"));
    let hers = alerts::table.filter(alerts::person.eq(person)).filter(either).order(alerts::id.desc());
    let rows: Vec<AlertRow> = on!(conn, |c| hers.select(AlertRow::as_select()).load(c))?;
    let open = rows.iter().find(|row| row.state == "open").cloned();
    let same = match rows.into_iter().find(|row| row.client_id == client_id) {
        Some(same) => Some(same),
        None => by_other_name(conn, person, client_id)?,
    };
    Ok((same, open))
}

/// By our own id.
pub fn by_id(conn: &mut Conn, alert: AlertId) -> Result<Option<AlertRow>, DbError> {
    Ok(on!(conn, |c| alerts::table.find(alert).select(AlertRow::as_select()).first(c).optional())?)
}

/// Her open alert, if there is one.
pub fn open_of(conn: &mut Conn, person: PersonId) -> Result<Option<AlertRow>, DbError> {
    let open = alerts::table.filter(alerts::person.eq(person)).filter(alerts::state.eq("open"));
    Ok(on!(conn, |c| open.order(alerts::id.desc()).select(AlertRow::as_select()).first(c).optional())?)
}

/// Takes the alert's row until the commit, so that two steps of its plan cannot overtake each other, and reads it.
pub fn take(conn: &mut Conn, alert: AlertId) -> Result<Option<AlertRow>, DbError> {
    let row = diesel::update(alerts::table.find(alert)).set(alerts::presses.eq(alerts::presses));
    if on!(conn, |c| row.execute(c))? == 0 {
        return Ok(None);
    }
    by_id(conn, alert)
}

/// Another id under which she pressed the open alert. `false`: it was known.
pub fn add_name(
    conn: &mut Conn,
    person: PersonId,
    client_id: ClientId,
    alert: AlertId,
    now: At,
) -> Result<bool, DbError> {
    let name = (
        alert_names::person.eq(person),
        alert_names::client_id.eq(client_id),
        alert_names::alert.eq(alert),
        alert_names::created_at.eq(now),
    );
    let written =
        on!(conn, |c| diesel::insert_into(alert_names::table).values(name).on_conflict_do_nothing().execute(c))?;
    Ok(written == 1)
}

/// What changes in an alert's life; `None` leaves the column as it is.
#[derive(Debug, Default, Clone, AsChangeset)]
#[diesel(table_name = alerts)]
pub struct AlertChange {
    pub state: Option<String>,
    pub policy: Option<String>,
    pub drill: Option<bool>,
    pub raised_at: Option<At>,
    pub presses: Option<i64>,
    pub last_press_at: Option<At>,
    pub told_again_at: Option<At>,
    pub last_fix_at: Option<Option<At>>,
    pub escalated_at: Option<Option<At>>,
    pub postponed_until: Option<Option<At>>,
    pub call_911: Option<bool>,
    pub wrong_pins: Option<i64>,
    pub closed_at: Option<Option<At>>,
    pub close_kind: Option<Option<String>>,
    pub close_verified: Option<bool>,
    pub plan_due_at: Option<Option<At>>,
}

/// Changes an alert.
pub fn change(conn: &mut Conn, alert: AlertId, change: &AlertChange) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(alerts::table.find(alert)).set(change).execute(c))?;
    Ok(())
}

/// Asks the plan later, unless somebody has set another time since.
pub fn put_off(conn: &mut Conn, alert: AlertId, until: At) -> Result<(), DbError> {
    let due = alerts::table.filter(alerts::id.eq(alert)).filter(alerts::plan_due_at.lt(until));
    on!(conn, |c| diesel::update(due).set(alerts::plan_due_at.eq(until)).execute(c))?;
    Ok(())
}

/// The alerts whose plan is to be asked by `now`, longest overdue first.
pub fn due(conn: &mut Conn, now: At, limit: i64) -> Result<Vec<AlertId>, DbError> {
    let due = alerts::table.filter(alerts::plan_due_at.le(now)).order(alerts::plan_due_at.asc());
    Ok(on!(conn, |c| due.limit(limit).select(alerts::id).load(c))?)
}

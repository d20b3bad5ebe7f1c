//! The alerts' tables. Nothing outside this room reads or writes them.
//!
//! What: rows of alerts, of the names that her phone gave to presses, and of answers; which alert is
//! due, and who may work or watch one. Invariant: one statement per function, without a decision;
//! what has to be true together is a condition of the statement. Path: a verb locks with
//! `db::take_alerts`, reads, and writes here. On failure: the database's error undoes the closure.

mod answers;
mod choices;
mod due;
mod links;
mod restored;
mod retention;

pub use answers::*;
pub use choices::*;
pub use due::*;
pub use links::*;
pub use restored::*;
pub use retention::*;

use diesel::dsl::max;
use diesel::prelude::*;

use super::model::{AlertState, CloseKind, Hold, Policy};
use crate::clock::At;
use crate::db::prepared::prepared;
use crate::db::schema::{alert_names, alerts};
use crate::db::{Batch, Conn, DbError, take_alerts};
use crate::ids::{AlertId, ClientId, ContactId, DeviceId, MunicipalityId, PersonId};
use crate::on;

/// An alert as its row has it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = alerts, treat_none_as_default_value = false)]
pub struct AlertRow {
    pub id: AlertId,
    pub person: PersonId,
    pub client_id: ClientId,
    pub device: DeviceId,
    pub municipality: MunicipalityId,
    pub state: AlertState,
    pub policy: Policy,
    pub if_nobody_reached: Hold,
    pub if_duress: Hold,
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
    pub close_kind: Option<CloseKind>,
    pub close_verified: bool,
    pub plan_due_at: Option<At>,
    pub epoch: String,
    pub wrapped_key: Vec<u8>,
    pub sealed_note: Option<Vec<u8>>,
    pub warnings: String,
    pub plan_failures: i64,
    /// Under quarantine since that restore.
    pub restored_at: Option<At>,
}

/// The contacts as they were at the press; those who joined later are looked up live.
pub fn network_of(row: &AlertRow) -> Vec<ContactId> {
    serde_json::from_str(&row.network).unwrap_or_default()
}

/// Writes a new alert, with what else is written. Fails where the phone's id already names one of
/// hers.
pub fn add<'a>(batch: &mut Batch<'a>, row: &'a AlertRow) -> Result<(), DbError> {
    batch.add(diesel::insert_into(alerts::table).values(row))
}

/// Hers by the phone's id, other names included. Another's is none.
pub fn by_client_id(
    conn: &mut Conn,
    person: PersonId,
    client_id: ClientId,
) -> Result<Option<AlertRow>, DbError> {
    match by_own_name(conn, person, client_id)? {
        None => by_other_name(conn, person, client_id),
        own => Ok(own),
    }
}

/// As [`by_client_id`], by the id of its first press alone.
pub fn by_own_name(
    conn: &mut Conn,
    person: PersonId,
    client_id: ClientId,
) -> Result<Option<AlertRow>, DbError> {
    let hers = alerts::table
        .filter(alerts::person.eq(person))
        .filter(alerts::client_id.eq(client_id));
    Ok(on!(conn, |c| hers
        .select(AlertRow::as_select())
        .first(c)
        .optional())?)
}

fn by_other_name(
    conn: &mut Conn,
    person: PersonId,
    client_id: ClientId,
) -> Result<Option<AlertRow>, DbError> {
    let named = alert_names::table
        .find((person, client_id))
        .select(alert_names::alert);
    match on!(conn, |c| named.first::<AlertId>(c).optional())? {
        Some(alert) => by_id(conn, alert),
        None => Ok(None),
    }
}

/// What a press of hers may be about.
pub struct Hers {
    /// The alert that the phone's id names, by its own or another name.
    pub same: Option<AlertRow>,
    /// The one she has open.
    pub open: Option<AlertRow>,
    /// Alarms of hers that have ended lately.
    pub ended: Vec<AlertId>,
}

/// What a press of hers may be about: mostly nothing. `lately`: which ended alarms are listed.
pub fn hers_at_press(
    conn: &mut Conn,
    person: PersonId,
    client_id: ClientId,
    lately: At,
) -> Result<Hers, DbError> {
    let named = || {
        alert_names::table
            .find((person, client_id))
            .select(alert_names::alert)
            .single_value()
    };
    let any = alerts::client_id
        .eq(client_id)
        .or(alerts::state.eq(AlertState::Open.as_str()))
        .or(alerts::closed_at
            .is_not_null()
            .and(alerts::closed_at.assume_not_null().gt(lately)));
    let any = any.nullable().or(alerts::id.nullable().eq(named()));
    let hers = alerts::table
        .filter(alerts::person.eq(person))
        .filter(any)
        .order(alerts::id.desc());
    let rows: Vec<(AlertRow, Option<AlertId>)> = on!(conn, |c| hers
        .select((AlertRow::as_select(), named()))
        .load(c))?;
    let open = rows
        .iter()
        .find(|(row, _)| row.state == AlertState::Open)
        .map(|(row, _)| row.clone());
    let ended = rows
        .iter()
        .filter(|(row, _)| !row.drill && row.closed_at > Some(lately))
        .map(|(row, _)| row.id)
        .collect();
    let same = rows
        .into_iter()
        .find(|(row, named)| row.client_id == client_id || *named == Some(row.id));
    Ok(Hers {
        same: same.map(|(row, _)| row),
        open,
        ended,
    })
}

/// The alarms that she has raised after this one, the latest first, each with its end. Another one
/// that is open was raised after one that is closed, whatever the clocks said.
pub fn newer_than(conn: &mut Conn, row: &AlertRow) -> Result<Vec<(AlertId, Option<At>)>, DbError> {
    let same_moment = alerts::raised_at
        .eq(row.raised_at)
        .and(alerts::id.gt(row.id));
    let later = alerts::raised_at.gt(row.raised_at).or(same_moment);
    let open = alerts::state.eq(AlertState::Open.as_str());
    let newer = alerts::table
        .filter(alerts::person.eq(row.person))
        .filter(alerts::drill.eq(false))
        .filter(alerts::id.ne(row.id))
        .filter(later.or(open))
        .order((
            alerts::state.desc(),
            alerts::raised_at.desc(),
            alerts::id.desc(),
        ));
    let newer = newer.select((alerts::id, alerts::closed_at));
    Ok(on!(conn, |c| newer.limit(50).load(c))?)
}

/// The alarms that she raised in that time, `until` included.
pub fn raised_between(
    conn: &mut Conn,
    person: PersonId,
    (after, until): (At, At),
) -> Result<Vec<AlertId>, DbError> {
    let hers = alerts::table
        .filter(alerts::person.eq(person))
        .filter(alerts::drill.eq(false))
        .filter(alerts::raised_at.gt(after))
        .filter(alerts::raised_at.le(until));
    Ok(on!(conn, |c| hers.select(alerts::id).load(c))?)
}

/// By our own id.
pub fn by_id(conn: &mut Conn, alert: AlertId) -> Result<Option<AlertRow>, DbError> {
    Ok(on!(conn, |c| alerts::table
        .find(alert)
        .select(AlertRow::as_select())
        .first(c)
        .optional())?)
}

/// Her open alert, if there is one.
pub fn open_of(conn: &mut Conn, person: PersonId) -> Result<Option<AlertRow>, DbError> {
    let open = alerts::table
        .filter(alerts::person.eq(person))
        .filter(alerts::state.eq(AlertState::Open.as_str()));
    Ok(on!(conn, |c| open
        .order(alerts::id.desc())
        .select(AlertRow::as_select())
        .first(c)
        .optional())?)
}

/// Takes her row, the alert's and its record's until the commit, so that two steps of its plan
/// cannot overtake each other, and reads it.
pub fn take(conn: &mut Conn, alert: AlertId) -> Result<Option<AlertRow>, DbError> {
    take_alerts(conn, &[alert])?;
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
    let written = on!(conn, |c| diesel::insert_into(alert_names::table)
        .values(name)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(written == 1)
}

/// What changes in an alert's life; `None` leaves the column as it is.
#[derive(Debug, Default, Clone, AsChangeset)]
#[diesel(table_name = alerts)]
pub struct AlertChange {
    pub state: Option<AlertState>,
    pub drill: Option<bool>,
    pub raised_at: Option<At>,
    pub presses: Option<i64>,
    pub last_press_at: Option<At>,
    pub told_again_at: Option<At>,
    pub escalated_at: Option<Option<At>>,
    pub postponed_until: Option<Option<At>>,
    pub call_911: Option<bool>,
    pub wrong_pins: Option<i64>,
    pub closed_at: Option<Option<At>>,
    pub close_kind: Option<Option<CloseKind>>,
    pub close_verified: Option<bool>,
    pub plan_due_at: Option<Option<At>>,
    pub plan_failures: Option<i64>,
    pub restored_at: Option<Option<At>>,
}

impl AlertChange {
    /// The row once it has been changed so: for one that is not written yet.
    #[must_use]
    pub fn made_to(self, mut row: AlertRow) -> AlertRow {
        fn put<T>(column: &mut T, change: Option<T>) {
            if let Some(new) = change {
                *column = new;
            }
        }
        put(&mut row.state, self.state);
        put(&mut row.drill, self.drill);
        put(&mut row.raised_at, self.raised_at);
        put(&mut row.presses, self.presses);
        put(&mut row.last_press_at, self.last_press_at);
        put(&mut row.told_again_at, self.told_again_at);
        put(&mut row.escalated_at, self.escalated_at);
        put(&mut row.postponed_until, self.postponed_until);
        put(&mut row.call_911, self.call_911);
        put(&mut row.wrong_pins, self.wrong_pins);
        put(&mut row.closed_at, self.closed_at);
        put(&mut row.close_kind, self.close_kind);
        put(&mut row.close_verified, self.close_verified);
        put(&mut row.plan_due_at, self.plan_due_at);
        put(&mut row.plan_failures, self.plan_failures);
        put(&mut row.restored_at, self.restored_at);
        row
    }
}

/// Changes an alert.
pub fn change(conn: &mut Conn, alert: AlertId, change: &AlertChange) -> Result<(), DbError> {
    on!(conn, |c| prepared(
        diesel::update(alerts::table.find(alert)).set(change)
    )
    .run(c))?;
    Ok(())
}

/// When she last raised an alert, drills too.
pub fn last_raised(conn: &mut Conn, person: PersonId) -> Result<Option<At>, DbError> {
    Ok(on!(conn, |c| alerts::table
        .filter(alerts::person.eq(person))
        .select(max(alerts::raised_at))
        .first(c))?)
}

/// Her latest alerts since `from`, drills too, `limit` at most.
pub fn since(
    conn: &mut Conn,
    person: PersonId,
    from: At,
    limit: i64,
) -> Result<Vec<AlertId>, DbError> {
    let hers = alerts::table
        .filter(alerts::person.eq(person))
        .filter(alerts::raised_at.ge(from));
    let latest = hers.order(alerts::raised_at.desc()).limit(limit);
    Ok(on!(conn, |c| latest.select(alerts::id).load(c))?)
}

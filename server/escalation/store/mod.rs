//! The escalation's tables: records, the feed's reads of them, presence, requests to open a
//! record. Nothing outside this room reads or writes them.
//!
//! Invariant: a record's version grows by one with each change, in the statement that changes it.
//! On failure: the database's error undoes the closure.

mod break_glass;
mod feed;
mod lost;
mod moments;
mod presence;
mod retention;

pub use break_glass::*;
pub use feed::*;
pub use lost::*;
pub use moments::*;
pub use presence::*;
pub use retention::*;

use std::ops::Range;

use diesel::prelude::*;

use super::model::{Priority, RecordState};
use crate::clock::At;

use crate::db::schema::{folio_counters, records};
use crate::db::{Batch, Conn, DbError};
use crate::ids::{AlertId, CentreId, MunicipalityId, OperatorId, PersonId, RecordId};
use crate::{lock_row, on, prepared};

/// A record as its row has it; the text columns are parsed by [`super::model`].
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = records, treat_none_as_default_value = false)]
pub struct RecordRow {
    pub id: RecordId,
    pub alert: AlertId,
    pub person: PersonId,
    pub municipality: MunicipalityId,
    pub centre: CentreId,
    pub other_centre: Option<CentreId>,
    pub placed_by: String,
    pub folio: Option<String>,
    pub kind: String,
    pub priority: Priority,
    pub training: bool,
    pub state: RecordState,
    pub version: i64,
    pub level: i64,
    pub cell: Option<String>,
    pub accuracy_m: Option<f64>,
    pub fix_at: Option<At>,
    pub raised_at: At,
    pub queued_at: Option<At>,
    pub claimed_by: Option<OperatorId>,
    pub claimed_at: Option<At>,
    pub first_claimed_at: Option<At>,
    pub last_step_at: Option<At>,
    pub widened_at: Option<At>,
    pub closed_at: Option<At>,
    pub closed_by: Option<OperatorId>,
    pub disposition: Option<String>,
    pub close_proposed_by: Option<OperatorId>,
    pub flags: String,
    pub changed_at: At,
    pub closed_early_at: Option<At>,
}

impl RecordRow {
    /// Its operator gave a sign of life: it is quiet again, and a close that waited for a second
    /// person is void.
    pub fn stepped(&mut self, now: At) {
        self.last_step_at = Some(now);
        self.level = 0;
        self.void_proposal();
    }

    /// Drops the proposal to close.
    pub fn void_proposal(&mut self) {
        self.close_proposed_by = None;
        self.disposition = None;
    }
}

/// A record of that alert, version 1, with nothing yet to tell.
pub fn blank(
    id: RecordId,
    alert: AlertId,
    person: PersonId,
    municipality: MunicipalityId,
    now: At,
) -> RecordRow {
    RecordRow {
        id,
        alert,
        person,
        municipality,
        centre: CentreId(uuid::Uuid::nil()),
        other_centre: None,
        placed_by: String::new(),
        folio: None,
        kind: String::new(),
        priority: Priority::High,
        training: false,
        state: RecordState::Withheld,
        version: 1,
        level: 0,
        cell: None,
        accuracy_m: None,
        fix_at: None,
        raised_at: now,
        queued_at: None,
        claimed_by: None,
        claimed_at: None,
        first_claimed_at: None,
        last_step_at: None,
        widened_at: None,
        closed_at: None,
        closed_by: None,
        disposition: None,
        close_proposed_by: None,
        flags: String::new(),
        changed_at: now,
        closed_early_at: None,
    }
}

/// Writes a new record.
pub fn insert(conn: &mut Conn, row: &RecordRow) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(records::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// As [`insert`], with what else is written.
pub fn add(batch: &mut Batch<'_>, row: RecordRow) -> Result<(), DbError> {
    batch.add(diesel::insert_into(records::table).values(row))
}

/// The record of an alert.
pub fn by_alert(conn: &mut Conn, alert: AlertId) -> Result<Option<RecordRow>, DbError> {
    let one = records::table.filter(records::alert.eq(alert));
    Ok(on!(conn, |c| one
        .select(RecordRow::as_select())
        .first(c)
        .optional())?)
}

/// Whose record has that folio. No index: only a person with a folio in hand asks.
pub fn alert_of_folio(conn: &mut Conn, folio: &str) -> Result<Option<AlertId>, DbError> {
    let one = records::table
        .filter(records::folio.eq(folio))
        .select(records::alert);
    Ok(on!(conn, |c| one.first(c).optional())?)
}

/// A record as it stands.
pub fn by_id(conn: &mut Conn, id: RecordId) -> Result<Option<RecordRow>, DbError> {
    Ok(on!(conn, |c| records::table
        .find(id)
        .select(RecordRow::as_select())
        .first(c)
        .optional())?)
}

/// Takes the record's row until the commit and reads it, so that two changes come one after the
/// other.
pub fn lock(conn: &mut Conn, id: RecordId) -> Result<Option<RecordRow>, DbError> {
    lock_row!(conn, records, id)?;
    by_id(conn, id)
}

/// As [`lock`], by the record's alert.
pub fn lock_by_alert(conn: &mut Conn, alert: AlertId) -> Result<Option<RecordRow>, DbError> {
    let id = records::table
        .filter(records::alert.eq(alert))
        .select(records::id);
    let id: Option<RecordId> = on!(conn, |c| id.first(c).optional())?;
    match id {
        Some(id) => lock(conn, id),
        None => Ok(None),
    }
}

/// Writes back a record that was locked; its version moves on by one.
pub fn save(conn: &mut Conn, row: &mut RecordRow, now: At) -> Result<(), DbError> {
    row.version += 1;
    row.changed_at = now;
    write(conn, row)
}

/// Writes a record that was locked as it is in memory.
pub fn write(conn: &mut Conn, row: &RecordRow) -> Result<(), DbError> {
    let change = (
        (
            records::centre.eq(row.centre),
            records::other_centre.eq(row.other_centre),
            records::placed_by.eq(&row.placed_by),
            records::folio.eq(&row.folio),
            records::kind.eq(&row.kind),
            records::priority.eq(&row.priority),
            records::state.eq(&row.state),
            records::level.eq(row.level),
            records::cell.eq(&row.cell),
            records::accuracy_m.eq(row.accuracy_m),
            records::fix_at.eq(row.fix_at),
            records::queued_at.eq(row.queued_at),
            records::version.eq(row.version),
            records::changed_at.eq(row.changed_at),
        ),
        (
            records::claimed_by.eq(row.claimed_by),
            records::claimed_at.eq(row.claimed_at),
            records::first_claimed_at.eq(row.first_claimed_at),
            records::last_step_at.eq(row.last_step_at),
            records::widened_at.eq(row.widened_at),
            records::closed_at.eq(row.closed_at),
            records::closed_by.eq(row.closed_by),
            records::disposition.eq(&row.disposition),
            records::close_proposed_by.eq(row.close_proposed_by),
            records::flags.eq(&row.flags),
            records::closed_early_at.eq(row.closed_early_at),
        ),
    );
    on!(conn, |c| prepared!(
        diesel::update(records::table.find(row.id)).set(change)
    )
    .run(c))?;
    Ok(())
}

/// Draws the centre's next folio numbers of that year, from 1 without gaps but for rolled-back
/// draws.
pub fn draw_folios(
    conn: &mut Conn,
    centre: CentreId,
    year: i64,
    count: i64,
) -> Result<Range<i64>, DbError> {
    let first = (
        folio_counters::centre.eq(centre),
        folio_counters::year.eq(year),
        folio_counters::next.eq(1 + count),
    );
    let draw = diesel::insert_into(folio_counters::table)
        .values(first)
        .on_conflict((folio_counters::centre, folio_counters::year))
        .do_update()
        .set(folio_counters::next.eq(folio_counters::next + count))
        .returning(folio_counters::next);
    let next: i64 = on!(conn, |c| prepared!(draw).get_result(c))?;
    Ok(next - count..next)
}

/// Gives numbers back that are the last ones drawn.
pub fn return_folios(
    conn: &mut Conn,
    centre: CentreId,
    year: i64,
    unused: &Range<i64>,
) -> Result<(), DbError> {
    let last = folio_counters::table
        .find((centre, year))
        .filter(folio_counters::next.eq(unused.end));
    on!(conn, |c| diesel::update(last)
        .set(folio_counters::next.eq(unused.start))
        .execute(c))?;
    Ok(())
}

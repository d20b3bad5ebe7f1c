//! The escalation's tables. Nothing outside this room reads or writes them.

mod feed;
mod presence;

pub use feed::*;
pub use presence::*;

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::{folio_counters, records};
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, CentreId, MunicipalityId, OperatorId, PersonId, RecordId};
use crate::on;

/// A record as its row has it; the text columns are parsed by [`super::model`].
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = records, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the migration says what each column is for")]
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
    pub priority: String,
    pub training: bool,
    pub state: String,
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
    pub last_lost_by: Option<OperatorId>,
    pub last_lost_at: Option<At>,
    pub widened_at: Option<At>,
    pub closed_at: Option<At>,
    pub closed_by: Option<OperatorId>,
    pub disposition: Option<String>,
    pub close_proposed_by: Option<OperatorId>,
    pub flags: String,
    pub changed_at: At,
}

/// Writes a new record.
pub fn insert(conn: &mut Conn, row: &RecordRow) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(records::table).values(row).execute(c))?;
    Ok(())
}

/// The record of an alert.
pub fn by_alert(conn: &mut Conn, alert: AlertId) -> Result<Option<RecordRow>, DbError> {
    let one = records::table.filter(records::alert.eq(alert));
    Ok(on!(conn, |c| one.select(RecordRow::as_select()).first(c).optional())?)
}

/// A record as it stands.
pub fn by_id(conn: &mut Conn, id: RecordId) -> Result<Option<RecordRow>, DbError> {
    Ok(on!(conn, |c| records::table.find(id).select(RecordRow::as_select()).first(c).optional())?)
}

/// Takes the record's row until the commit: its version goes up by one, so versions have no gaps. `None`: no such one.
pub fn take(conn: &mut Conn, id: RecordId, now: At) -> Result<Option<RecordRow>, DbError> {
    let row = diesel::update(records::table.find(id))
        .set((records::version.eq(records::version + 1), records::changed_at.eq(now)));
    if on!(conn, |c| row.execute(c))? == 0 {
        return Ok(None);
    }
    by_id(conn, id)
}

/// Writes back a record that was taken.
pub fn save(conn: &mut Conn, row: &RecordRow) -> Result<(), DbError> {
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
        ),
        (
            records::claimed_by.eq(row.claimed_by),
            records::claimed_at.eq(row.claimed_at),
            records::first_claimed_at.eq(row.first_claimed_at),
            records::last_step_at.eq(row.last_step_at),
            records::last_lost_by.eq(row.last_lost_by),
            records::last_lost_at.eq(row.last_lost_at),
            records::widened_at.eq(row.widened_at),
            records::closed_at.eq(row.closed_at),
            records::closed_by.eq(row.closed_by),
            records::disposition.eq(&row.disposition),
            records::close_proposed_by.eq(row.close_proposed_by),
            records::flags.eq(&row.flags),
        ),
    );
    on!(conn, |c| diesel::update(records::table.find(row.id)).set(change).execute(c))?;
    Ok(())
}

/// Draws the centre's next folio number of that year, from 1 without gaps but for rolled-back draws.
pub fn draw_folio(conn: &mut Conn, centre: CentreId, year: i64) -> Result<i64, DbError> {
    let first = (folio_counters::centre.eq(centre), folio_counters::year.eq(year), folio_counters::next.eq(2_i64));
    let next: i64 = on!(conn, |c| diesel::insert_into(folio_counters::table)
        .values(first)
        .on_conflict((folio_counters::centre, folio_counters::year))
        .do_update()
        .set(folio_counters::next.eq(folio_counters::next + 1))
        .returning(folio_counters::next)
        .get_result(c))?;
    Ok(next - 1)
}

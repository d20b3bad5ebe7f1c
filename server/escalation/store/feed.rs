//! What queues and feeds read. `closed_at is null` stands for "not over": both engines then use the
//! partial index.

use diesel::prelude::*;

use super::RecordRow;
use crate::clock::At;
use crate::db::prepared::prepared;
use crate::db::schema::records;
use crate::db::{Conn, DbError};
use crate::escalation::flags;
use crate::escalation::model::RecordState;
use crate::ids::{CentreId, OperatorId, PersonId, RecordId};
use crate::on;

/// As much of a record as tells who sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct SightRow {
    pub id: RecordId,
    pub version: i64,
    pub state: RecordState,
    pub person: PersonId,
    pub centre: CentreId,
    pub other_centre: Option<CentreId>,
    pub folio: Option<String>,
    pub claimed_by: Option<OperatorId>,
    pub widened_at: Option<At>,
    pub flags: String,
}

impl RecordRow {
    /// As much of it as tells who sees it.
    pub fn sight(&self) -> SightRow {
        SightRow {
            id: self.id,
            version: self.version,
            state: self.state,
            person: self.person,
            centre: self.centre,
            other_centre: self.other_centre,
            folio: self.folio.clone(),
            claimed_by: self.claimed_by,
            widened_at: self.widened_at,
            flags: self.flags.clone(),
        }
    }
}

/// What is not over at a centre, or at one that it may have to back up, oldest first.
pub fn not_over(
    conn: &mut Conn,
    centre: CentreId,
    backs: &[CentreId],
    training: bool,
) -> Result<Vec<SightRow>, DbError> {
    let open = records::table
        .filter(records::closed_at.is_null())
        .filter(records::training.eq(training));
    let mut at: Vec<CentreId> = backs.to_vec();
    at.push(centre);
    let here = open
        .filter(records::centre.eq_any(at))
        .order(records::id.asc());
    let mut rows: Vec<SightRow> = on!(conn, |c| here.select(SightRow::as_select()).load(c))?;
    let told = open
        .filter(records::other_centre.eq(centre))
        .order(records::id.asc());
    let told: Vec<SightRow> = on!(conn, |c| told.select(SightRow::as_select()).load(c))?;
    rows.extend(told);
    rows.sort_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// What was closed while her alert was open, and waits for a supervisor's look: a handful on the
/// whole server.
pub fn closed_early(conn: &mut Conn) -> Result<Vec<SightRow>, DbError> {
    let early = records::table.filter(records::closed_early_at.is_not_null());
    Ok(on!(conn, |c| early.select(SightRow::as_select()).load(c))?)
}

/// Records as they stand now.
pub fn by_ids(conn: &mut Conn, ids: &[RecordId]) -> Result<Vec<RecordRow>, DbError> {
    let mut rows = Vec::with_capacity(ids.len());
    // SQLite takes a bounded number of parameters.
    for part in ids.chunks(500) {
        let these = records::table
            .filter(records::id.eq_any(part.to_vec()))
            .order(records::id.asc());
        let found: Vec<RecordRow> = on!(conn, |c| prepared(these.select(RecordRow::as_select()))
            .load(c))?;
        rows.extend(found);
    }
    Ok(rows)
}

/// What changed at a centre since `mark`, the latest change first.
pub fn changed_since(
    conn: &mut Conn,
    centre: CentreId,
    training: bool,
    mark: At,
    limit: i64,
) -> Result<Vec<RecordRow>, DbError> {
    let changed = records::table
        .filter(records::changed_at.ge(mark))
        .filter(records::training.eq(training));
    let here = changed
        .filter(records::centre.eq(centre))
        .order((records::changed_at.desc(), records::id.desc()));
    let mut rows: Vec<RecordRow> = on!(conn, |c| here
        .limit(limit)
        .select(RecordRow::as_select())
        .load(c))?;
    let told = changed
        .filter(records::other_centre.eq(centre))
        .order((records::changed_at.desc(), records::id.desc()));
    let told: Vec<RecordRow> = on!(conn, |c| told
        .limit(limit)
        .select(RecordRow::as_select())
        .load(c))?;
    rows.extend(told);
    rows.sort_by_key(|row| (std::cmp::Reverse(row.changed_at), row.id));
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// Queued records of a centre that are in conflict, are kept from its operators, and came before
/// `before`.
pub fn in_conflict(
    conn: &mut Conn,
    centre: CentreId,
    before: At,
) -> Result<Vec<RecordId>, DbError> {
    let waiting = records::table
        .filter(records::closed_at.is_null())
        .filter(records::centre.eq(centre))
        .filter(records::state.eq(RecordState::Queued.as_str()))
        .filter(records::queued_at.le(before))
        .filter(records::flags.like(format!("%{}%", flags::CONFLICT)))
        .filter(records::flags.not_like(format!("%{}%", flags::CONFLICT_OPEN)));
    // By id, in which order they are locked.
    let waiting = waiting.order(records::id).select(records::id);
    Ok(on!(conn, |c| waiting.load(c))?)
}

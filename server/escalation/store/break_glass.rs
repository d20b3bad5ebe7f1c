//! Requests to open a record without a claim.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::break_glass;
use crate::db::{Conn, DbError};
use crate::ids::{EntryId, OperatorId, RecordId};
use crate::on;

pub fn ask_break_glass(
    conn: &mut Conn,
    id: EntryId,
    record: RecordId,
    asked_by: OperatorId,
    sealed_reason: &[u8],
    now: At,
) -> Result<(), DbError> {
    let row = (
        break_glass::id.eq(id),
        break_glass::record.eq(record),
        break_glass::asked_by.eq(asked_by),
        break_glass::asked_at.eq(now),
        break_glass::sealed_reason.eq(sealed_reason),
    );
    on!(conn, |c| diesel::insert_into(break_glass::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// Who asked, and when.
pub fn break_glass_asked(
    conn: &mut Conn,
    record: RecordId,
    id: EntryId,
) -> Result<Option<(OperatorId, At)>, DbError> {
    let one = break_glass::table
        .find(id)
        .filter(break_glass::record.eq(record));
    Ok(on!(conn, |c| one
        .select((break_glass::asked_by, break_glass::asked_at))
        .first(c)
        .optional())?)
}

/// 0 if it was granted before.
pub fn grant_break_glass(
    conn: &mut Conn,
    id: EntryId,
    by: OperatorId,
    now: At,
) -> Result<usize, DbError> {
    let open = break_glass::table
        .find(id)
        .filter(break_glass::granted_at.is_null());
    let grant = (
        break_glass::granted_by.eq(by),
        break_glass::granted_at.eq(now),
    );
    Ok(on!(conn, |c| diesel::update(open).set(grant).execute(c))?)
}

pub fn break_glass_granted(
    conn: &mut Conn,
    record: RecordId,
    asked_by: OperatorId,
    since: At,
) -> Result<bool, DbError> {
    let granted = break_glass::table
        .filter(break_glass::record.eq(record))
        .filter(break_glass::asked_by.eq(asked_by))
        .filter(break_glass::granted_at.ge(since));
    let found: Option<EntryId> = on!(conn, |c| granted
        .select(break_glass::id)
        .first(c)
        .optional())?;
    Ok(found.is_some())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = break_glass)]
pub struct WaitingRow {
    pub id: EntryId,
    pub record: RecordId,
    pub asked_by: OperatorId,
    pub asked_at: At,
    pub sealed_reason: Vec<u8>,
}

/// What was asked since then and is not granted, oldest first.
pub fn break_glass_waiting(conn: &mut Conn, since: At) -> Result<Vec<WaitingRow>, DbError> {
    let waiting = break_glass::table
        .filter(break_glass::asked_at.ge(since))
        .filter(break_glass::granted_at.is_null())
        .order(break_glass::id)
        .limit(100);
    Ok(on!(conn, |c| waiting
        .select(WaitingRow::as_select())
        .load(c))?)
}

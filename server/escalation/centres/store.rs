//! The rows of centres.

use diesel::prelude::*;

use super::Centre;
use super::times::CentreTimes;
use crate::clock::At;
use crate::db::schema::{centre_policy_changes, centre_times, centres};
use crate::db::{Conn, DbError};
use crate::ids::{CentreId, EntryId, MunicipalityId, OperatorId};
use crate::{lock_row, on};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = centres, treat_none_as_default_value = false)]
pub(super) struct CentreRow {
    pub id: CentreId,
    pub municipality: MunicipalityId,
    pub code: String,
    pub name: String,
    pub rank: i64,
    pub is_default: bool,
    pub backup: Option<CentreId>,
    pub polygon: Option<String>,
    pub created_at: At,
    pub updated_at: At,
    pub retired_at: Option<At>,
}

impl CentreRow {
    fn split(self, times: Option<&str>) -> (Centre, Option<String>) {
        let centre = Centre {
            id: self.id,
            municipality: self.municipality,
            code: self.code,
            name: self.name,
            rank: self.rank,
            is_default: self.is_default,
            backup: self.backup,
            has_polygon: self.polygon.is_some(),
            is_retired: self.retired_at.is_some(),
            times: times_of(times),
        };
        (centre, self.polygon)
    }
}

/// What its own row says, if a centre has one.
fn times_of(row: Option<&str>) -> CentreTimes {
    row.map(CentreTimes::from_text).unwrap_or_default()
}

pub(super) fn all(conn: &mut Conn) -> Result<Vec<(Centre, Option<String>)>, DbError> {
    let rows: Vec<(CentreRow, Option<String>)> = on!(conn, |c| centres::table
        .left_join(centre_times::table)
        .select((CentreRow::as_select(), centre_times::times.nullable()))
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(|(row, times)| row.split(times.as_deref()))
        .collect())
}

pub(super) fn of(conn: &mut Conn, municipality: MunicipalityId) -> Result<Vec<Centre>, DbError> {
    let rows: Vec<(CentreRow, Option<String>)> = on!(conn, |c| centres::table
        .left_join(centre_times::table)
        .filter(centres::municipality.eq(municipality))
        .order((centres::rank, centres::id))
        .select((CentreRow::as_select(), centre_times::times.nullable()))
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(|(row, times)| row.split(times.as_deref()).0)
        .collect())
}

type Columns = (
    CentreId,
    MunicipalityId,
    String,
    String,
    i64,
    bool,
    Option<CentreId>,
    bool,
    Option<At>,
    Option<String>,
);

fn centre_of(
    (id, municipality, code, name, rank, is_default, backup, has_polygon, retired_at, times): Columns,
) -> Centre {
    Centre {
        id,
        municipality,
        code,
        name,
        rank,
        is_default,
        backup,
        has_polygon,
        is_retired: retired_at.is_some(),
        times: times_of(times.as_deref()),
    }
}

/// All centres, without reading their outlines.
pub(super) fn without_ground(conn: &mut Conn) -> Result<Vec<Centre>, DbError> {
    let columns = (
        centres::id,
        centres::municipality,
        centres::code,
        centres::name,
        centres::rank,
        centres::is_default,
        centres::backup,
        centres::polygon.is_not_null(),
        centres::retired_at,
        centre_times::times.nullable(),
    );
    let all = centres::table.left_join(centre_times::table);
    let rows: Vec<Columns> = on!(conn, |c| all.select(columns).load(c))?;
    Ok(rows.into_iter().map(centre_of).collect())
}

pub(super) fn by_id(conn: &mut Conn, id: CentreId) -> Result<Option<Centre>, DbError> {
    let columns = (
        centres::id,
        centres::municipality,
        centres::code,
        centres::name,
        centres::rank,
        centres::is_default,
        centres::backup,
        centres::polygon.is_not_null(),
        centres::retired_at,
        centre_times::times.nullable(),
    );
    let one = centres::table
        .left_join(centre_times::table)
        .filter(centres::id.eq(id));
    let found: Option<Columns> = on!(conn, |c| one.select(columns).first(c).optional())?;
    Ok(found.map(centre_of))
}

pub(super) fn backed_by(conn: &mut Conn, backup: CentreId) -> Result<Vec<CentreId>, DbError> {
    Ok(on!(conn, |c| centres::table
        .filter(centres::backup.eq(backup))
        .select(centres::id)
        .load(c))?)
}

/// The centres that have named that one as their backup, or have times of their own: which of the
/// two, and what.
pub(super) fn backed_or_timed(
    conn: &mut Conn,
    backup: CentreId,
) -> Result<Vec<(CentreId, Option<CentreId>, CentreTimes)>, DbError> {
    let timed = centre_times::times.is_not_null().nullable();
    let some = centres::table
        .left_join(centre_times::table)
        .filter(centres::backup.eq(backup).or(timed));
    let columns = (centres::id, centres::backup, centre_times::times.nullable());
    let rows: Vec<(CentreId, Option<CentreId>, Option<String>)> =
        on!(conn, |c| some.select(columns).load(c))?;
    Ok(rows
        .into_iter()
        .map(|(id, backup, times)| (id, backup, times_of(times.as_deref())))
        .collect())
}

/// Takes the centre's row until the commit and reads it.
pub(super) fn lock(conn: &mut Conn, id: CentreId) -> Result<Option<Centre>, DbError> {
    lock_row!(conn, centres, id)?;
    by_id(conn, id)
}

pub(super) fn set_backup(
    conn: &mut Conn,
    id: CentreId,
    backup: Option<CentreId>,
    now: At,
) -> Result<usize, DbError> {
    let set = (centres::backup.eq(backup), centres::updated_at.eq(now));
    Ok(on!(conn, |c| diesel::update(centres::table.find(id))
        .set(set)
        .execute(c))?)
}

/// Takes the centre's ground, so that no place leads to it any more.
pub(super) fn retire(conn: &mut Conn, id: CentreId, now: At) -> Result<usize, DbError> {
    let set = (
        centres::polygon.eq(None::<String>),
        centres::retired_at.eq(Some(now)),
        centres::updated_at.eq(now),
    );
    Ok(on!(conn, |c| diesel::update(centres::table.find(id))
        .set(set)
        .execute(c))?)
}

/// Without times of its own a centre has no row.
pub(super) fn set_times(
    conn: &mut Conn,
    id: CentreId,
    times: CentreTimes,
) -> Result<usize, DbError> {
    if times == CentreTimes::default() {
        return Ok(on!(conn, |c| diesel::delete(centre_times::table.find(id))
            .execute(c))?);
    }
    let text = times.to_text();
    let row = (centre_times::centre.eq(id), centre_times::times.eq(&text));
    Ok(on!(conn, |c| diesel::insert_into(centre_times::table)
        .values(row)
        .on_conflict(centre_times::centre)
        .do_update()
        .set(centre_times::times.eq(&text))
        .execute(c))?)
}

/// A change of a centre's policies: what they were from then on.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = centre_policy_changes, treat_none_as_default_value = false)]
pub(super) struct ChangeRow {
    pub id: EntryId,
    pub centre: CentreId,
    pub at: At,
    pub operator: Option<OperatorId>,
    pub backup: Option<CentreId>,
    pub times: String,
}

pub(super) fn add_change(conn: &mut Conn, row: &ChangeRow) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::insert_into(
        centre_policy_changes::table
    )
    .values(row)
    .execute(c))?)
}

/// The latest change first.
pub(super) fn changes(
    conn: &mut Conn,
    centre: CentreId,
    limit: i64,
) -> Result<Vec<ChangeRow>, DbError> {
    Ok(on!(conn, |c| centre_policy_changes::table
        .filter(centre_policy_changes::centre.eq(centre))
        .order(centre_policy_changes::id.desc())
        .limit(limit)
        .select(ChangeRow::as_select())
        .load(c))?)
}

pub(super) fn clear_default(
    conn: &mut Conn,
    municipality: MunicipalityId,
) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::update(
        centres::table.filter(centres::municipality.eq(municipality))
    )
    .set(centres::is_default.eq(false))
    .execute(c))?)
}

/// Adds the centre or changes the one with its code; its id and first day stay.
pub(super) fn put(conn: &mut Conn, row: &CentreRow) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::insert_into(centres::table)
        .values(row)
        .on_conflict((centres::municipality, centres::code))
        .do_update()
        .set((
            centres::name.eq(&row.name),
            centres::rank.eq(row.rank),
            centres::is_default.eq(row.is_default),
            centres::backup.eq(row.backup),
            centres::polygon.eq(&row.polygon),
            centres::retired_at.eq(None::<At>),
            centres::updated_at.eq(row.updated_at),
        ))
        .execute(c))?)
}

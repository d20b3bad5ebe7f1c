//! The rows of centres.

use diesel::prelude::*;

use super::Centre;
use crate::clock::At;
use crate::db::schema::centres;
use crate::db::{Conn, DbError};
use crate::ids::{CentreId, MunicipalityId};
use crate::on;

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
}

impl CentreRow {
    fn split(self) -> (Centre, Option<String>) {
        let centre = Centre {
            id: self.id,
            municipality: self.municipality,
            code: self.code,
            name: self.name,
            rank: self.rank,
            is_default: self.is_default,
            backup: self.backup,
            has_polygon: self.polygon.is_some(),
        };
        (centre, self.polygon)
    }
}

pub(super) fn all(conn: &mut Conn) -> Result<Vec<(Centre, Option<String>)>, DbError> {
    let rows: Vec<CentreRow> = on!(conn, |c| centres::table.select(CentreRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(CentreRow::split).collect())
}

pub(super) fn of(conn: &mut Conn, municipality: MunicipalityId) -> Result<Vec<Centre>, DbError> {
    let rows: Vec<CentreRow> = on!(conn, |c| centres::table
        .filter(centres::municipality.eq(municipality))
        .order((centres::rank, centres::id))
        .select(CentreRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(|row| row.split().0).collect())
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
    );
    type Columns = (CentreId, MunicipalityId, String, String, i64, bool, Option<CentreId>, bool);
    let found: Option<Columns> = on!(conn, |c| centres::table.find(id).select(columns).first(c).optional())?;
    Ok(found.map(|(id, municipality, code, name, rank, is_default, backup, has_polygon)| Centre {
        id,
        municipality,
        code,
        name,
        rank,
        is_default,
        backup,
        has_polygon,
    }))
}

pub(super) fn backed_by(conn: &mut Conn, backup: CentreId) -> Result<Vec<CentreId>, DbError> {
    Ok(on!(conn, |c| centres::table.filter(centres::backup.eq(backup)).select(centres::id).load(c))?)
}

pub(super) fn clear_default(conn: &mut Conn, municipality: MunicipalityId) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::update(centres::table.filter(centres::municipality.eq(municipality)))
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
            centres::updated_at.eq(row.updated_at),
        ))
        .execute(c))?)
}

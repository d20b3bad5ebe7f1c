//! What a feed reads: the open records of a centre, and those that changed since a mark.

use diesel::prelude::*;

use super::RecordRow;
use crate::clock::At;
use crate::db::schema::records;
use crate::db::{Conn, DbError};
use crate::ids::CentreId;
use crate::on;

/// What is open at a centre, oldest first.
pub fn open_at(conn: &mut Conn, centre: CentreId, states: &[&str]) -> Result<Vec<RecordRow>, DbError> {
    let states: Vec<String> = states.iter().map(|s| (*s).to_owned()).collect();
    let here = records::centre.eq(centre).or(records::other_centre.eq(centre).assume_not_null());
    let open = records::table.filter(here).filter(records::state.eq_any(states)).order(records::id.asc());
    Ok(on!(conn, |c| open.select(RecordRow::as_select()).load(c))?)
}

/// What has changed since `mark` at any of a municipality's centres, oldest change first: a record that moved away is
/// among them, so that a feed can say that it is gone.
pub fn changed_since(conn: &mut Conn, mark: At, limit: i64) -> Result<Vec<RecordRow>, DbError> {
    let changed = records::table.filter(records::changed_at.ge(mark)).order((records::changed_at, records::id));
    Ok(on!(conn, |c| changed.limit(limit).select(RecordRow::as_select()).load(c))?)
}

//! What retention reads and writes. An alert whose trail was destroyed has an empty key.

use diesel::prelude::*;

use crate::alerts::model::AlertState;
use crate::clock::At;
use crate::db::schema::{alerts, reply_choices};
use crate::db::{Conn, DbError};
use crate::ids::AlertId;
use crate::on;

/// An alert with its wrapped key.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = alerts)]
pub struct WrappedRow {
    pub id: AlertId,
    pub state: AlertState,
    pub wrapped_key: Vec<u8>,
}

/// The next alerts that an epoch's key wraps, oldest first.
pub fn wrapped_in(
    conn: &mut Conn,
    epoch: &str,
    after: Option<AlertId>,
    limit: i64,
) -> Result<Vec<WrappedRow>, DbError> {
    let wrapped = alerts::table
        .filter(alerts::epoch.eq(epoch))
        .filter(alerts::wrapped_key.ne(Vec::<u8>::new()))
        .filter(alerts::id.gt(after.unwrap_or(AlertId(uuid::Uuid::nil()))))
        .order(alerts::id.asc())
        .limit(limit);
    Ok(on!(conn, |c| wrapped
        .select(WrappedRow::as_select())
        .load(c))?)
}

/// Whether an alert of that epoch was closed after `since`.
pub fn closed_since(conn: &mut Conn, epoch: &str, since: At) -> Result<bool, DbError> {
    let late = alerts::table
        .filter(alerts::epoch.eq(epoch))
        .filter(alerts::wrapped_key.ne(Vec::<u8>::new()))
        .filter(alerts::closed_at.gt(since));
    let found: Option<AlertId> = on!(conn, |c| late.select(alerts::id).first(c).optional())?;
    Ok(found.is_some())
}

/// Takes an alert's key, her sealed words and the letters of its replies away. `false`: they were gone.
pub fn shred(conn: &mut Conn, alert: AlertId) -> Result<bool, DbError> {
    let there = alerts::table
        .filter(alerts::id.eq(alert))
        .filter(alerts::wrapped_key.ne(Vec::<u8>::new()));
    let gone = (
        alerts::wrapped_key.eq(Vec::<u8>::new()),
        alerts::sealed_note.eq(None::<Vec<u8>>),
    );
    let choices = reply_choices::table.filter(reply_choices::alert.eq(alert));
    on!(conn, |c| diesel::delete(choices).execute(c))?;
    Ok(on!(conn, |c| diesel::update(there).set(gone).execute(c))? == 1)
}

/// The same key, wrapped by another epoch's.
pub fn rewrap(conn: &mut Conn, alert: AlertId, epoch: &str, wrapped: &[u8]) -> Result<(), DbError> {
    let anew = (alerts::epoch.eq(epoch), alerts::wrapped_key.eq(wrapped));
    on!(conn, |c| diesel::update(alerts::table.find(alert))
        .set(anew)
        .execute(c))?;
    Ok(())
}

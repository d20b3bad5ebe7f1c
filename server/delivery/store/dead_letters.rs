//! Rows of `notifications` that are dead letters and not dismissed.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::clock::At;
use crate::db::schema::notifications as n;
use crate::db::{Conn, DbError};
use crate::ids::{NotificationId, SubjectId};
use crate::on;

/// Written out, as the partial index has it.
fn waiting() -> SqlLiteral<Bool> {
    sql("notifications.reason = 'dead_letter' and notifications.dismissed_at is null")
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = n)]
pub(in crate::delivery) struct Row {
    pub id: NotificationId,
    pub channel: String,
    pub subject_kind: String,
    pub subject: SubjectId,
    pub final_at: Option<At>,
}

pub(in crate::delivery) fn list(conn: &mut Conn, limit: i64) -> Result<Vec<Row>, DbError> {
    let oldest = n::table
        .filter(waiting())
        .order((n::final_at, n::id))
        .limit(limit);
    Ok(on!(conn, |c| oldest.select(Row::as_select()).load(c))?)
}

pub(in crate::delivery) fn count(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(on!(conn, |c| n::table
        .filter(waiting())
        .count()
        .get_result(c))?)
}

pub(in crate::delivery) fn dismiss(
    conn: &mut Conn,
    id: NotificationId,
    now: At,
) -> Result<bool, DbError> {
    let one = n::table.filter(n::id.eq(id)).filter(waiting());
    Ok(on!(conn, |c| diesel::update(one)
        .set(n::dismissed_at.eq(Some(now)))
        .execute(c))?
        == 1)
}

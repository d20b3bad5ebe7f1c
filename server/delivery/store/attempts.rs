//! Rows of `attempts`, as they are read.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::attempts as a;
use crate::db::{Conn, DbError};
use crate::ids::NotificationId;
use crate::on;

#[derive(Queryable, Selectable)]
#[diesel(table_name = a)]
pub(in crate::delivery) struct Row {
    pub notification: NotificationId,
    pub n: i64,
    pub started_at: At,
    pub ended_at: At,
    pub outcome: String,
    pub cause: Option<String>,
}

/// All tries of these, each one's in order.
pub(in crate::delivery) fn of(
    conn: &mut Conn,
    notifications: &[NotificationId],
) -> Result<Vec<Row>, DbError> {
    let mut rows = Vec::new();
    // SQLite takes a bounded number of parameters.
    for part in notifications.chunks(500) {
        let tried = a::table
            .filter(a::notification.eq_any(part.to_vec()))
            .order((a::notification, a::n));
        let found: Vec<Row> = on!(conn, |c| tried.select(Row::as_select()).load(c))?;
        rows.extend(found);
    }
    Ok(rows)
}

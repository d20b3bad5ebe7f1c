//! Versions of what nodes keep in memory.
//!
//! Who changes a centre or an operator bumps the topic in the same transaction; a node that keeps such rows compares
//! the version now and then and reads them anew when it has moved. That also tells a server of changes that the
//! command line made beside it.

use diesel::prelude::*;

use super::schema::change_marks;
use super::{Conn, DbError};
use crate::on;

/// Moves a topic's version on by one. Belongs into the transaction that makes the change.
///
/// # Errors
/// What the database says.
pub fn bump_mark(conn: &mut Conn, topic: &str) -> Result<(), DbError> {
    let first = (change_marks::topic.eq(topic), change_marks::version.eq(1_i64));
    on!(conn, |c| diesel::insert_into(change_marks::table)
        .values(first)
        .on_conflict(change_marks::topic)
        .do_update()
        .set(change_marks::version.eq(change_marks::version + 1))
        .execute(c))?;
    Ok(())
}

/// A topic's version; 0 before its first change.
///
/// # Errors
/// What the database says.
pub fn mark(conn: &mut Conn, topic: &str) -> Result<i64, DbError> {
    let version =
        on!(conn, |c| change_marks::table.find(topic).select(change_marks::version).first::<i64>(c).optional())?;
    Ok(version.unwrap_or(0))
}

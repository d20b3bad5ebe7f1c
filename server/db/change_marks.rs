//! Versions of what nodes keep in memory.
//!
//! Who changes a centre or an operator bumps the topic in the same transaction; a node that keeps
//! such rows compares the version now and then and reads them anew when it has moved. That also
//! tells a server of changes that the command line made beside it.

use diesel::dsl;
use diesel::prelude::*;

use super::schema::change_marks;
use super::{Conn, DbError};
use crate::{on, prepared};

/// Moves a topic's version on by one. Belongs into the transaction that makes the change.
///
/// # Errors
/// What the database says.
pub fn bump_mark(conn: &mut Conn, topic: &str) -> Result<(), DbError> {
    let first = (
        change_marks::topic.eq(topic),
        change_marks::version.eq(1_i64),
    );
    let bump = diesel::insert_into(change_marks::table)
        .values(first)
        .on_conflict(change_marks::topic)
        .do_update()
        .set(change_marks::version.eq(change_marks::version + 1));
    on!(conn, |c| prepared!(bump).run(c))?;
    Ok(())
}

/// When PostgreSQL's own tools finished a backup, as ops noted it: microseconds since 1970 in the
/// place of a version.
pub const BACKUP: &str = "backup";

/// How far the database has come: it only grows, and stands outside the database too, so that a
/// restore is noticed.
pub const HIGH_WATER: &str = "high_water";

/// Since when a restored database waits for its release, in microseconds since 1970; 0: it does not.
pub const RESTORED: &str = "restored";

/// Sets a topic's version.
///
/// # Errors
/// What the database says.
pub fn set_mark(conn: &mut Conn, topic: &str, version: i64) -> Result<(), DbError> {
    let row = (
        change_marks::topic.eq(topic),
        change_marks::version.eq(version),
    );
    on!(conn, |c| diesel::insert_into(change_marks::table)
        .values(row)
        .on_conflict(change_marks::topic)
        .do_update()
        .set(change_marks::version.eq(version))
        .execute(c))?;
    Ok(())
}

/// The topic of municipalities and centres, their names, zones and grounds.
pub const CENTRES: &str = "centres";

/// A topic's version as a value inside another query; none before its first change.
#[must_use]
pub fn inside(topic: &'static str) -> Inside {
    change_marks::table
        .find(topic)
        .select(change_marks::version)
        .single_value()
}

/// See [`inside`].
pub type Inside = dsl::SingleValue<
    dsl::Select<dsl::Find<change_marks::table, &'static str>, change_marks::version>,
>;

/// A topic's version; 0 before its first change.
///
/// # Errors
/// What the database says.
pub fn mark(conn: &mut Conn, topic: &str) -> Result<i64, DbError> {
    let version = on!(conn, |c| change_marks::table
        .find(topic)
        .select(change_marks::version)
        .first::<i64>(c)
        .optional())?;
    Ok(version.unwrap_or(0))
}

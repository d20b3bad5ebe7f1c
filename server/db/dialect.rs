//! The true forks: where one query text for two engines is not possible.

use diesel::prelude::*;

use super::change_marks::bump_mark;
use super::schema::change_marks;
use super::{Conn, DbError};
use crate::clock::At;
use crate::on;

/// Letters that take 32 pages of SQLite's, half of them in the index: an alert with its messages
/// takes fewer.
const ROOM: usize = 64 * 1024;

/// Locks a row until the transaction ends, so that two transactions that decide on it come one
/// after the other. `lock_row!(conn, alerts, id)?` names a table of the schema and its key. On
/// SQLite there is nothing to do, since `BEGIN IMMEDIATE` lets one writer in at a time. A row that
/// isn't there is no error.
///
/// PostgreSQL takes the lock `FOR NO KEY UPDATE`: foreign keys of rows that are inserted meanwhile
/// take a key lock on the same row, and need not wait. Everywhere rows are locked in one order,
/// which `db/lock_order.rs` tells.
#[macro_export]
macro_rules! lock_row {
    ($conn:expr, $table:ident, $id:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite(_) => ::std::result::Result::<(), $crate::db::DbError>::Ok(()),
            $crate::db::Conn::Postgres(c) => {
                use diesel::prelude::*;
                $table::table
                    .find($id)
                    .select($table::id)
                    .for_no_key_update()
                    .execute(c)
                    .map(|_| ())
                    .map_err($crate::db::DbError::from)
            }
        }
    };
}

/// Loads rows and locks them as [`lock_row!`] does, in the order of the query: on PostgreSQL that
/// must be by id, so that two transactions which lock several rows never wait for each other. The
/// rows are read as they are once the lock is held.
#[macro_export]
macro_rules! load_locked {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::db::Conn::Postgres(c) => {
                use diesel::prelude::*;
                $query
                    .for_no_key_update()
                    .load(c)
                    .map_err($crate::db::DbError::from)
            }
            $crate::db::Conn::Sqlite(c) => {
                use diesel::prelude::*;
                $query.load(c).map_err($crate::db::DbError::from)
            }
        }
    };
}

/// Loads rows and locks them, passing over those that another transaction holds: `FOR NO KEY UPDATE
/// SKIP LOCKED` on PostgreSQL; on SQLite, where no other transaction writes meanwhile, a plain load.
/// `let ids: Vec<NotificationId> = load_skip_locked!(conn,
/// notifications::table.filter(…).select(…).limit(n))?`.
#[macro_export]
macro_rules! load_skip_locked {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::db::Conn::Postgres(c) => {
                use diesel::prelude::*;
                $query
                    .for_no_key_update()
                    .skip_locked()
                    .load(c)
                    .map_err($crate::db::DbError::from)
            }
            $crate::db::Conn::Sqlite(c) => {
                use diesel::prelude::*;
                $query.load(c).map_err($crate::db::DbError::from)
            }
        }
    };
}

/// The first row of a query, locked as [`lock_row!`] does: `let her: Option<PersonRow> =
/// first_locked!(conn, people::table.find(id))?`.
#[macro_export]
macro_rules! first_locked {
    ($conn:expr, $query:expr) => {
        match $conn {
            $crate::db::Conn::Postgres(c) => {
                use diesel::prelude::*;
                $query
                    .for_no_key_update()
                    .first(c)
                    .optional()
                    .map_err($crate::db::DbError::from)
            }
            $crate::db::Conn::Sqlite(c) => {
                use diesel::prelude::*;
                $query
                    .first(c)
                    .optional()
                    .map_err($crate::db::DbError::from)
            }
        }
    };
}

/// Does the same to many rows in the way that each engine does it best: PostgreSQL by one statement
/// over arrays, which saves round trips; SQLite, which has none, by a prepared statement a row.
/// Both must come to the same, which a test has to show:
/// `one_or_several!(conn, |c| Born::of(rows).load(c)?, |c| rows.iter().map(…))`.
#[macro_export]
macro_rules! one_or_several {
    ($conn:expr, |$one:ident| $at_once:expr, |$each:ident| $one_by_one:expr) => {
        match $conn {
            $crate::db::Conn::Postgres($one) => $at_once,
            $crate::db::Conn::Sqlite($each) => $one_by_one,
        }
    };
}

/// What time the database has; nodes that share one compare it with their own clock. None on
/// SQLite, which has no other clock than this machine's.
///
/// # Errors
/// What the database says.
pub fn clock_of_database(conn: &mut Conn) -> Result<Option<At>, DbError> {
    match conn {
        Conn::Sqlite(_) => Ok(None),
        Conn::Postgres(c) => {
            let sql = "(extract(epoch from clock_timestamp()) * 1000000)::bigint";
            Ok(Some(
                diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(sql))
                    .get_result::<At>(c)?,
            ))
        }
    }
}

/// When PostgreSQL's archiver last archived a piece of its log, where continuous archiving is on.
///
/// # Errors
/// What the database says.
pub fn last_archived(conn: &mut Conn) -> Result<Option<At>, DbError> {
    let Conn::Postgres(c) = conn else {
        return Ok(None);
    };
    let sql =
        "(select (extract(epoch from last_archived_time) * 1000000)::bigint from pg_stat_archiver)";
    type Moment = diesel::sql_types::Nullable<diesel::sql_types::BigInt>;
    Ok(diesel::select(diesel::dsl::sql::<Moment>(sql)).get_result::<Option<At>>(c)?)
}

/// Fails where an alert would find no room. SQLite gets that many pages and gives them back; they
/// stay the file's for whatever comes next. PostgreSQL's disk is its server's to watch: a page of
/// one table says nothing about another's.
///
/// # Errors
/// [`DbError::Full`], and what else the database says.
pub fn find_room(conn: &mut Conn) -> Result<(), DbError> {
    if matches!(conn, Conn::Postgres(_)) {
        return Ok(());
    }
    let filler = "-".repeat(ROOM);
    bump_mark(conn, &filler)?;
    on!(conn, |c| diesel::delete(change_marks::table.find(&filler))
        .execute(c))?;
    Ok(())
}

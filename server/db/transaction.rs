//! How a transaction and its savepoints begin and end on each engine, by diesel's own transaction
//! manager; and what a failed statement means for a transaction.

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::QueryResult;

use super::{Conn, DbError, Engine, lock_order};
use crate::on;

pub(super) fn begin(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Postgres(c) => AnsiTransactionManager::begin_transaction(c),
        // The write lock at once: a transaction that begins by reading could be refused it later.
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
    }
}

/// As [`begin`], for several closures: see [`lock_order`]. In one round trip.
pub(super) fn begin_group(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Postgres(c) => {
            let wait = lock_order::GROUP_WAITS_MS;
            let sql = format!("BEGIN; SET LOCAL lock_timeout = {wait}");
            AnsiTransactionManager::begin_transaction_sql(c, &sql)
        }
        Conn::Sqlite(_) => begin(conn),
    }
}

pub(super) fn savepoint(conn: &mut Conn) -> QueryResult<()> {
    on!(conn, |c| AnsiTransactionManager::begin_transaction(c))
}

pub(super) fn release(conn: &mut Conn) -> QueryResult<()> {
    on!(conn, |c| AnsiTransactionManager::commit_transaction(c))
}

pub(super) fn rollback(conn: &mut Conn) -> QueryResult<()> {
    on!(conn, |c| AnsiTransactionManager::rollback_transaction(c))
}

pub(super) fn roll_all_back(conn: &mut Conn) -> QueryResult<()> {
    while depth_of(conn).is_some() {
        rollback(conn)?;
    }
    Ok(())
}

pub(super) fn depth_of(conn: &mut Conn) -> Option<u32> {
    on!(conn, |c| depth(c))
}

fn depth<C: Connection<TransactionManager = AnsiTransactionManager>>(c: &mut C) -> Option<u32> {
    let status = AnsiTransactionManager::transaction_manager_status_mut(c);
    status
        .transaction_depth()
        .ok()
        .flatten()
        .map(std::num::NonZeroU32::get)
}

/// Whether a failed statement says more about the connection, or about other transactions, than
/// about its closure. SQLite: FULL, IOERR and BUSY come out of diesel as "unknown", and FULL and
/// IOERR may have rolled everything back.
pub(super) fn is_grave(engine: Engine, error: &DbError) -> bool {
    match engine {
        Engine::Sqlite => !matches!(error, DbError::Violation(_) | DbError::NotFound),
        Engine::Postgres => matches!(
            error,
            DbError::Contended | DbError::Locked | DbError::Unreachable | DbError::Broken
        ),
    }
}

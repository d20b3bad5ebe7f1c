//! Migrations: forward only, the same names for both engines.

use std::path::{Path, PathBuf};

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::config::{DatabaseConfig, Target};
use super::schema::schema_info;
use super::session::{self, Purpose, Session};
use super::{Conn, DbError, files, lock};
use crate::on;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// PostgreSQL's advisory lock under which one `ampara migrate` runs at a time: "ampara" in ASCII.
const ADVISORY_LOCK: i64 = 0x61_6d70_6172_6100;

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The migrations that ran now, oldest first; none if the schema was up to date.
    pub ran: Vec<String>,
    /// SQLite: the copy of the database as it was before.
    pub copy: Option<PathBuf>,
}

/// Brings the schema up to date: `ampara migrate`. SQLite needs no such call, since a server does
/// it at its start.
///
/// # Errors
/// [`DbError::Refused`] if the SQLite file is being served; [`DbError::TooOld`]; what a migration's
/// statement said.
pub fn migrate(config: &DatabaseConfig) -> Result<Migrated, DbError> {
    match config.target()? {
        Target::Sqlite(path) => {
            let _lock = lock::take(&path)?;
            migrate_sqlite(config, &path)
        }
        Target::Postgres { .. } => {
            let mut session = Session::connect(config, Purpose::Migrate)?;
            session::assert_near(&mut session.conn, config)?;
            let Conn::Postgres(c) = &mut session.conn else {
                return Err(DbError::Broken);
            };
            diesel::sql_query("select pg_advisory_lock($1)")
                .bind::<diesel::sql_types::BigInt, _>(ADVISORY_LOCK)
                .execute(c)?;
            let ran = run_pending(c, POSTGRES)?;
            assert_binary(&mut session.conn)?;
            Ok(Migrated { ran, copy: None })
        }
    }
}

/// The lock is the caller's. A database that holds something is copied before its schema changes.
pub(super) fn migrate_sqlite(config: &DatabaseConfig, path: &Path) -> Result<Migrated, DbError> {
    files::make_private(path)?;
    let mut session = Session::connect(config, Purpose::Migrate)?;
    session::assert_sqlite_version(&mut session.conn)?;
    assert_binary(&mut session.conn)?;
    let Conn::Sqlite(c) = &mut session.conn else {
        return Err(DbError::Broken);
    };
    let pending = names(c, SQLITE)?;
    let applied = c.applied_migrations().map_err(said)?;
    let copy = match (pending.first(), applied.is_empty()) {
        (Some(first), false) => {
            let copy = free_name(path, first);
            files::copy_into(c, &copy)?;
            Some(copy)
        }
        _ => None,
    };
    let ran = run_pending(c, SQLITE)?;
    assert_binary(&mut session.conn)?;
    Ok(Migrated { ran, copy })
}

/// Refuses a schema that lacks migrations or that asks for a newer binary.
pub(super) fn assert_current(conn: &mut Conn) -> Result<(), DbError> {
    let pending = match conn {
        Conn::Postgres(c) => names(c, POSTGRES)?,
        Conn::Sqlite(c) => names(c, SQLITE)?,
    };
    if !pending.is_empty() {
        return Err(DbError::NotMigrated(pending.len()));
    }
    assert_binary(conn).map(drop)
}

/// A schema says which release may still run on it: only an older one is refused, so that nodes
/// upgrade one by one. False for a database that has no schema of ours.
pub(super) fn assert_binary(conn: &mut Conn) -> Result<bool, DbError> {
    if !has_schema_info(conn)? {
        return Ok(false);
    }
    let row = on!(conn, |c| schema_info::table
        .select(schema_info::min_binary)
        .first::<String>(c)
        .optional())?;
    let this = env!("CARGO_PKG_VERSION");
    match row {
        Some(needs) if release(&needs) > release(this) => Err(DbError::TooOld {
            needs,
            this: String::from(this),
        }),
        _ => Ok(true),
    }
}

fn has_schema_info(conn: &mut Conn) -> Result<bool, DbError> {
    #[derive(diesel::QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let found: Found = match conn {
        Conn::Postgres(c) => {
            diesel::sql_query("select count(to_regclass('schema_info')) as n").get_result(c)?
        }
        Conn::Sqlite(c) => {
            diesel::sql_query("select count(*) as n from sqlite_schema where name = 'schema_info'")
                .get_result(c)?
        }
    };
    Ok(found.n > 0)
}

fn release(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    plain
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

fn names<DB: Backend>(
    c: &mut impl MigrationHarness<DB>,
    all: EmbeddedMigrations,
) -> Result<Vec<String>, DbError> {
    let pending = c.pending_migrations(all).map_err(said)?;
    Ok(pending.iter().map(|one| one.name().to_string()).collect())
}

fn run_pending<DB: Backend>(
    c: &mut impl MigrationHarness<DB>,
    all: EmbeddedMigrations,
) -> Result<Vec<String>, DbError> {
    let ran = c.run_pending_migrations(all).map_err(said)?;
    Ok(ran.iter().map(ToString::to_string).collect())
}

fn free_name(path: &Path, first: &str) -> PathBuf {
    let stamp = first.split('_').next().unwrap_or(first);
    let names = (1..).map(|n| {
        if n == 1 {
            format!("before-{stamp}")
        } else {
            format!("before-{stamp}-{n}")
        }
    });
    names
        .map(|name| lock::beside(path, &name))
        .find(|name| !name.exists())
        .unwrap_or_else(|| path.to_path_buf())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "map_err hands the error over"
)]
fn said(error: Box<dyn std::error::Error + Send + Sync>) -> DbError {
    match error.downcast_ref::<diesel::result::Error>() {
        Some(error) => DbError::of(error),
        None => DbError::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_older_release_is_older() {
        assert!(release("0.2.0") > release("0.1.9"));
        assert!(release("0.10.0") > release("0.9.0"));
        assert!(release("0.1.0-rc.1") <= release("0.1.0"));
    }
}

//! SQLite's copy and its way back. PostgreSQL has its own tools (docs/operating).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{sql_query, sql_types};

use super::config::DatabaseConfig;
use super::files::{
    appended, copy_into, make_private, refused, remove_if_there, sqlite_path, sync, sync_folder,
};
use super::session::{Purpose, Session};
use super::{Conn, DbError, lock, migrate};

/// Writes a complete, consistent copy of the SQLite database to `to`, beside a running server. The
/// copy has its name only once it is whole and on the disk, and only its owner may read it.
///
/// # Errors
/// [`DbError::Refused`] if `to` exists, can't be written, or the database is PostgreSQL.
pub fn backup_sqlite(config: &DatabaseConfig, to: &Path) -> Result<(), DbError> {
    let path = sqlite_path(config, "pg_dump")?;
    if !path.exists() {
        return Err(DbError::Refused(format!(
            "there is no database at {}",
            path.display()
        )));
    }
    // A connection that may only read isn't allowed to write a copy either.
    let mut session = Session::connect(config, Purpose::Migrate)?;
    let Conn::Sqlite(c) = &mut session.conn else {
        return Err(DbError::Broken);
    };
    copy_into(c, to)
}

/// Puts a backup in the place of the database; the server must be down, and the lock makes sure of
/// it. What was there stays beside it under the name returned. Migrations, if the backup is older,
/// run at the next start.
///
/// # Errors
/// [`DbError::Refused`] if the file is served, the backup is damaged or none of ours, or a file
/// can't be moved.
pub fn restore_sqlite(config: &DatabaseConfig, from: &Path) -> Result<Option<PathBuf>, DbError> {
    let path = sqlite_path(config, "pg_restore")?;
    let _lock = lock::take(&path)?;
    File::open(from).map_err(|e| refused("can't read the backup", from, &e))?;
    let coming = lock::beside(&path, "restoring");
    fs::copy(from, &coming)
        .map_err(|e| refused("can't copy the backup beside the database", &coming, &e))?;
    let checked = make_private(&coming).and_then(|()| assert_sound(config, &coming));
    for leftover in [appended(&coming, "-wal"), appended(&coming, "-shm")] {
        remove_if_there(&leftover)?;
    }
    if let Err(error) = checked {
        remove_if_there(&coming)?;
        return Err(error);
    }
    sync(&coming)?;
    let kept = if path.exists() {
        Some(set_aside(config, &path)?)
    } else {
        None
    };
    fs::rename(&coming, &path)
        .map_err(|e| refused("can't rename the restored database", &path, &e))?;
    sync_folder(&path)?;
    Ok(kept)
}

/// The database that the last restore set aside, if one did and it is still there.
#[must_use]
pub fn replaced_last(config: &DatabaseConfig) -> Option<PathBuf> {
    let path = sqlite_path(config, "").ok()?;
    replaced(&path).take_while(|kept| kept.exists()).last()
}

fn replaced(path: &Path) -> impl Iterator<Item = PathBuf> {
    (1..).map(move |n| lock::beside(path, &format!("replaced-{n}")))
}

/// Moves the database away with its journal. The journal must never meet the restored file: it
/// would be replayed into it; and the database should not lose it: so it is first written back.
fn set_aside(config: &DatabaseConfig, path: &Path) -> Result<PathBuf, DbError> {
    if let Ok(mut session) = Session::connect(config, Purpose::Migrate)
        && let Conn::Sqlite(c) = &mut session.conn
        && let Err(error) = c.batch_execute("pragma wal_checkpoint(truncate)")
    {
        tracing::warn!(error = %DbError::of(&error), "the replaced database's journal could not be written back");
    }
    let kept = replaced(path).find(|kept| !kept.exists());
    let kept = kept.unwrap_or_else(|| lock::beside(path, "replaced"));
    for ending in ["-wal", "-shm", ""] {
        let (old, new) = (appended(path, ending), appended(&kept, ending));
        if old.exists() {
            fs::rename(&old, &new)
                .map_err(|e| refused("can't set the old database aside", &old, &e))?;
        }
    }
    sync_folder(path)?;
    Ok(kept)
}

/// Whole, ours, and not too new for this binary.
fn assert_sound(config: &DatabaseConfig, file: &Path) -> Result<(), DbError> {
    let bad = |why: &str| DbError::Refused(format!("the backup can't be used: {why}"));
    let Some(text) = file.to_str() else {
        return Err(bad("its path is not valid UTF-8"));
    };
    let here = DatabaseConfig {
        url: super::DatabaseUrl::new(format!("sqlite:{text}")),
        ..config.clone()
    };
    let mut session = Session::connect(&here, Purpose::Read).map_err(|e| bad(&e.to_string()))?;
    let Conn::Sqlite(c) = &mut session.conn else {
        return Err(DbError::Broken);
    };
    let verdict: Verdict =
        sql_query("select integrity_check as verdict from pragma_integrity_check limit 1")
            .get_result(c)
            .map_err(|e| bad(&DbError::of(&e).to_string()))?;
    if verdict.verdict != "ok" {
        return Err(bad("its integrity check found damage"));
    }
    match migrate::assert_binary(&mut session.conn) {
        Ok(true) => Ok(()),
        Ok(false) => Err(bad("it is no database of Ampara")),
        Err(error) => Err(error),
    }
}

#[derive(diesel::QueryableByName)]
struct Verdict {
    #[diesel(sql_type = sql_types::Text)]
    verdict: String,
}

//! One serving process a SQLite file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::DbError;
use super::config::{DatabaseConfig, Target};

/// The lock file beside `database`. The operating system frees the lock when the process ends,
/// however it ends.
pub(super) fn lock_path(database: &Path) -> PathBuf {
    beside(database, "lock")
}

/// `PATH` and an ending more.
pub(super) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Takes the lock; it lasts as long as the file handle.
pub(super) fn take(database: &Path) -> Result<File, DbError> {
    let path = lock_path(database);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| {
            DbError::Misconfigured(format!(
                "can't open the lock file {}: {e}: make the database's folder, and let the server's user write there",
                path.display()
            ))
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DbError::Refused(format!(
            "another Ampara already serves {} (it holds {}): stop that one first; `backup`, `operator`, `centre`, \
             `audit` and `doctor` run beside it",
            database.display(),
            path.display()
        ))),
        Err(TryLockError::Error(e)) => Err(DbError::Misconfigured(format!(
            "can't lock {}: {e}: put the database on a local file system",
            path.display()
        ))),
    }
}

/// Whether a process serves the SQLite file now; `None` for PostgreSQL, whose nodes are rows.
/// Asking holds the lock for an instant where no other process does: a server that starts in that
/// instant is refused, and started again by systemd.
///
/// # Errors
/// A URL that is none.
pub fn is_served(config: &DatabaseConfig) -> Result<Option<bool>, DbError> {
    let Target::Sqlite(path) = config.target()? else {
        return Ok(None);
    };
    let held = OpenOptions::new()
        .write(true)
        .open(lock_path(&path))
        .map(|file| file.try_lock());
    Ok(Some(matches!(held, Ok(Err(TryLockError::WouldBlock)))))
}

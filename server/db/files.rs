//! Files of a SQLite database on the disk: copied whole, private to their owner, safe from a power
//! cut.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::{SqliteConnection, sql_query, sql_types};

use super::DbError;
use super::config::{DatabaseConfig, Target};

/// `VACUUM INTO` under another name, then renamed: who sees the name sees the whole.
pub(super) fn copy_into(c: &mut SqliteConnection, to: &Path) -> Result<(), DbError> {
    if to.exists() {
        return Err(DbError::Refused(format!(
            "{} is already there; nothing is overwritten",
            to.display()
        )));
    }
    let part = appended(to, ".part");
    remove_if_there(&part)?;
    let Some(text) = part.to_str() else {
        return Err(DbError::Refused(String::from(
            "the copy's path is not valid UTF-8",
        )));
    };
    make_private(&part)?;
    sql_query("vacuum into ?")
        .bind::<sql_types::Text, _>(text)
        .execute(c)?;
    sync(&part)?;
    fs::rename(&part, to).map_err(|e| refused("can't name the copy", to, &e))?;
    sync_folder(to)
}

/// Creates the file, if it is not there, so that only its owner may read it.
pub(super) fn make_private(file: &Path) -> Result<(), DbError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(file)
        .map(drop)
        .map_err(|e| refused("can't open or create", file, &e))
}

pub(super) fn sqlite_path(config: &DatabaseConfig, instead: &str) -> Result<PathBuf, DbError> {
    match config.target()? {
        Target::Sqlite(path) => Ok(path),
        Target::Postgres { .. } => Err(DbError::Refused(format!(
            "the database is PostgreSQL: use its own {instead} (docs/operating says how)"
        ))),
    }
}

pub(super) fn appended(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

pub(super) fn remove_if_there(file: &Path) -> Result<(), DbError> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(refused("can't remove", file, &e)),
        _ => Ok(()),
    }
}

pub(super) fn sync(file: &Path) -> Result<(), DbError> {
    File::open(file)
        .and_then(|f| f.sync_all())
        .map_err(|e| refused("can't write to the disk", file, &e))
}

/// A new name is only safe from a power cut once its folder is.
pub(super) fn sync_folder(file: &Path) -> Result<(), DbError> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    sync(folder)
}

pub(super) fn refused(what: &str, file: &Path, error: &io::Error) -> DbError {
    DbError::Refused(format!("{what}: {}: {error}", file.display()))
}

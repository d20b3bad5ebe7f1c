//! The mark that stands in the database and outside it.
//!
//! Each look moves the database's number on by one, and after the commit writes it to a file in the
//! key directory. So the file is never ahead, unless the database went back. A number's upper half
//! counts restores, so that several nodes, each with its own copy of the file, notice the same restore
//! once.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::quarantine::{begin, since};
use crate::alerts::AlertError;
use crate::clock::At;
use crate::db::{Conn, WritePriority, change_marks};
use crate::foundation::Foundation;

const FILE: &str = "high-water";
/// What `ampara restore` leaves in the file.
const RESTORED: &str = "restored";
const RESTORES: u32 = 32;

/// What the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outside {
    /// There is none yet.
    Nothing,
    /// How far the database had come.
    Far(i64),
    /// It was restored.
    Restored,
}

/// Compares the two, begins the quarantine where the database went back, and moves both on. Since
/// when it waits for its release, if it does.
///
/// # Errors
/// The database. A file that cannot be read or written is an alarm in the log.
pub async fn look(foundation: &Foundation) -> Result<Option<At>, AlertError> {
    let dir = foundation.config.seal.key_dir.clone();
    let outside = read(&dir).unwrap_or_else(|error| {
        unusable(&error);
        Outside::Nothing
    });
    let now = foundation.clock.now();
    let (far, waits) = foundation
        .db
        .write(WritePriority::Background, move |conn| {
            move_on(conn, outside, now)
        })
        .await?;
    if outside != Outside::Far(far)
        && let Err(error) = write(&dir, &far.to_string())
    {
        unusable(&error);
    }
    Ok(waits)
}

fn move_on(conn: &mut Conn, outside: Outside, now: At) -> Result<(i64, Option<At>), AlertError> {
    let inside = change_marks::mark(conn, change_marks::HIGH_WATER)?;
    let went_back = match outside {
        Outside::Nothing => None,
        Outside::Far(far) => (far > inside).then_some(far),
        Outside::Restored => Some(inside),
    };
    let next = match went_back {
        Some(far) => {
            begin(conn, now)?;
            ((far.max(inside) >> RESTORES) + 1) << RESTORES
        }
        None => inside + 1,
    };
    change_marks::set_mark(conn, change_marks::HIGH_WATER, next)?;
    Ok((next, since(conn)?))
}

/// Says to the next start that the database was restored.
///
/// # Errors
/// The key directory cannot be written.
pub fn say_restored(dir: &Path) -> std::io::Result<()> {
    write(dir, RESTORED)
}

fn unusable(error: &std::io::Error) {
    let kind = error.kind();
    tracing::error!(
        alarm = true,
        %kind,
        "the file `high-water` in the key directory cannot be used: a restore by other tools would not be noticed"
    );
}

fn path_of(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

fn read(dir: &Path) -> std::io::Result<Outside> {
    let text = match fs::read_to_string(path_of(dir)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Outside::Nothing),
        Err(error) => return Err(error),
    };
    match text.trim() {
        RESTORED => Ok(Outside::Restored),
        number => number
            .parse()
            .map(Outside::Far)
            .map_err(|_| ErrorKind::InvalidData.into()),
    }
}

/// Written aside and renamed: whole or not at all.
fn write(dir: &Path, text: &str) -> std::io::Result<()> {
    let aside = dir.join(format!("{FILE}.new"));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    fs::rename(aside, path_of(dir))
}

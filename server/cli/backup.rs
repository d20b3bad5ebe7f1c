//! `ampara backup`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::{Settings, wait_for};
use crate::cli::say::{say, say_aside};
use crate::clock::{At, Clock};
use crate::config::{DatabaseConfig, Target};
use crate::db::{self, Conn, Db, WritePriority, change_marks, dialect};

/// Write a copy of the SQLite database, also while it is being served; the key directory is backed
/// up apart from it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write; it must not exist yet.
    #[arg(value_name = "FILE", required_unless_present = "noted")]
    to: Option<PathBuf>,
    /// PostgreSQL: note that its own tools have just finished a backup, so that `doctor` can say
    /// when one is missing
    #[arg(long, conflicts_with = "to")]
    noted: bool,
}

/// A backup that is known of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) at: At,
    /// How long it took, where that is known.
    pub(super) took: Option<Duration>,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let config = settings.load()?.database;
    let Some(to) = &args.to else {
        return noted(&config);
    };
    let begun = Instant::now();
    db::backup_sqlite(&config, to)?;
    say!("{}", to.display());
    let (now, took) = (Clock::system().now(), begun.elapsed().as_millis());
    if let Some(note) = note(&config)
        && let Err(error) = std::fs::write(&note, format!("{now} {took}\n"))
    {
        say_aside!(
            "the copy is whole, but `ampara doctor` will not know of it: {}: {error}",
            note.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn noted(config: &DatabaseConfig) -> anyhow::Result<ExitCode> {
    if note(config).is_some() {
        bail!(
            "--noted is for PostgreSQL: `ampara backup FILE` copies SQLite and notes it by itself"
        );
    }
    let (db, now) = (Db::open_beside(config)?, Clock::system().now());
    let write =
        move |conn: &mut Conn| change_marks::set_mark(conn, change_marks::BACKUP, now.micros());
    wait_for(async { Ok(db.write(WritePriority::Background, write).await?) })?;
    say!("noted {now}");
    Ok(ExitCode::SUCCESS)
}

/// The last backup, as far as is known here. On PostgreSQL the later of what `--noted` recorded and
/// what its archiver has archived.
pub(super) async fn last(db: Option<&Db>, config: &DatabaseConfig) -> Option<Made> {
    if let Some(note) = note(config) {
        let text = std::fs::read_to_string(note).ok()?;
        let mut parts = text.split_whitespace();
        let at = At::parse(parts.next()?).ok()?;
        let ms = parts.next().and_then(|ms| ms.parse().ok());
        return Some(Made {
            at,
            took: ms.map(Duration::from_millis),
        });
    }
    let read = |conn: &mut Conn| {
        let noted = change_marks::mark(conn, change_marks::BACKUP)?;
        Ok::<_, db::DbError>((noted, dialect::last_archived(conn)?))
    };
    let (noted, archived) = db?.read(read).await.ok()?;
    let noted = (noted > 0).then(|| At::from_micros(noted));
    noted.max(archived).map(|at| Made { at, took: None })
}

/// The file beside the database that holds the time and the milliseconds; `None` for PostgreSQL.
fn note(config: &DatabaseConfig) -> Option<PathBuf> {
    match config.target() {
        Ok(Target::Sqlite(path)) => Some(beside(&path)),
        _ => None,
    }
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".backed-up");
    PathBuf::from(name)
}

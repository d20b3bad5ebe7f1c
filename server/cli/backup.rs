//! `ampara backup`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Settings;
use crate::clock::{At, Clock};
use crate::config::{DatabaseConfig, Target};
use crate::db;

/// Write a copy of the SQLite database, also while it is being served; the key directory is backed
/// up apart from it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write; it must not exist yet.
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let config = settings.load()?.database;
    db::backup_sqlite(&config, &args.to)?;
    println!("{}", args.to.display());
    if let Some(note) = note(&config)
        && let Err(error) = std::fs::write(&note, format!("{}\n", Clock::system().now()))
    {
        eprintln!(
            "the copy is whole, but `ampara doctor` will not know of it: {}: {error}",
            note.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// When the last backup was made, as far as is known here; `None` for PostgreSQL, whose own tools
/// leave no word.
pub(super) fn last(config: &DatabaseConfig) -> Option<At> {
    At::parse(std::fs::read_to_string(note(config)?).ok()?.trim()).ok()
}

/// The file beside the database that holds the time.
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

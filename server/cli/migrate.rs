//! `ampara migrate`

use std::process::ExitCode;

use super::Settings;
use crate::cli::say::say;
use crate::db;

/// Bring the database's tables up to date (SQLite: `serve` does it by itself)
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let migrated = db::migrate(&settings.load()?.database)?;
    if let Some(copy) = &migrated.copy {
        say!("copy of the database as it was: {}", copy.display());
    }
    for name in &migrated.ran {
        say!("ran {name}");
    }
    if migrated.ran.is_empty() {
        say!("up to date");
    }
    Ok(ExitCode::SUCCESS)
}

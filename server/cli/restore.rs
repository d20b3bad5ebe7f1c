//! `ampara restore`

use std::path::PathBuf;
use std::process::ExitCode;

use super::Settings;
use crate::cli::say::say;
use crate::db;

/// Put a backup in the place of the SQLite database; the server must be stopped
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file that `ampara backup` wrote.
    #[arg(value_name = "FILE")]
    from: PathBuf,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    match db::restore_sqlite(&settings.load()?.database, &args.from)? {
        Some(kept) => say!(
            "restored; what was there before is kept as {}",
            kept.display()
        ),
        None => say!("restored"),
    }
    Ok(ExitCode::SUCCESS)
}

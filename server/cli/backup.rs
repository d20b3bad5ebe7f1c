//! `ampara backup`

use std::path::PathBuf;
use std::process::ExitCode;

use super::Settings;
use crate::db;

/// Write a copy of the SQLite database, also while it is being served; the key directory is backed up apart from it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write; it must not exist yet.
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    db::backup_sqlite(&settings.load()?.database, &args.to)?;
    println!("{}", args.to.display());
    Ok(ExitCode::SUCCESS)
}

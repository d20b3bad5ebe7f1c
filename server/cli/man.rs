//! `ampara man`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;

use super::{Cli, Settings};

/// Write the manual pages into a folder: ampara.1, and one for each command, such as
/// ampara-keys-make.1
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder that exists; pages of the same names in it are written over.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args, _: &Settings) -> anyhow::Result<ExitCode> {
    clap_mangen::generate_to(Cli::command(), &args.folder)
        .with_context(|| args.folder.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

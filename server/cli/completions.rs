//! `ampara completions`

use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory as _;

use super::{Cli, Settings};

/// Print the script by which a shell completes commands and options; the package installs those of
/// bash, zsh and fish
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell that reads it.
    #[arg(value_name = "SHELL")]
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, _: &Settings) -> anyhow::Result<ExitCode> {
    // Collected first, since the generator panics where its reader goes away.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ampara", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

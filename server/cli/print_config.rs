//! `ampara print-config`

use std::process::ExitCode;

use super::Settings;
use crate::cli::say::say_all;
use crate::config;

/// Print the settings in force, as TOML and without secrets
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the defaults with their comments instead: the manual of every setting.
    #[arg(long)]
    defaults: bool,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    if args.defaults {
        say_all(config::DEFAULTS);
    } else {
        say_all(&settings.load()?.print());
    }
    Ok(ExitCode::SUCCESS)
}

//! `ampara keys`

use std::process::ExitCode;

use super::Settings;
use crate::clock::Clock;
use crate::seal::Keyring;

/// Make, list and rotate the keys in `seal.key_dir`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make the directory, its first keys and the coming weeks' epoch keys, where they are missing
    Make {
        /// For how many weeks ahead, 0 to 520. Several nodes need the same files: make them ahead and copy them.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=520))]
        weeks: u32,
    },
    /// List the epochs whose keys are there, oldest first
    List,
    /// Add a new seal key: nodes seal with it from their next start on at the latest, the older ones go on opening
    Rotate,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let dir = settings.load()?.seal.key_dir;
    let lines = match &args.action {
        Action::Make { weeks } => Keyring::make(&dir, Clock::system().now(), *weeks)?.names,
        Action::List => Keyring::open_dir(&dir)?.epochs()?.iter().map(|epoch| epoch.as_str().to_owned()).collect(),
        Action::Rotate => vec![Keyring::rotate(&dir)?],
    };
    for line in lines {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

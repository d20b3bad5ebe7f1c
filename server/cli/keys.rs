//! `ampara keys`

use std::process::ExitCode;

use super::{Settings, wait_for};
use crate::alerts::retention;
use crate::cli::say::{say, say_aside};
use crate::clock::Clock;
use crate::config::Config;
use crate::foundation::Foundation;
use crate::seal::Keyring;

/// Make, list, rotate and destroy the keys in `seal.key_dir`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make the directory, its first keys and the coming weeks' epoch keys, where they are missing
    Make {
        /// For how many weeks ahead, 0 to 520. Several nodes need the same files: make them ahead
        /// and copy them.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=520))]
        weeks: u32,
    },
    /// List the epochs whose keys are there, oldest first
    List,
    /// Destroy the epoch keys past `alerts.retention_weeks`, as the server itself does daily: no
    /// copy of the database opens those weeks' places any more. What must outlive its week is
    /// wrapped anew first
    Destroy {
        /// Say what would be done, and do nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Add a new seal key: nodes seal with it from their next start on at the latest, the older
    /// ones go on opening
    Rotate,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let config = settings.load()?;
    let dir = config.seal.key_dir.clone();
    let lines = match &args.action {
        Action::Destroy { dry_run } => return destroy(config, *dry_run),
        Action::Make { weeks } => Keyring::make(&dir, Clock::system().now(), *weeks)?.names,
        Action::List => Keyring::open_dir(&dir)?
            .epochs()?
            .iter()
            .map(|epoch| epoch.as_str().to_owned())
            .collect(),
        Action::Rotate => vec![Keyring::rotate(&dir)?],
    };
    for line in lines {
        say!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// One line an epoch: its name, what was (or would be) done, and counts.
fn destroy(config: Config, dry_run: bool) -> anyhow::Result<ExitCode> {
    let foundation = Foundation::open_beside(config, Clock::system())?;
    let ended = wait_for(async {
        let ended = if dry_run {
            retention::preview(&foundation).await
        } else {
            retention::pass(&foundation).await
        };
        Ok(ended?)
    })?;
    for one in &ended {
        let fate = match (one.destroyed, dry_run, one.stuck) {
            (true, true, _) => "would be destroyed",
            (true, false, _) => "destroyed",
            (false, _, 0) => "waits: an alert was closed too lately",
            (false, ..) => "waits: an alert's key could not be wrapped anew",
        };
        say!(
            "{}\t{fate}\ttrails={}\tkept={}",
            one.epoch,
            one.trails,
            one.kept
        );
    }
    if ended.is_empty() {
        say_aside!("no epoch is past alerts.retention_weeks");
    }
    Ok(if ended.iter().any(|one| one.stuck > 0) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

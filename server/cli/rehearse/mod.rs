//! `ampara rehearse`: an evening on which no operator answers, with one supervisor's real phone.
//!
//! What: a server of its own in a folder that is deleted at the end, with made-up people, over the
//! settings' real providers of texts and calls. A woman presses, no operator is on shift, and the
//! supervisor is alarmed as on a real night; the terminal says what left and what the provider
//! answered. Invariant: nothing is sent to any other number than the one that was named
//! ([`Channels::rehearsal`]), each alarm says that it is a drill, and the real database is only read.
//! Path: [`real`] reads whose senders to use, [`stage`] makes the scratch server and its people,
//! [`evening`] plays, and [`tally`] counts. On failure: the exit code is 1 and each message that was
//! not taken is named with a remedy. Where not even the first text, which announces the drill, is
//! taken, no alarm is sent.

mod evening;
mod real;
mod stage;
mod tally;

use std::process::ExitCode;

use super::say::say_aside;
use super::terminal::told;
use super::{Settings, wait_for};
use crate::municipality::chihuahua;

/// The exit code for an argument that is missing.
const NOT_CONFIRMED: u8 = 2;

/// Play an evening on which no operator answers, with made-up people: one supervisor's real phone is
/// texted and called. Say what left and what the provider answered
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The supervisor's number, the only one that anything is sent to
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Begin. Without it the command says what it would send, and to where
    #[arg(long)]
    yes: bool,
    /// Whose numbers and language to use
    #[arg(long, value_name = "CODE", default_value = chihuahua::CODE)]
    municipality: String,
    /// How long after the text that announces the drill the woman presses, in seconds: 0 to 600
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=600))]
    pause: u64,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let config = settings.load()?;
    wait_for(async {
        let phone = real::read(&config, &args.number, &args.municipality).await?;
        say_aside!("{}", phone.warning(&config));
        if !args.yes {
            say_aside!("{}", told("rehearse-confirm", &[]));
            return Ok(ExitCode::from(NOT_CONFIRMED));
        }
        let folder = stage::Folder::make()?;
        let all_taken = evening::play(config, &phone, folder.path(), args.pause).await?;
        Ok(match all_taken {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    })
}

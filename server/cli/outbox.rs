//! `ampara outbox`

use std::process::ExitCode;

use super::{Settings, wait_for};
use crate::cli::say::{say, say_aside};
use crate::clock::Clock;
use crate::db::{Conn, Db, DbError, WritePriority};
use crate::delivery::outbox::dead_letters::{self, DeadLetter};
use crate::ids::NotificationId;

/// Look at messages that were set aside because the code failed on them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List those that are not dismissed, the oldest first, 100 at most, by ids and codes
    List {
        /// Print one JSON object a line instead
        #[arg(long)]
        json: bool,
    },
    /// Say that you have looked at them: they count no more, and stay as they are in the
    /// alert's own timeline
    Dismiss {
        /// The notifications' ids, as `list` shows them
        #[arg(required = true)]
        ids: Vec<NotificationId>,
    },
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let db = Db::open_beside(&settings.load()?.database)?;
    match &args.action {
        Action::List { json } => {
            let letters = wait_for(async { Ok(db.read(dead_letters::dead_letters).await?) })?;
            for letter in &letters {
                say!(
                    "{}",
                    if *json {
                        serde_json::to_string(letter)?
                    } else {
                        in_words(letter)
                    }
                );
            }
            say_aside!("{} set aside", letters.len());
            Ok(ExitCode::SUCCESS)
        }
        Action::Dismiss { ids } => {
            let (ids, now) = (ids.clone(), Clock::system().now());
            let dismiss = move |conn: &mut Conn| -> Result<Vec<NotificationId>, DbError> {
                let mut unknown = Vec::new();
                for id in &ids {
                    if !dead_letters::dismiss(conn, *id, now)? {
                        unknown.push(*id);
                    }
                }
                Ok(unknown)
            };
            let unknown =
                wait_for(async { Ok(db.write(WritePriority::Background, dismiss).await?) })?;
            for id in &unknown {
                say_aside!("{id}: no dead letter, or dismissed before");
            }
            Ok(if unknown.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

/// One line, for `doctor` too.
pub(super) fn in_words(letter: &DeadLetter) -> String {
    let at = letter.at.map(|at| at.to_string()).unwrap_or_default();
    let tried = match (&letter.outcome, &letter.cause) {
        (Some(outcome), Some(cause)) => format!("the last attempt: {outcome} ({cause})"),
        _ => "never sent".to_owned(),
    };
    format!(
        "{} {at} over {} of {} {}: {tried}",
        letter.id, letter.channel, letter.subject_kind, letter.subject
    )
}

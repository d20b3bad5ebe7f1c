//! `ampara trace`

use std::process::ExitCode;

use super::{Settings, wait_for};
use crate::alerts::AlertError;
use crate::alerts::trace::{Trace, trace};
use crate::cli::say::say;
use crate::clock::Clock;
use crate::db::Db;

/// Say what happened to an alert and when, by ids and codes: no name, number or place
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The alert's id, its record's id, or its folio, such as CUU-26-000123
    which: String,
    /// Print one JSON object instead: what it is, and `lines` (ms, at, what, words)
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let db = Db::open_beside(&settings.load()?.database)?;
    let (which, now) = (args.which.clone(), Clock::system().now());
    let found = wait_for(async { Ok(db.read(move |conn| trace(conn, &which, now)).await) })?;
    let trace = match found {
        Ok(trace) => trace,
        Err(AlertError::NotFound) => anyhow::bail!("no alert, record or folio {}", args.which),
        Err(error) => return Err(error.into()),
    };
    if args.json {
        say!("{}", serde_json::to_string(&trace)?);
    } else {
        print(&trace);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(trace: &Trace) {
    let drill = if trace.drill { ", a drill" } else { "" };
    say!(
        "alert {} of {}{drill}: {}, policy {}",
        trace.alert,
        trace.raised_at,
        trace.state,
        trace.policy
    );
    match &trace.record {
        Some(record) => {
            let folio = record.folio.as_deref().unwrap_or("no folio");
            say!("record {} ({folio}): {}", record.id, record.state);
        }
        None => say!("no record"),
    }
    for line in &trace.lines {
        say!("{:>10} ms  {:<7}  {}", line.ms, line.what, line.words);
    }
}

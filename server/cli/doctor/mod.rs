//! `ampara doctor`: would an alert work tonight?
//!
//! What: looks at everything an alert needs, from the settings to the operator on shift, and says
//! one line a finding: ok, warn, or fail, with what to do about it; then in words what would not
//! work tonight. Invariant: it changes nothing but a mark by which it proves that the database
//! takes a commit, and a file that it makes and removes in the key directory; it runs beside a
//! server; it prints no name, number, token or place. Path: `way_in` (address,
//! proxy, certificate) → `basics` (settings, database, keys, clock) → `backups` → `providers` (each channel, the ops webhook) → `watching`
//! (metrics, dead letters) → `municipalities` (centres, shift, supervisors). With `--send-sms`, `--push` or
//! `--call` it does nothing but send that one message (`trials`). On failure: what cannot be
//! looked at is a finding itself, and the rest is looked at all the same. The exit code is 1 if
//! anything fails; a warning alone leaves it 0.

mod backups;
mod basics;
mod finding;
mod municipalities;
mod phones;
mod providers;
mod trials;
mod watching;
mod way_in;

use std::process::ExitCode;

use serde::Serialize;

use self::finding::{Finding, Level};
use super::{Settings, wait_for};
use crate::cli::say::say;
use crate::cli::terminal::{speak_to_programs, told};
use crate::clock::Clock;

/// Say what would not work tonight: settings, database, keys, clock, FCM, SMS, calls, letters, who
/// is on shift; beside a running server
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one JSON object instead: `findings` (level, check, found, remedy, tonight) and `works`
    /// (true or false)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    trials: trials::Trials,
}

#[derive(Serialize)]
struct Report {
    works: bool,
    findings: Vec<Finding>,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    if args.json {
        speak_to_programs();
    }
    let findings = wait_for(async {
        Ok(match args.trials.any() {
            true => trials::look(settings, &args.trials).await,
            false => look(settings).await,
        })
    })?;
    let works = findings.iter().all(|finding| finding.level != Level::Fail);
    let report = Report { works, findings };
    if args.json {
        say!("{}", serde_json::to_string(&report)?);
    } else {
        print(&report);
    }
    Ok(if works {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(settings: &Settings) -> Vec<Finding> {
    let config = match settings.load() {
        Ok(config) => config,
        Err(error) => {
            let error = error.to_string();
            return vec![Finding::fail(
                "settings",
                "doctor-settings-wrong",
                &[("error", &error)],
            )];
        }
    };
    let clock = Clock::system();
    let mut findings = vec![basics::year(clock.now())];
    way_in::look(&config, clock.now(), &mut findings);
    let keys = basics::keys(&config, clock.now(), &mut findings);
    let db = basics::database(&config, &clock, &mut findings).await;
    findings.push(backups::look(db.as_ref(), &config, clock.now()).await);
    providers::look(&config, &clock, &mut findings).await;
    watching::metrics(&config, &mut findings).await;
    if let Some(db) = &db {
        watching::dead_letters(db, &mut findings).await;
    }
    match &db {
        Some(db) => {
            municipalities::look(db, keys.as_ref(), &config, clock.now(), &mut findings).await;
        }
        None => findings.push(Finding::warn("shift", "doctor-no-database", &[])),
    }
    findings
}

fn print(report: &Report) {
    for Finding {
        level,
        check,
        found,
        remedy,
        ..
    } in &report.findings
    {
        let word = match level {
            Level::Ok => "ok  ",
            Level::Warn => "warn",
            Level::Fail => "fail",
        };
        match remedy {
            Some(remedy) => say!("{word}  {check:<12}  {found}. {remedy}"),
            None => say!("{word}  {check:<12}  {found}"),
        }
    }
    say!("");
    if report.works {
        say!("{}", told("doctor-works", &[]));
        return;
    }
    say!("{}", told("doctor-fails", &[]));
    for tonight in report
        .findings
        .iter()
        .filter_map(|finding| finding.tonight.as_ref())
    {
        say!("- {tonight}");
    }
}

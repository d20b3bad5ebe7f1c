//! `ampara doctor`: would an alert work tonight?
//!
//! What: looks at everything an alert needs, from the settings to the operator on shift, and says
//! one line a finding: ok, warn, or fail, with what to do about it; then in words what would not
//! work tonight. Invariant: it changes nothing but a mark by which it proves that the database
//! takes a commit, and a file that it makes and removes in the key directory; it runs beside a
//! server; it prints no name, number, token or place. Path: `basics` (settings,
//! database, keys, clock, backup) → `providers` (each channel, the ops webhook) → `watching`
//! (metrics, dead letters) → `municipalities` (centres, shift, supervisors). On failure: what cannot be
//! looked at is a finding itself, and the rest is looked at all the same. The exit code is 1 if
//! anything fails; a warning alone leaves it 0.

mod basics;
mod finding;
mod municipalities;
mod phones;
mod providers;
mod watching;

use std::process::ExitCode;

use serde::Serialize;

use self::finding::{Finding, Level};
use super::{Settings, wait_for};
use crate::clock::Clock;

/// Say what would not work tonight: settings, database, keys, clock, FCM, SMS, calls, letters, who
/// is on shift; beside a running server
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one JSON object instead: `findings` (level, check, found, remedy, tonight) and `works`
    /// (true or false)
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    works: bool,
    findings: Vec<Finding>,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let findings = wait_for(async { Ok(look(settings).await) })?;
    let works = findings.iter().all(|finding| finding.level != Level::Fail);
    let report = Report { works, findings };
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
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
            let remedy = "`ampara print-config --defaults` is the manual of every setting";
            return vec![Finding::fail(
                "settings",
                error.to_string(),
                remedy,
                "the server does not start",
            )];
        }
    };
    let clock = Clock::system();
    let mut findings = vec![basics::public_url(&config), basics::year(clock.now())];
    let keys = basics::keys(&config, clock.now(), &mut findings);
    let db = basics::database(&config, &clock, &mut findings).await;
    findings.extend(basics::backup(&config, clock.now()));
    providers::look(&config, &clock, &mut findings).await;
    findings.push(watching::metrics(&config).await);
    if let Some(db) = &db {
        watching::dead_letters(db, &mut findings).await;
    }
    match &db {
        Some(db) => {
            municipalities::look(db, keys.as_ref(), &config, clock.now(), &mut findings).await;
        }
        None => findings.push(Finding::warn(
            "shift",
            "not looked at: there is no database to look into",
            "repair the database first",
        )),
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
            Some(remedy) => println!("{word}  {check:<12}  {found}. {remedy}"),
            None => println!("{word}  {check:<12}  {found}"),
        }
    }
    println!();
    if report.works {
        println!("Nothing that can be seen from here would keep an alert from working tonight.");
        return;
    }
    println!("What would not work tonight:");
    for tonight in report
        .findings
        .iter()
        .filter_map(|finding| finding.tonight.as_ref())
    {
        println!("- {tonight}");
    }
}

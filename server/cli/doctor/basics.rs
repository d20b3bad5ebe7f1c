//! Settings, database, keys, clock, backup.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chrono::Datelike as _;

use super::finding::Finding;
use crate::clock::{At, Clock};
use crate::config::{Config, Target};
use crate::db::{Db, DbError, dialect, is_served};
use crate::delivery;
use crate::ids::random;
use crate::seal::{Epoch, Keyring};

const NO_PRESS: &str = "no press can be taken: every phone is told to call 911";
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Messages due for so long and not sent: no sender runs.
const STUCK: Duration = Duration::from_secs(60);
/// MiB free below which to warn, and below which to fail.
const FREE_WARN: u64 = 1_024;
const FREE_FAIL: u64 = 100;

pub(super) fn year(now: At) -> Finding {
    let year = now.utc().year();
    if (2026..2100).contains(&year) {
        return Finding::ok("clock", format!("{now}"));
    }
    Finding::fail(
        "clock",
        format!("this machine believes it is {now}"),
        "Set the clock and run NTP",
        "authenticator codes are refused and times on records are wrong",
    )
}

/// The keys, if they can be opened.
pub(super) fn keys(config: &Config, now: At, findings: &mut Vec<Finding>) -> Option<Arc<Keyring>> {
    let dir = &config.seal.key_dir;
    let opened = Keyring::open_dir(dir).and_then(|keys| Ok((keys.epochs()?, keys)));
    let (epochs, keys) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let remedy = "See docs/operating, Keys";
            findings.push(Finding::fail(
                "keys",
                error.to_string(),
                remedy,
                "the server does not start",
            ));
            return None;
        }
    };
    findings.push(weeks(&epochs, now, can_write(dir)));
    if let Ok(Target::Sqlite(file)) = config.database.target()
        && let (Some(folder), Ok(dir)) = (
            file.parent().and_then(|f| folder_of(f).canonicalize().ok()),
            dir.canonicalize(),
        )
        && dir.starts_with(&folder)
    {
        let found =
            "the key directory lies in the database's folder: a copy of the folder holds both";
        findings.push(Finding::warn(
            "key_dir",
            found,
            "Move it elsewhere and set seal.key_dir",
        ));
    }
    Some(Arc::new(keys))
}

fn folder_of(parent: &Path) -> &Path {
    if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    }
}

fn weeks(epochs: &[Epoch], now: At, writable: bool) -> Finding {
    let (this, next) = (Epoch::of(now), Epoch::of(now.plus(WEEK)));
    let ahead = epochs.iter().filter(|epoch| **epoch >= this).count();
    match (epochs.contains(&this), epochs.contains(&next), writable) {
        (true, true, _) => Finding::ok(
            "keys",
            format!(
                "epochs: {} in all, made until {}",
                epochs.len(),
                last(epochs)
            ),
        ),
        (true, false, true) | (false, _, true) => Finding::ok(
            "keys",
            format!("{ahead} epoch made ahead; the next is made when its first alert comes"),
        ),
        (true, false, false) => Finding::warn(
            "keys",
            format!(
                "next week's epoch {next} is not made, and this user cannot write the key directory"
            ),
            "`ampara keys make --weeks 26` as the server's user, on every node",
        ),
        (false, _, false) if epochs.is_empty() => Finding::fail(
            "keys",
            format!("there is no epoch key, and {this} cannot be made"),
            "`ampara keys make --weeks 26` as the server's user",
            NO_PRESS,
        ),
        (false, _, false) => Finding::warn(
            "keys",
            format!(
                "this week's epoch {this} is missing and cannot be made: an older one would wrap new alerts"
            ),
            "`ampara keys make --weeks 26` as the server's user",
        ),
    }
}

fn last(epochs: &[Epoch]) -> &str {
    epochs.last().map_or("none", Epoch::as_str)
}

/// Only trying tells: modes say nothing of a full disk or a file system mounted for reading.
fn can_write(dir: &Path) -> bool {
    let probe = dir.join(format!(".doctor-{:016x}", u64::from_be_bytes(random())));
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)
        .is_ok();
    made && std::fs::remove_file(&probe).is_ok()
}

/// The database, if it can be opened.
pub(super) async fn database(
    config: &Config,
    clock: &Clock,
    findings: &mut Vec<Finding>,
) -> Option<Db> {
    let db = match Db::open_beside(&config.database) {
        Ok(db) => db,
        Err(error) => {
            let remedy = "See docs/operating, First start and PostgreSQL";
            findings.push(Finding::fail(
                "database",
                error.to_string(),
                remedy,
                NO_PRESS,
            ));
            return None;
        }
    };
    let engine = db.engine();
    findings.push(match db.prove_durable().await {
        Ok(()) => Finding::ok("database", format!("{engine}, migrated, takes a commit")),
        Err(error) => Finding::fail(
            "database",
            error.to_string(),
            "See its disk and its log",
            NO_PRESS,
        ),
    });
    if let Ok(Target::Sqlite(file)) = config.database.target() {
        findings.extend(
            file.parent()
                .and_then(|folder| free_mib(folder_of(folder)))
                .map(space),
        );
    }
    findings.extend(two_clocks(&db, config, clock).await);
    findings.push(serving(&db, config, clock.now()).await);
    findings.extend(plans(&db).await);
    Some(db)
}

/// POSIX's `df`, since the standard library cannot ask. `None` where there is no such program.
fn free_mib(folder: &Path) -> Option<u64> {
    let out = Command::new("df")
        .args(["-P", "-k"])
        .arg(folder)
        .output()
        .ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let kib: u64 = text
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()?;
    Some(kib / 1_024)
}

fn space(mib: u64) -> Finding {
    let found = format!("{mib} MiB free beside the database");
    match mib {
        ..FREE_FAIL => Finding::fail(
            "disk",
            found,
            "Make room",
            "the disk fills: then no press can be taken",
        ),
        FREE_FAIL..FREE_WARN => Finding::warn("disk", found, "Make room"),
        _ => Finding::ok("disk", found),
    }
}

/// PostgreSQL's clock beside ours, as nodes compare them.
async fn two_clocks(db: &Db, config: &Config, clock: &Clock) -> Option<Finding> {
    let asked = clock.now();
    let theirs = match db.read(dialect::clock_of_database).await {
        Ok(theirs) => theirs?,
        Err(error) => {
            return Some(Finding::warn(
                "clocks",
                error.to_string(),
                "See the database",
            ));
        }
    };
    let answered = clock.now();
    // What lies between asking and answering is no difference.
    let apart = if theirs < asked {
        asked.since(theirs)
    } else {
        theirs.since(answered)
    };
    let ms = apart.as_millis();
    Some(
        match apart > Duration::from_millis(config.delivery.clock_slack_ms) {
            false => Finding::ok(
                "clocks",
                format!("this machine and the database agree within {ms} ms"),
            ),
            true => Finding::fail(
                "clocks",
                format!("this machine and the database are {ms} ms apart"),
                "Run NTP on both",
                "this node sends nothing: no contact is notified",
            ),
        },
    )
}

/// Alerts about which nothing more is done.
async fn plans(db: &Db) -> Option<Finding> {
    // A database that cannot be read is a finding of its own.
    Some(
        match db
            .read(crate::readiness::alerting::plans_failing)
            .await
            .ok()?
        {
            0 => Finding::ok("plans", "the plan of every open alert can be asked"),
            n => Finding::fail(
                "plans",
                format!("the plans of {n} alerts have failed three times in a row or more"),
                "See the log for \"the plan of an alert could not be asked\" and the error beside it",
                format!("{n} alerts will not notify anyone further"),
            ),
        },
    )
}

async fn serving(db: &Db, config: &Config, now: At) -> Finding {
    let standing = match db.read(move |conn| delivery::standing(conn, now)).await {
        Ok(standing) => standing,
        Err(error @ DbError::NotMigrated(_)) => {
            return Finding::fail("server", error.to_string(), "`ampara migrate`", NO_PRESS);
        }
        Err(error) => return Finding::warn("server", error.to_string(), "See the database"),
    };
    let running = match is_served(&config.database) {
        Ok(Some(served)) => usize::from(served),
        _ => standing.living,
    };
    if running == 0 {
        return Finding::fail(
            "server",
            "no server gives a sign of life",
            "Start it: `ampara serve`",
            NO_PRESS,
        );
    }
    match standing.oldest_due.map(|due| now.since(due)) {
        Some(waiting) if waiting > STUCK => Finding::warn(
            "server",
            format!(
                "running, but a message has been due for {} s",
                waiting.as_secs()
            ),
            "See its log: a provider may be down",
        ),
        _ => Finding::ok("server", format!("{running} running")),
    }
}

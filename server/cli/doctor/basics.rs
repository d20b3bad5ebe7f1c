//! Settings, database, keys, clock, backup.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chrono::Datelike as _;

use super::finding::{Finding, Places};
use crate::alerts::engine::ahead::newest_under_way;
use crate::clock::{At, Clock, JUMP};
use crate::config::{Config, Target};
use crate::db::{Conn, Db, DbError, dialect, is_served};
use crate::delivery;
use crate::ids::random;
use crate::seal::{Epoch, Keyring};

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Messages due for so long and not sent: no sender runs.
const STUCK: Duration = Duration::from_secs(60);
/// MiB free below which to warn, and below which to fail.
const FREE_WARN: u64 = 1_024;
const FREE_FAIL: u64 = 100;

pub(super) fn year(now: At) -> Finding {
    let year = now.utc().year();
    let now = now.to_string();
    if (2026..2100).contains(&year) {
        return Finding::ok("clock", "doctor-clock", &[("now", &now)]);
    }
    Finding::fail("clock", "doctor-clock-wrong", &[("now", &now)])
}

/// The keys, if they can be opened.
pub(super) fn keys(config: &Config, now: At, findings: &mut Vec<Finding>) -> Option<Arc<Keyring>> {
    let dir = &config.seal.key_dir;
    let opened = Keyring::open_dir(dir).and_then(|keys| Ok((keys.epochs()?, keys)));
    let (epochs, keys) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            findings.push(Finding::fail(
                "keys",
                "doctor-keys-wrong",
                &[("error", &error.to_string())],
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
        findings.push(Finding::warn("key_dir", "doctor-keys-beside", &[]));
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
    let ahead = epochs
        .iter()
        .filter(|epoch| **epoch >= this)
        .count()
        .to_string();
    let all = epochs.len().to_string();
    match (epochs.contains(&this), epochs.contains(&next), writable) {
        (true, true, _) => Finding::ok(
            "keys",
            "doctor-keys",
            &[("n", &*all), ("last", last(epochs))],
        ),
        (true, false, true) | (false, _, true) => {
            Finding::ok("keys", "doctor-keys-ahead", &[("n", &*ahead)])
        }
        (true, false, false) => {
            Finding::warn("keys", "doctor-keys-next-week", &[("epoch", next.as_str())])
        }
        (false, _, false) if epochs.is_empty() => {
            Finding::fail("keys", "doctor-keys-none", &[("epoch", this.as_str())])
        }
        (false, _, false) => {
            Finding::warn("keys", "doctor-keys-this-week", &[("epoch", this.as_str())])
        }
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
            findings.push(Finding::fail(
                "database",
                "doctor-database-wrong",
                &[("error", &error.to_string())],
            ));
            return None;
        }
    };
    let engine = db.engine().to_string();
    findings.push(match db.prove_durable().await {
        Ok(()) => Finding::ok("database", "doctor-database", &[("engine", &engine)]),
        Err(error) => Finding::fail(
            "database",
            "doctor-database-no-commit",
            &[("error", &error.to_string())],
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
    findings.extend(still_to_come(&db, clock.wall()).await);
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
    let text = mib.to_string();
    let places: Places<'_> = &[("mib", &text)];
    match mib {
        ..FREE_FAIL => Finding::fail("disk", "doctor-disk-full", places),
        FREE_FAIL..FREE_WARN => Finding::warn("disk", "doctor-disk-low", places),
        _ => Finding::ok("disk", "doctor-disk", places),
    }
}

/// Alerts and records under way that happened later than now by this machine's clock.
async fn still_to_come(db: &Db, now: At) -> Option<Finding> {
    let newest = db.read(newest_under_way).await.ok()??;
    let ahead = newest.since(now);
    let seconds = ahead.as_secs().to_string();
    let places: Places<'_> = &[("seconds", &seconds)];
    (ahead > JUMP).then(|| Finding::warn("clock", "doctor-still-to-come", places))
}

/// PostgreSQL's clock beside ours, as nodes compare them.
async fn two_clocks(db: &Db, config: &Config, clock: &Clock) -> Option<Finding> {
    let asked = clock.now();
    let theirs = match db.read(dialect::clock_of_database).await {
        Ok(theirs) => theirs?,
        Err(error) => {
            return Some(Finding::warn(
                "clocks",
                "doctor-database-unread",
                &[("error", &error.to_string())],
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
    let ms = apart.as_millis().to_string();
    let places: Places<'_> = &[("ms", &ms)];
    Some(
        match apart > Duration::from_millis(config.delivery.clock_slack_ms) {
            false => Finding::ok("clocks", "doctor-clocks", places),
            true => Finding::fail("clocks", "doctor-clocks-apart", places),
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
            0 => Finding::ok("plans", "doctor-plans", &[]),
            n => Finding::fail("plans", "doctor-plans-failing", &[("n", &n.to_string())]),
        },
    )
}

async fn serving(db: &Db, config: &Config, now: At) -> Finding {
    let settings = config.clone();
    let read = move |conn: &mut Conn| delivery::standing(conn, &settings, now);
    let standing = match db.read(read).await {
        Ok(standing) => standing,
        Err(error @ DbError::NotMigrated(_)) => {
            return Finding::fail(
                "server",
                "doctor-not-migrated",
                &[("error", &error.to_string())],
            );
        }
        Err(error) => {
            return Finding::warn(
                "server",
                "doctor-database-unread",
                &[("error", &error.to_string())],
            );
        }
    };
    let running = match is_served(&config.database) {
        Ok(Some(served)) => usize::from(served),
        _ => standing.living,
    };
    if running == 0 {
        return Finding::fail("server", "doctor-server-none", &[]);
    }
    match standing.oldest_due.map(|due| now.since(due)) {
        Some(waiting) if waiting > STUCK => {
            let seconds = waiting.as_secs().to_string();
            Finding::warn("server", "doctor-server-late", &[("seconds", &seconds)])
        }
        _ => Finding::ok("server", "doctor-server", &[("n", &running.to_string())]),
    }
}

//! Whether last night's backup was made, and how long it took.

use std::time::Duration;

use super::finding::Finding;
use crate::cli::backup::{self, Made};
use crate::clock::At;
use crate::config::Config;
use crate::db::Db;

/// A nightly backup that was missed once.
const OLD: Duration = Duration::from_secs(36 * 60 * 60);
/// A copy that takes so long will not be whole some night.
const SLOW: Duration = Duration::from_secs(15 * 60);

pub(super) async fn look(db: Option<&Db>, config: &Config, now: At) -> Finding {
    judged(backup::last(db, &config.database).await, now)
}

fn judged(last: Option<Made>, now: At) -> Finding {
    let Some(Made { at, took }) = last else {
        return Finding::warn("backup", "doctor-backup-none", &[]);
    };
    if now.since(at) > OLD {
        let hours = (now.since(at).as_secs() / 3_600).to_string();
        return Finding::warn("backup", "doctor-backup-old", &[("hours", &hours)]);
    }
    let at = at.to_string();
    match took {
        Some(took) if took > SLOW => {
            let minutes = (took.as_secs() / 60).to_string();
            let places = [("at", &*at), ("minutes", &*minutes)];
            Finding::warn("backup", "doctor-backup-slow", &places)
        }
        _ => Finding::ok("backup", "doctor-backup", &[("at", &at)]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_backup_that_is_missing_old_or_slow_is_a_warning() {
        let now = At::parse("2026-11-30T12:00:00Z").unwrap();
        let made = |hours_ago: u64, took: Option<u64>| {
            let ago = i64::try_from(hours_ago * 3_600_000_000).unwrap();
            Some(Made {
                at: At::from_micros(now.micros() - ago),
                took: took.map(Duration::from_secs),
            })
        };
        for (last, level) in [
            (None, Level::Warn),
            (made(8, None), Level::Ok),
            (made(8, Some(20)), Level::Ok),
            (made(8, Some(1_000)), Level::Warn),
            (made(37, Some(20)), Level::Warn),
        ] {
            assert_eq!(judged(last, now).level, level, "{last:?}");
        }
    }
}

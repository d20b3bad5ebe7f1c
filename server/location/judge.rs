//! What to believe of a phone's clock, and how often to ask it.

use std::time::Duration;

use crate::clock::At;
use crate::config;

/// A phone's clock may run ahead of ours by this much.
const AHEAD: Duration = Duration::from_secs(2 * 60);

/// A fix may be older than the press by this much: a last known place, or a queue that was flushed
/// when coverage came back. As long as an alert lives without news.
const BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether the phone's time can be true: no more than 2 min after it arrived, no more than 24 h
/// before the press.
#[must_use]
pub fn plausible(phone_at: At, raised_at: At, received_at: At) -> bool {
    phone_at <= received_at.plus(AHEAD) && phone_at >= raised_at.minus(BEFORE)
}

/// Seconds until the phone should send its next place: the shortest of the settings' three from
/// half a battery on, the next from a quarter, else the longest. A phone that does not say is asked
/// as one that is full: a place too many is cheaper than one too few.
#[must_use]
pub fn next_interval_s(rules: &config::Alerts, battery: Option<f64>) -> u32 {
    match battery {
        None => rules.fix_interval_s,
        Some(full) if full >= 0.5 => rules.fix_interval_s,
        Some(full) if full >= 0.25 => rules.fix_interval_low_s,
        Some(_) => rules.fix_interval_critical_s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fuller_battery_is_asked_more_often() {
        let mut rules = config::Config::embedded().unwrap().alerts;
        let all = [
            Some(1.0),
            Some(0.5),
            Some(0.49),
            Some(0.25),
            Some(0.24),
            Some(0.0),
            None,
        ];
        assert_eq!(
            all.map(|battery| next_interval_s(&rules, battery)),
            [10, 10, 30, 30, 60, 60, 10]
        );
        (
            rules.fix_interval_s,
            rules.fix_interval_low_s,
            rules.fix_interval_critical_s,
        ) = (5, 6, 7);
        assert_eq!(
            all.map(|battery| next_interval_s(&rules, battery)),
            [5, 5, 6, 6, 7, 7, 5]
        );
    }

    #[test]
    fn a_phone_s_time_is_believed_within_reason() {
        let (raised, received) = (
            At::from_micros(90_000_000_000),
            At::from_micros(99_000_000_000),
        );
        let second = Duration::from_secs(1);
        assert!(plausible(received.plus(AHEAD), raised, received));
        assert!(!plausible(
            received.plus(AHEAD).plus(second),
            raised,
            received
        ));
        assert!(plausible(raised.minus(BEFORE), raised, received));
        assert!(!plausible(
            raised.minus(BEFORE).minus(second),
            raised,
            received
        ));
    }
}

//! What to believe of a phone's clock, and how often to ask it.

use std::time::Duration;

use super::model::AHEAD;
use crate::clock::At;
use crate::config;

/// A time further back than that is no age but a clock that was never set.
const OLDEST: Duration = Duration::from_secs(10 * 365 * DAY_S);

/// GPS counts weeks modulo 1,024 (IS-GPS-200, 20.3.3.3.1.1): a receiver that missed a turn of the
/// counter is that much behind.
const ROLLOVER: Duration = Duration::from_secs(1_024 * 7 * DAY_S);

/// A time that is repaired by [`ROLLOVER`] must then be that fresh.
const REPAIRED_WITHIN: Duration = Duration::from_secs(DAY_S);

const DAY_S: u64 = 24 * 60 * 60;

/// A request's arrival, and what it tells of the phone's clock.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    at: At,
    ahead_us: i64,
}

impl Arrival {
    /// A request that came in at `at`; `sent_at` is what the phone's clock said as the bytes left.
    #[must_use]
    pub fn new(at: At, sent_at: Option<At>) -> Self {
        let ahead_us = sent_at.map_or(0, |sent| sent.micros().saturating_sub(at.micros()));
        Self { at, ahead_us }
    }

    /// When it came in.
    #[must_use]
    pub const fn at(self) -> At {
        self.at
    }

    /// A moment of the phone's clock by ours, as far as `sent_at` shows the difference.
    #[must_use]
    pub const fn ours(self, phone_at: At) -> At {
        At::from_micros(phone_at.micros().saturating_sub(self.ahead_us))
    }

    /// When a fix was taken, if the phone's time of it can be true. The past is an age, however
    /// old; up to 2 min ahead is now; further ahead, or older than ten years, is unknown (`None`).
    #[must_use]
    pub fn believed(self, phone_at: At) -> Option<At> {
        let claimed = self.ours(phone_at);
        let fits = |at: At, most: Duration| at <= self.at.plus(AHEAD) && at >= self.at.minus(most);
        if fits(claimed, OLDEST) {
            return Some(claimed.min(self.at));
        }
        let repaired = [
            claimed.plus(ROLLOVER),
            claimed.plus(ROLLOVER).plus(ROLLOVER),
        ];
        repaired
            .into_iter()
            .find(|at| fits(*at, REPAIRED_WITHIN))
            .map(|at| at.min(self.at))
    }
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

/// A moment as a phone numbers it since 1970: seconds below 10¹¹ (the year 5138), milliseconds above.
#[expect(
    clippy::cast_possible_truncation,
    reason = "held to a range that i64 has"
)]
pub(super) fn since_1970(n: f64) -> Option<At> {
    let micros = if n.abs() < 1e11 { n * 1e6 } else { n * 1e3 };
    (micros.abs() < 9e17).then(|| At::from_micros(micros as i64))
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
    fn the_past_is_an_age_and_the_time_to_come_is_none() {
        let now = At::parse("2026-11-24T21:10:00Z").unwrap();
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        let believed = |at: At| Arrival::new(now, None).believed(at);
        for age in [second, minute, Duration::from_secs(30 * DAY_S), OLDEST] {
            assert_eq!(believed(now.minus(age)), Some(now.minus(age)));
        }
        for ahead in [second, AHEAD] {
            assert_eq!(believed(now.plus(ahead)), Some(now));
        }
        for never in [
            now.plus(AHEAD).plus(second),
            now.plus(OLDEST),
            now.minus(OLDEST).minus(second),
            At::from_micros(0),
            At::from_micros(i64::MAX),
            At::from_micros(i64::MIN),
        ] {
            assert_eq!(believed(never), None, "{never}");
        }
        for turns in [ROLLOVER, ROLLOVER * 2] {
            let lost = now.minus(minute).minus(turns);
            assert_eq!(believed(lost), Some(now.minus(minute)), "weeks were lost");
            assert_eq!(believed(lost.minus(2 * REPAIRED_WITHIN)), None);
        }
    }

    #[test]
    fn sent_at_shows_how_wrong_the_phone_s_clock_is() {
        let now = At::parse("2026-11-24T21:10:00Z").unwrap();
        let age = Duration::from_secs(300);
        for off in [
            -7_200_000_000,
            -1,
            0,
            90_000_000,
            86_400_000_000,
            -1_795_000_000_000_000,
        ] {
            let phone_now = At::from_micros(now.micros() + off);
            let arrival = Arrival::new(now, Some(phone_now));
            assert_eq!(
                arrival.believed(phone_now.minus(age)),
                Some(now.minus(age)),
                "{off}"
            );
            assert_eq!(
                arrival.believed(phone_now.plus(AHEAD * 2)),
                None,
                "measured after it was sent"
            );
        }
    }
}

//! When to try again, as data. Pure.

use std::time::{Duration, UNIX_EPOCH};

use crate::clock::At;

/// How the pauses between attempts grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The pause after the first failed attempt.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
    /// How far a pause is moved at random, in percent each way, so that a thousand phones do not
    /// come back at once.
    pub jitter_percent: u32,
}

/// We are over a quota: a minute, doubling.
pub const OVER_QUOTA: Schedule = Schedule {
    first: Duration::from_secs(60),
    longest: Duration::from_secs(960),
    jitter_percent: 20,
};

/// The provider is unavailable, or an answer did not come: a second, doubling.
pub const PROVIDER_FAILS: Schedule = Schedule {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(64),
    jitter_percent: 20,
};

/// The longest that a provider may have a message wait of which a person's safety depends, or
/// that a person waits for: a refusal once more costs less than silence.
const LONGEST_WISH: Duration = Duration::from_secs(60);
/// The same of messages that may come later (see [`PATIENT`]).
const PATIENT_WISH: Duration = Duration::from_secs(15 * 60);
/// The kinds of message that may come later. Each other one, also a newer server's, may not.
const PATIENT: [&str; 3] = ["reminder", "invitation", "mail-confirmation"];

/// What a provider asked for, as far as it is granted to a message of that kind: capped, and never
/// more than half of the time that the message has `left`, so that it is tried again while it is
/// still wanted.
#[must_use]
pub fn granted(kind: &str, asked: Duration, left: Duration) -> Duration {
    let longest = match PATIENT.contains(&kind) {
        true => PATIENT_WISH,
        false => LONGEST_WISH,
    };
    asked.min(longest).min(left / 2)
}

impl Schedule {
    /// The moment of the next attempt after `failed` failed ones (1 or more). `retry_after` is what
    /// the provider asked for and wins, without jitter downwards: coming early would be refused
    /// again. `jitter` is uniform in 0..=1.
    #[must_use]
    pub fn next(&self, now: At, failed: u32, retry_after: Option<Duration>, jitter: f64) -> At {
        let spread = f64::from(self.jitter_percent) / 100.0;
        if let Some(asked) = retry_after {
            return now.plus(asked.mul_f64(1.0 + spread * jitter.clamp(0.0, 1.0)));
        }
        let doubled = self
            .first
            .saturating_mul(1 << failed.saturating_sub(1).min(16))
            .min(self.longest);
        now.plus(doubled.mul_f64(1.0 - spread + 2.0 * spread * jitter.clamp(0.0, 1.0)))
    }
}

/// Reads a `Retry-After` header (RFC 9110 §10.2.3): seconds, or an HTTP date. A date that has
/// passed is zero.
#[must_use]
pub fn retry_after(header: &str, now: At) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(Duration::from_secs(u64::from(seconds)));
    }
    let date = httpdate::parse_http_date(header).ok()?;
    let micros = date.duration_since(UNIX_EPOCH).ok()?.as_micros();
    Some(At::from_micros(i64::try_from(micros).ok()?).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: At = At::from_micros(1_795_000_000_000_000);

    fn pause(schedule: Schedule, failed: u32, asked: Option<u64>, jitter: f64) -> f64 {
        schedule
            .next(NOW, failed, asked.map(Duration::from_secs), jitter)
            .since(NOW)
            .as_secs_f64()
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<f64> = [1, 2, 3, 7, 8, 40]
            .iter()
            .map(|n| pause(PROVIDER_FAILS, *n, None, 0.5))
            .collect();
        assert_eq!(pauses, [1.0, 2.0, 4.0, 64.0, 64.0, 64.0]);
        assert_eq!(pause(OVER_QUOTA, 2, None, 0.5), 120.0);
    }

    #[test]
    fn jitter_is_a_fifth_each_way() {
        assert_eq!(
            (
                pause(PROVIDER_FAILS, 1, None, 0.0),
                pause(PROVIDER_FAILS, 1, None, 1.0)
            ),
            (0.8, 1.2)
        );
    }

    #[test]
    fn what_the_provider_asked_for_wins_and_is_never_undercut() {
        assert_eq!(pause(PROVIDER_FAILS, 5, Some(7), 0.0), 7.0);
        assert!(pause(OVER_QUOTA, 1, Some(7), 1.0) <= 8.5);
    }

    #[test]
    fn a_wish_is_granted_as_far_as_the_message_can_wait() {
        const ASKED: [u64; 3] = [7, 999_999, 4_294_967_295];
        let kinds = [
            ("alert", [7, 60, 60]),
            ("sign_in", [7, 60, 60]),
            ("of_a_newer_server", [7, 60, 60]),
            ("reminder", [7, 900, 900]),
            ("invitation", [7, 900, 900]),
            ("mail-confirmation", [7, 900, 900]),
        ];
        let secs = Duration::from_secs;
        for (kind, most) in kinds {
            for (asked, most) in ASKED.into_iter().zip(most) {
                assert_eq!(
                    granted(kind, secs(asked), secs(86_400)),
                    secs(most),
                    "{kind}"
                );
                let left = granted(kind, secs(asked), secs(10));
                assert_eq!(
                    left,
                    secs(5),
                    "{kind}: it is tried again before its deadline"
                );
            }
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(" 120 ", NOW), Some(Duration::from_secs(120)));
        let date = httpdate::fmt_http_date(NOW.plus(Duration::from_secs(30)).utc().into());
        assert_eq!(retry_after(&date, NOW), Some(Duration::from_secs(30)));
        for past in [
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Wednesday, 21-Oct-15 07:28:00 GMT",
            "Wed Oct 21 07:28:00 2015",
        ] {
            assert_eq!(retry_after(past, NOW), Some(Duration::ZERO), "{past}");
        }
        for bad in ["soon", "-3", "", "1e9", "21 Oct 2015"] {
            assert_eq!(retry_after(bad, NOW), None, "{bad}");
        }
    }
}

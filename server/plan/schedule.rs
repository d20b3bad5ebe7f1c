//! When messages to a contact, and alarms to a supervisor, are repeated, by the settings.

use std::time::Duration;

use crate::config::PlanConfig;

/// Moments that follow one another often at first, then less often, then seldom, without end. In
/// seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    first_s: u64,
    /// The second, third … moment: how often, and so many of them.
    soon: (u64, u64),
    later: (u64, u64),
    last_s: u64,
}

impl PlanConfig {
    /// When the `n`-th repeat (from 1 on) after `unanswered_s` is due, as time since the contact's
    /// first message.
    #[must_use]
    pub fn repeat_at(&self, n: u64) -> Duration {
        self.of_contacts().at(n)
    }

    /// How many repeats have fallen due when so much time has passed since the contact's start.
    #[must_use]
    pub fn repeats_due(&self, passed: Duration) -> u64 {
        self.of_contacts().due(passed)
    }

    fn of_contacts(&self) -> Pace {
        Pace {
            first_s: self.unanswered_s,
            soon: (self.repeat_soon_s, self.repeat_soon_times),
            later: (self.repeat_later_s, self.repeat_later_times),
            last_s: self.repeat_last_s,
        }
    }

    /// Of a supervisor's alarms; the first at once.
    pub(super) fn of_supervisors(&self) -> Pace {
        Pace {
            first_s: 0,
            soon: (self.supervisors_again_s, self.supervisors_again_times),
            later: (self.supervisors_later_s, self.supervisors_later_times),
            last_s: self.supervisors_last_s,
        }
    }
}

impl Pace {
    /// The `n`-th moment, from 1 on.
    pub(super) fn at(&self, n: u64) -> Duration {
        let after_first = n.saturating_sub(1);
        let soon = after_first.min(self.soon.1);
        let later = (after_first - soon).min(self.later.1);
        let last = after_first - soon - later;
        let times = |n: u64, every: u64| n.saturating_mul(every.max(1));
        let seconds = self.first_s.saturating_add(times(soon, self.soon.0));
        let seconds = seconds.saturating_add(times(later, self.later.0));
        Duration::from_secs(seconds.saturating_add(times(last, self.last_s)))
    }

    /// How many moments have come when so much time has passed.
    pub(super) fn due(&self, passed: Duration) -> u64 {
        let Some(after_first) = passed.as_secs().checked_sub(self.first_s) else {
            return 0;
        };
        let (soon_s, later_s, last_s) =
            (self.soon.0.max(1), self.later.0.max(1), self.last_s.max(1));
        let soon = (after_first / soon_s).min(self.soon.1);
        if soon < self.soon.1 {
            return 1 + soon;
        }
        let left = after_first.saturating_sub(soon.saturating_mul(soon_s));
        let later = (left / later_s).min(self.later.1);
        if later < self.later.1 {
            return 1 + soon + later;
        }
        1 + soon + later + left.saturating_sub(later.saturating_mul(later_s)) / last_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_come_each_minute_five_times_then_each_five_twelve_times_then_each_thirty() {
        let config = PlanConfig::default();
        let at: Vec<u64> = [1, 2, 6, 7, 18, 19, 20]
            .iter()
            .map(|n| config.repeat_at(*n).as_secs())
            .collect();
        assert_eq!(at, [60, 120, 360, 660, 3_960, 5_760, 7_560]);
        for n in 1..60 {
            let due = config.repeat_at(n);
            assert_eq!(config.repeats_due(due), n);
            assert_eq!(
                config.repeats_due(due - Duration::from_micros(1)),
                n - 1,
                "just before {n}"
            );
        }
    }

    #[test]
    fn supervisors_hear_for_an_hour_each_five_minutes_for_two_each_half_hour_then_hourly() {
        let pace = PlanConfig::default().of_supervisors();
        let at: Vec<u64> = [1, 2, 13, 14, 17, 18, 19]
            .iter()
            .map(|n| pace.at(*n).as_secs())
            .collect();
        assert_eq!(at, [0, 300, 3_600, 5_400, 10_800, 14_400, 18_000]);
        assert!((1..60).all(|n| pace.due(pace.at(n)) == n));
    }
}

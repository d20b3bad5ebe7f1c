//! When messages to a contact are repeated, by the settings.

use std::time::Duration;

use crate::config::PlanConfig;

impl PlanConfig {
    /// When the `n`-th repeat (from 1 on) after `unanswered_s` is due, as time since the contact's
    /// first message.
    #[must_use]
    pub fn repeat_at(&self, n: u64) -> Duration {
        let after_first = n.saturating_sub(1);
        let soon = after_first.min(self.repeat_soon_times);
        let later = (after_first - soon).min(self.repeat_later_times);
        let last = after_first - soon - later;
        let seconds = self
            .unanswered_s
            .saturating_add(soon.saturating_mul(self.repeat_soon_s.max(1)));
        let seconds = seconds.saturating_add(later.saturating_mul(self.repeat_later_s.max(1)));
        Duration::from_secs(seconds.saturating_add(last.saturating_mul(self.repeat_last_s.max(1))))
    }

    /// How many repeats have fallen due when so much time has passed since the contact's start.
    #[must_use]
    pub fn repeats_due(&self, passed: Duration) -> u64 {
        let passed = passed.as_secs();
        let Some(after_first) = passed.checked_sub(self.unanswered_s) else {
            return 0;
        };
        let (soon_s, later_s, last_s) = (
            self.repeat_soon_s.max(1),
            self.repeat_later_s.max(1),
            self.repeat_last_s.max(1),
        );
        let soon = (after_first / soon_s).min(self.repeat_soon_times);
        if soon < self.repeat_soon_times {
            return 1 + soon;
        }
        let left = after_first.saturating_sub(soon.saturating_mul(soon_s));
        let later = (left / later_s).min(self.repeat_later_times);
        if later < self.repeat_later_times {
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
}

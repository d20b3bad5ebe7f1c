//! A breaker per provider: a provider that is down must not hold a sender for five seconds a
//! message. Pure, but for the map that holds one breaker a provider.
//!
//! It opens at the fifth failure in a row, or at the first that has `patience` of nothing but
//! failures behind it. With a patience of the ten seconds less the longest send, that is within ten
//! seconds of the first failing request; then one probe a second goes through, and the first answer
//! closes it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::At;

/// Failures in a row that open it.
const IN_A_ROW: u32 = 5;
/// The time between two probes.
const PROBE_EVERY: Duration = Duration::from_secs(1);
/// A row that is held comes back after this long at the earliest …
const HOLD: Duration = Duration::from_secs(2);
/// … each so much after the one before, since a backlog that came back at once would do nothing but
/// be put back …
const APART: Duration = Duration::from_millis(2);
/// … and this long at the latest.
const LONGEST_HOLD: Duration = Duration::from_secs(30);

/// One provider's breaker.
#[derive(Debug, Default)]
pub struct Breaker {
    in_a_row: u32,
    /// Start of the first request of those that failed in a row.
    failing_since: Option<At>,
    last_good: Option<At>,
    /// Open when set: the moment from which the next probe may go.
    next_probe: Option<At>,
    /// When the row that was held last comes back.
    last_held: Option<At>,
}

impl Breaker {
    /// Whether a request may go now. Where it may as a probe, the next one has to wait a second.
    pub fn lets_through(&mut self, now: At) -> bool {
        match self.next_probe {
            None => true,
            Some(at) if now >= at => {
                self.next_probe = Some(now.plus(PROBE_EVERY));
                true
            }
            Some(_) => false,
        }
    }

    /// When a row comes back that was not let through.
    pub fn hold(&mut self, now: At) -> At {
        let after_the_last = self.last_held.map_or(now, |at| at.plus(APART));
        let back = after_the_last
            .max(now.plus(HOLD))
            .min(now.plus(LONGEST_HOLD));
        self.last_held = Some(back);
        back
    }

    /// The provider answered: a refusal is an answer too.
    pub fn answered(&mut self, now: At) {
        *self = Self {
            last_good: Some(now),
            ..Self::default()
        };
    }

    /// A request that began at `started` got no answer, or one that says "unavailable". A provider
    /// that has done nothing but fail for `patience` is down, however few the requests.
    pub fn failed(&mut self, started: At, now: At, patience: Duration) {
        if self.last_good.is_some_and(|good| good > started) {
            // Others were answered while this one waited: one lost request is no outage.
            return;
        }
        self.in_a_row += 1;
        let since = *self.failing_since.get_or_insert(started);
        if self.next_probe.is_none() && (self.in_a_row >= IN_A_ROW || now.since(since) >= patience)
        {
            self.next_probe = Some(now.plus(PROBE_EVERY));
        }
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.next_probe.is_some()
    }
}

/// The breakers of all providers, by `channel/sender`.
#[derive(Debug, Default)]
pub struct Breakers(Mutex<HashMap<String, Breaker>>);

impl Breakers {
    /// Runs `f` on the provider's breaker.
    pub fn with<T>(&self, provider: &str, f: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains_key(provider) {
            all.insert(provider.to_owned(), Breaker::default());
        }
        match all.get_mut(provider) {
            Some(breaker) => f(breaker),
            None => f(&mut Breaker::default()),
        }
    }

    /// All providers that were asked so far, and whether their breaker is open, in order.
    #[must_use]
    pub fn all(&self) -> Vec<(String, bool)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = all
            .iter()
            .map(|(name, breaker)| (name.clone(), breaker.is_open()))
            .collect();
        all.sort();
        all
    }

    /// The providers whose breaker is open, in order.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        self.all()
            .into_iter()
            .filter(|(_, open)| *open)
            .map(|(name, _)| name)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Duration = Duration::from_secs(5);

    fn at(ms: i64) -> At {
        At::from_micros(1_000_000_000 + ms * 1_000)
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_one_probe_a_second_goes_through() {
        let mut b = Breaker::default();
        for n in 0..5 {
            assert!(b.lets_through(at(n)), "closed until the fifth");
            b.failed(at(n), at(n + 1), FIVE);
        }
        assert!(b.is_open());
        assert!(!b.lets_through(at(500)));
        assert!(b.lets_through(at(1_010)));
        assert!(!b.lets_through(at(1_020)), "one probe, not two");
        assert!(b.lets_through(at(2_020)));
        b.answered(at(2_050));
        assert!(!b.is_open() && b.lets_through(at(2_051)));
    }

    #[test]
    fn a_lonely_time_out_opens_it_within_ten_seconds_of_its_start() {
        let mut b = Breaker::default();
        b.failed(at(0), at(5_000), FIVE);
        assert!(b.is_open());
    }

    #[test]
    fn one_lost_request_among_answered_ones_is_no_outage() {
        let mut b = Breaker::default();
        b.answered(at(3_000));
        for _ in 0..9 {
            b.failed(at(0), at(5_000), FIVE);
        }
        assert!(!b.is_open());
    }

    #[test]
    fn a_backlog_comes_back_row_by_row() {
        let mut b = Breaker::default();
        let backs: Vec<At> = (0..20_000).map(|_| b.hold(at(0))).collect();
        assert_eq!(
            (backs[0], backs[1], backs[19_999]),
            (at(2_000), at(2_002), at(30_000))
        );
        b.answered(at(40_000));
        assert_eq!(b.hold(at(50_000)), at(52_000));
    }

    #[test]
    fn each_provider_has_its_own() {
        let all = Breakers::default();
        all.with("fcm/mx.one", |b| b.failed(at(0), at(5_000), FIVE));
        assert_eq!(all.open(), ["fcm/mx.one"]);
        assert!(all.with("sms", |b| b.lets_through(at(0))));
    }
}

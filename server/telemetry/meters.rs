//! What is measured while it happens: a node's histograms, in seconds unless the name says
//! otherwise.
//!
//! An observation takes a short lock and allocates nothing. What can be read from the database or
//! from the rooms on request is not measured here.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use crate::clock::At;
use crate::ids::SubjectId;

/// Alerts whose first push is awaited, at most: past that some are not measured.
const AWAITED: usize = 10_000;
/// A push that has not been taken by then is another message's.
const TOO_LATE: Duration = Duration::from_secs(60);

/// Machines: a press, a push, a commit.
const FAST: [f64; 14] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];
/// People: an answer, a claim.
const SLOW: [f64; 12] = [
    5.0, 10.0, 20.0, 30.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1_800.0, 3_600.0,
];
/// Closures a commit.
const SIZES: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// Times of alerts, and how many feeds are open. One a node, shared by its rooms.
pub struct Meters {
    /// From a press that was read to the answer that is ready: waiting for its turn and the commit
    /// included.
    pub press_answer: Histogram,
    /// From a press to the first push to a contact that a provider took and that is written down.
    pub press_first_push: Histogram,
    /// From a press to the first answer of any contact.
    pub first_answer: Histogram,
    /// From the queue to the first claim.
    pub claim: Histogram,
    /// Operators' feeds that are open here.
    pub feeds: Gauge,
    awaited: Mutex<Awaited>,
}

/// Alerts whose first push is awaited.
#[derive(Default)]
struct Awaited {
    since: HashMap<SubjectId, At>,
    /// All that were put there, the oldest first; those whose push was taken are still among them.
    order: VecDeque<(SubjectId, At)>,
}

impl Awaited {
    /// Drops a few of the oldest, where they are past [`TOO_LATE`] or their push was taken. Two go
    /// for each that comes, so that a press has little to do and the queue stays short.
    fn drop_oldest(&mut self, now: At) {
        for _ in 0..2 {
            let Some((alert, at)) = self.order.front().copied() else {
                return;
            };
            let awaited = self.since.get(&alert) == Some(&at);
            if awaited && now.since(at) < TOO_LATE {
                return;
            }
            self.order.pop_front();
            if awaited {
                self.since.remove(&alert);
            }
        }
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            press_answer: Histogram::new(FAST),
            press_first_push: Histogram::new(FAST),
            first_answer: Histogram::new(SLOW),
            claim: Histogram::new(SLOW),
            feeds: Gauge::default(),
            awaited: Mutex::default(),
        }
    }
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meters(…)")
    }
}

impl Meters {
    /// A press: its first push is awaited from now on.
    pub fn pressed(&self, alert: SubjectId, now: At) {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.drop_oldest(now);
        if awaited.order.len() < AWAITED {
            awaited.since.insert(alert, now);
            awaited.order.push_back((alert, now));
        }
    }

    /// A push of the alarm was taken: counts for the first.
    pub fn push_taken(&self, alert: SubjectId, now: At) {
        let pressed = self
            .awaited
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .since
            .remove(&alert);
        if let Some(waited) = pressed
            .map(|at| now.since(at))
            .filter(|waited| *waited < TOO_LATE)
        {
            self.press_first_push.observe(waited.as_secs_f64());
        }
    }
}

/// The write path's.
#[derive(Clone, Debug)]
pub struct WriteMeters {
    /// Closures in one commit.
    pub group: Histogram,
    /// How long the COMMIT took.
    pub commit: Histogram,
}

impl Default for WriteMeters {
    fn default() -> Self {
        Self {
            group: Histogram::new(SIZES),
            commit: Histogram::new(FAST),
        }
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_first_push_counts_once_and_one_that_comes_too_late_not_at_all() {
        let (meters, begun) = (Meters::default(), At::from_micros(0));
        let after = |ms| begun.plus(Duration::from_millis(ms));
        let [one, late, unknown] = [1, 2, 3].map(|n| SubjectId(Uuid::from_u128(n)));
        meters.pressed(one, begun);
        meters.pressed(late, begun);
        meters.push_taken(one, after(40));
        meters.push_taken(one, after(50));
        meters.push_taken(unknown, after(50));
        meters.push_taken(late, after(60_000));
        let mut registry = Registry::default();
        registry.register("it", "It", meters.press_first_push);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        assert!(
            text.contains("it_count 1") && text.contains("it_sum 0.04\n"),
            "{text}"
        );
    }

    #[test]
    fn what_nobody_sends_is_not_kept_for_ever() {
        let (meters, begun) = (Meters::default(), At::from_micros(0));
        for n in 0..AWAITED {
            meters.pressed(SubjectId(Uuid::from_u128(n as u128)), begun);
        }
        let kept = || {
            let awaited = meters.awaited.lock().unwrap();
            (awaited.since.len(), awaited.order.len())
        };
        meters.pressed(SubjectId(Uuid::max()), begun);
        assert_eq!(kept(), (AWAITED, AWAITED), "full: one is not measured");
        meters.pressed(SubjectId(Uuid::max()), begun.plus(TOO_LATE));
        assert_eq!(kept(), (AWAITED - 1, AWAITED - 1), "a press drops two");
    }

    #[test]
    fn pushes_that_were_taken_make_room() {
        let (meters, begun) = (Meters::default(), At::from_micros(0));
        for n in 0..3 * AWAITED {
            let alert = SubjectId(Uuid::from_u128(n as u128));
            meters.pressed(alert, begun);
            meters.push_taken(alert, begun);
        }
        let awaited = meters.awaited.lock().unwrap();
        assert_eq!((awaited.since.len(), awaited.order.len()), (0, 1));
    }
}

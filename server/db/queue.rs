//! Two queues before the writers: alerts first, but nobody waits for ever.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::write::Job;
use super::{DbError, Lane};

/// A background closure that has waited for so long gets every fourth place, however many alerts there are.
const PATIENCE: Duration = Duration::from_millis(250);
/// Closures that may wait in one lane. Past that the caller hears "busy" at once instead of filling the memory.
const MOST_WAITING: usize = 20_000;

/// What a writer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    AlertsOnly,
    Everything,
}

struct Waiting {
    job: Box<dyn Job>,
    since: Instant,
}

#[derive(Default)]
struct State {
    alerts: VecDeque<Waiting>,
    background: VecDeque<Waiting>,
    alerts_in_a_row: u32,
    idle_for_alerts: usize,
    closed: bool,
}

impl State {
    fn pick(&mut self, takes: Takes) -> Option<Box<dyn Job>> {
        let impatient = self.background.front().is_some_and(|first| first.since.elapsed() > PATIENCE);
        let turn = takes == Takes::Everything && impatient && self.alerts_in_a_row >= 3;
        let alert = if turn { None } else { self.alerts.pop_front() };
        if let Some(waiting) = alert {
            self.alerts_in_a_row = self.alerts_in_a_row.saturating_add(1);
            return Some(waiting.job);
        }
        if takes == Takes::AlertsOnly {
            return None;
        }
        self.alerts_in_a_row = 0;
        self.background.pop_front().map(|waiting| waiting.job)
    }
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    for_alerts: Condvar,
    for_everything: Condvar,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, lane: Lane, job: Box<dyn Job>) -> Result<(), DbError> {
        let mut state = self.state();
        if state.closed {
            return Err(DbError::Unreachable);
        }
        let lane_of = match lane {
            Lane::Alert => &mut state.alerts,
            Lane::Background => &mut state.background,
        };
        if lane_of.len() >= MOST_WAITING {
            return Err(DbError::Busy);
        }
        lane_of.push_back(Waiting { job, since: Instant::now() });
        if lane == Lane::Alert && state.idle_for_alerts > 0 {
            self.for_alerts.notify_one();
        } else {
            self.for_everything.notify_one();
        }
        Ok(())
    }

    /// The next closure, when there is one; none once the queue is closed and empty.
    pub(super) fn next(&self, takes: Takes) -> Option<Box<dyn Job>> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.pick(takes) {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = match takes {
                Takes::AlertsOnly => {
                    state.idle_for_alerts += 1;
                    let mut woken = self.for_alerts.wait(state).unwrap_or_else(PoisonError::into_inner);
                    woken.idle_for_alerts -= 1;
                    woken
                }
                Takes::Everything => self.for_everything.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    pub(super) fn try_next(&self, takes: Takes) -> Option<Box<dyn Job>> {
        self.state().pick(takes)
    }

    /// Whether a writer of this kind would have to wait.
    pub(super) fn is_empty(&self, takes: Takes) -> bool {
        let state = self.state();
        state.alerts.is_empty() && (takes == Takes::AlertsOnly || state.background.is_empty())
    }

    /// How many wait in each lane, and how long the first of them has.
    pub(super) fn lengths(&self) -> [(usize, Duration); 2] {
        let state = self.state();
        [&state.alerts, &state.background]
            .map(|lane| (lane.len(), lane.front().map_or(Duration::ZERO, |first| first.since.elapsed())))
    }

    /// No more is taken in; what waits is still written.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.for_alerts.notify_all();
        self.for_everything.notify_all();
    }
}

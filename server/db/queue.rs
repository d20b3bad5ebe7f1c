//! Two queues before the writers: alerts first, but background work does not wait for ever.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::write_job::WriteJob;
use super::{DbError, WritePriority};

/// A background closure that has waited for so long gets every fourth place, however many alerts
/// there are.
const PROMOTE_AFTER: Duration = Duration::from_millis(250);
/// Closures that may wait in one lane. Past that the caller hears "busy" at once instead of filling
/// the memory.
const MOST_WAITING: usize = 20_000;

/// What a writer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    AlertsOnly,
    Everything,
}

struct Waiting {
    job: Box<dyn WriteJob>,
    since: Instant,
}

#[derive(Default)]
struct State {
    alerts: VecDeque<Waiting>,
    background: VecDeque<Waiting>,
    alerts_in_a_row: u32,
    for_alerts: Idle,
    for_everything: Idle,
    closed: bool,
}

/// Writers of one kind that wait. Who was called but has not woken yet is not there to be called
/// again: a second call would be lost, and a closure would wait beside a writer that sleeps.
#[derive(Default)]
struct Idle {
    waiting: usize,
    called: usize,
}

impl Idle {
    fn call(&mut self) -> bool {
        let is_one_idle = self.waiting > self.called;
        self.called += usize::from(is_one_idle);
        is_one_idle
    }
}

/// A closure and the lane it waited in.
pub(super) type Picked = (Box<dyn WriteJob>, WritePriority);

impl State {
    fn is_impatient(&self) -> bool {
        self.background
            .front()
            .is_some_and(|first| first.since.elapsed() > PROMOTE_AFTER)
    }

    /// Whether it is the background's turn although alerts wait.
    fn is_backgrounds_turn(&self, takes: Takes) -> bool {
        takes == Takes::Everything && self.alerts_in_a_row >= 3 && self.is_impatient()
    }

    /// Whether the closure that [`State::pick`] would give may share a transaction with others.
    fn next_shares(&self, takes: Takes) -> bool {
        let (alert, background) = (self.alerts.front(), self.background.front());
        let next = match takes {
            _ if self.is_backgrounds_turn(takes) => background,
            Takes::AlertsOnly => alert,
            Takes::Everything => alert.or(background),
        };
        next.is_some_and(|waiting| waiting.job.is_idempotent())
    }

    fn pick(&mut self, takes: Takes) -> Option<Picked> {
        let turn = self.is_backgrounds_turn(takes);
        let alert = if turn { None } else { self.alerts.pop_front() };
        if let Some(waiting) = alert {
            self.alerts_in_a_row = self.alerts_in_a_row.saturating_add(1);
            return Some((waiting.job, WritePriority::Alert));
        }
        if takes == Takes::AlertsOnly {
            return None;
        }
        self.alerts_in_a_row = 0;
        self.background
            .pop_front()
            .map(|waiting| (waiting.job, WritePriority::Background))
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

    pub(super) fn push(
        &self,
        priority: WritePriority,
        job: Box<dyn WriteJob>,
    ) -> Result<(), DbError> {
        let mut state = self.state();
        if state.closed {
            return Err(DbError::Unreachable);
        }
        let lane_of = match priority {
            WritePriority::Alert => &mut state.alerts,
            WritePriority::Background => &mut state.background,
        };
        if lane_of.len() >= MOST_WAITING {
            return Err(DbError::Busy);
        }
        lane_of.push_back(Waiting {
            job,
            since: Instant::now(),
        });
        self.call(&mut state, priority);
        Ok(())
    }

    /// Wakes one that takes this lane, the one kept for alerts first.
    fn call(&self, state: &mut State, priority: WritePriority) {
        if priority == WritePriority::Alert && state.for_alerts.call() {
            self.for_alerts.notify_one();
        } else if state.for_everything.call() {
            self.for_everything.notify_one();
        }
    }

    /// The next closure, when there is one; none once the queue is closed and empty.
    pub(super) fn next(&self, takes: Takes) -> Option<Picked> {
        let (called, idle): (_, fn(&mut State) -> &mut Idle) = match takes {
            Takes::AlertsOnly => (&self.for_alerts, |s| &mut s.for_alerts),
            Takes::Everything => (&self.for_everything, |s| &mut s.for_everything),
        };
        let mut state = self.state();
        loop {
            if let Some(picked) = state.pick(takes) {
                return Some(picked);
            }
            if state.closed {
                return None;
            }
            // The writer that was woken for an alert took another one first, so this one looks
            // again.
            if !state.background.is_empty() {
                self.call(&mut state, WritePriority::Background);
            }
            idle(&mut state).waiting += 1;
            state = called
                .wait_while(state, |s| idle(s).called == 0 && !s.closed)
                .unwrap_or_else(PoisonError::into_inner);
            let idle = idle(&mut state);
            (idle.waiting, idle.called) = (idle.waiting - 1, idle.called.saturating_sub(1));
        }
    }

    /// One more for a group. Behind an alert comes no background closure, since the alert's answer
    /// would wait for it, unless that one has lost its patience. Unless `any` may share the group's
    /// transaction, it ends before a closure that is not idempotent.
    pub(super) fn try_next(&self, takes: Takes, holds_alert: bool, any: bool) -> Option<Picked> {
        let mut state = self.state();
        let takes = if holds_alert && !state.is_impatient() {
            Takes::AlertsOnly
        } else {
            takes
        };
        if !any && !state.next_shares(takes) {
            return None;
        }
        state.pick(takes)
    }

    /// Whether a writer of this kind would have to wait.
    pub(super) fn is_empty(&self, takes: Takes) -> bool {
        let state = self.state();
        state.alerts.is_empty() && (takes == Takes::AlertsOnly || state.background.is_empty())
    }

    /// How many wait in each lane, and how long the first of them has.
    pub(super) fn lengths(&self) -> [(usize, Duration); 2] {
        let state = self.state();
        [&state.alerts, &state.background].map(|priority| {
            (
                priority.len(),
                priority
                    .front()
                    .map_or(Duration::ZERO, |first| first.since.elapsed()),
            )
        })
    }

    /// No more is taken in; what waits is still written.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.for_alerts.notify_all();
        self.for_everything.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::super::Conn;
    use super::super::write_job::Ran;
    use super::*;

    struct Nothing;

    impl WriteJob for Nothing {
        fn run(&mut self, _: &mut Conn) -> Ran {
            Ran::Fine
        }
        fn fail(&mut self, _: DbError) {}
        fn is_idempotent(&self) -> bool {
            false
        }
        fn reply(self: Box<Self>) {}
    }

    fn waiting(since: Instant) -> VecDeque<Waiting> {
        (0..8)
            .map(|_| Waiting {
                job: Box::new(Nothing),
                since,
            })
            .collect()
    }

    fn order(mut state: State, takes: Takes) -> String {
        let letter = |(_, priority)| {
            if priority == WritePriority::Alert {
                'a'
            } else {
                'b'
            }
        };
        std::iter::from_fn(|| state.pick(takes))
            .map(letter)
            .collect()
    }

    #[test]
    fn alerts_come_first() {
        let now = Instant::now();
        let state = State {
            alerts: waiting(now),
            background: waiting(now),
            ..State::default()
        };
        assert_eq!(order(state, Takes::Everything), "aaaaaaaabbbbbbbb");
    }

    #[test]
    fn background_work_that_has_waited_gets_every_fourth_place() {
        let long_ago = Instant::now().checked_sub(PROMOTE_AFTER * 2).unwrap();
        let state = State {
            alerts: waiting(Instant::now()),
            background: waiting(long_ago),
            ..State::default()
        };
        assert_eq!(order(state, Takes::Everything), "aaabaaabaabbbbbb");
    }

    #[test]
    fn the_writer_kept_for_alerts_takes_nothing_else() {
        let long_ago = Instant::now().checked_sub(PROMOTE_AFTER * 2).unwrap();
        let state = State {
            alerts: waiting(long_ago),
            background: waiting(long_ago),
            ..State::default()
        };
        assert_eq!(order(state, Takes::AlertsOnly), "aaaaaaaa");
    }

    #[test]
    fn behind_an_alert_a_group_takes_only_alerts() {
        let queue = Queue::default();
        queue
            .push(WritePriority::Background, Box::new(Nothing))
            .unwrap();
        assert!(queue.try_next(Takes::Everything, true, true).is_none());
        assert!(queue.try_next(Takes::Everything, false, true).is_some());
    }

    #[test]
    fn a_closure_that_may_not_share_ends_the_group() {
        let queue = Queue::default();
        queue.push(WritePriority::Alert, Box::new(Nothing)).unwrap();
        assert!(queue.try_next(Takes::Everything, true, false).is_none());
        assert!(queue.try_next(Takes::Everything, true, true).is_some());
    }

    #[test]
    fn none_sleeps_while_work_waits_that_it_could_do() {
        use std::sync::Arc;
        use std::sync::mpsc::channel;
        let queue = Arc::new(Queue::default());
        let (took, taken) = channel();
        let writers: Vec<_> = [Takes::AlertsOnly, Takes::Everything, Takes::Everything]
            .into_iter()
            .map(|takes| {
                let (queue, took) = (Arc::clone(&queue), took.clone());
                std::thread::spawn(move || {
                    while let Some((_, priority)) = queue.next(takes) {
                        // Busy until the other has been taken as well.
                        let (done, both) = channel::<()>();
                        took.send((priority, done)).unwrap();
                        both.recv().unwrap_err();
                    }
                })
            })
            .collect();
        for lanes in [
            [WritePriority::Alert, WritePriority::Background],
            [WritePriority::Alert, WritePriority::Alert],
        ]
        .into_iter()
        .cycle()
        .take(4_000)
        {
            for priority in lanes {
                queue.push(priority, Box::new(Nothing)).unwrap();
            }
            let busy = [(); 2].map(|()| {
                taken
                    .recv_timeout(Duration::from_secs(5))
                    .expect("one is left waiting")
            });
            drop(busy);
        }
        queue.close();
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    }

    #[test]
    fn a_lane_that_is_full_says_busy_at_once() {
        let queue = Queue::default();
        for _ in 0..MOST_WAITING {
            queue
                .push(WritePriority::Background, Box::new(Nothing))
                .unwrap();
        }
        assert_eq!(
            queue.push(WritePriority::Background, Box::new(Nothing)),
            Err(DbError::Busy)
        );
        assert_eq!(queue.push(WritePriority::Alert, Box::new(Nothing)), Ok(()));
        queue.close();
        assert_eq!(
            queue.push(WritePriority::Alert, Box::new(Nothing)),
            Err(DbError::Unreachable)
        );
    }
}

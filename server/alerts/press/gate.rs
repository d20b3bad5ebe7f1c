//! Presses worked on at once. More wait their turn, so that they cannot starve the sending; none is
//! refused.
//!
//! What: a turn of `raises_in_flight`, and before it the presser's own line. Invariant: of one
//! person's presses one at a time has a turn or waits for it; they would only wait for each other at
//! her row. So a phone that presses a thousand times at once delays no press of another woman. On
//! failure: a press that is given up leaves both lines.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedMutexGuard, Semaphore, SemaphorePermit};

use crate::ids::PersonId;

/// The gate, and how many presses wait at it.
pub(in crate::alerts) struct Gate {
    turns: Semaphore,
    waiting: AtomicUsize,
    lines: Mutex<HashMap<PersonId, Line>>,
}

/// One person's presses, in order.
#[derive(Default)]
struct Line {
    first: Arc<tokio::sync::Mutex<()>>,
    presses: usize,
}

/// A press waits at the gate; it no longer does when this is dropped.
struct Waits<'g>(&'g AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A press is in its person's line until this is dropped.
struct InLine<'g>(&'g Gate, PersonId);

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let mut lines = self.0.lines();
        if let Some(line) = lines.get_mut(&self.1) {
            line.presses -= 1;
            if line.presses == 0 {
                lines.remove(&self.1);
            }
        }
    }
}

/// A turn, which ends when this is dropped.
pub(in crate::alerts) struct Turn<'g> {
    _turn: Option<SemaphorePermit<'g>>,
    _first: OwnedMutexGuard<()>,
    _in_line: InLine<'g>,
}

impl Gate {
    pub(in crate::alerts) fn new(at_once: usize) -> Self {
        Self {
            turns: Semaphore::new(at_once),
            waiting: AtomicUsize::new(0),
            lines: Mutex::default(),
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<PersonId, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn of this person's.
    pub(in crate::alerts) async fn turn(&self, person: PersonId) -> Turn<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waits = Waits(&self.waiting);
        let first = {
            let mut lines = self.lines();
            let line = lines.entry(person).or_default();
            line.presses += 1;
            Arc::clone(&line.first)
        };
        let in_line = InLine(self, person);
        let first = first.lock_owned().await;
        Turn {
            // The gate is never closed.
            _turn: self.turns.acquire().await.ok(),
            _first: first,
            _in_line: in_line,
        }
    }

    /// Presses that wait.
    pub(in crate::alerts) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_press_that_waits_is_counted_until_its_turn_comes_or_it_is_given_up() {
        let gate = Gate::new(1);
        let [a, b, c] = std::array::from_fn(|_| PersonId::new());
        let first = gate.turn(a).await;
        assert_eq!(gate.waiting(), 0);
        let mut second = Box::pin(gate.turn(b));
        let mut third = Box::pin(gate.turn(c));
        assert!(
            second.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none()
        );
        assert_eq!(gate.waiting(), 2);
        drop(third);
        assert_eq!(gate.waiting(), 1);
        drop(first);
        let second = second.await;
        assert_eq!(gate.waiting(), 0);
        drop(second);
        assert!(gate.lines().is_empty());
    }

    #[tokio::test]
    async fn a_thousand_presses_of_one_person_delay_no_press_of_another() {
        let gate = Gate::new(2);
        let (hammers, other) = (PersonId::new(), PersonId::new());
        let first = gate.turn(hammers).await;
        let mut more: Vec<_> = (0..1_000).map(|_| Box::pin(gate.turn(hammers))).collect();
        for press in &mut more {
            assert!(press.as_mut().now_or_never().is_none());
        }
        drop(gate.turn(other).now_or_never().unwrap());
        // Each of them comes, one after the other.
        drop(first);
        for press in more {
            drop(press.await);
        }
        assert!(gate.lines().is_empty());
    }
}

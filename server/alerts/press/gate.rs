//! Presses worked on at once. More wait their turn, so that they cannot starve the sending; none is
//! refused.
//!
//! What: a turn of `raises_in_flight`, and before it the presser's own line. Invariant: of one
//! person's presses one at a time has a turn or waits for it; they would only wait for each other at
//! her row. So a phone that presses a thousand times at once delays no press of another woman. In a
//! line wait presses whose caller is there to be answered, and at most two others: one in earnest and
//! one drill. On failure: a press that is given up leaves both lines.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::select;
use tokio::sync::{OwnedMutexGuard, Semaphore, SemaphorePermit};

use crate::http::HungUp;
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
    /// Those that wait for the first place.
    waiting: usize,
    /// Of these, those in earnest.
    in_earnest: usize,
}

/// A press waits at the gate; it no longer does when this is dropped.
struct Waits<'g>(&'g AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A press is in its person's line until this is dropped.
struct InLine<'g> {
    gate: &'g Gate,
    person: PersonId,
    drill: bool,
    waits: bool,
}

impl InLine<'_> {
    /// Stops to wait: always with a place at hand, else only where another press of hers waits that
    /// tells as much. A press in earnest is not left to a drill.
    fn waits_no_more(&mut self, has_place: bool) -> bool {
        let mut lines = self.gate.lines();
        let Some(line) = lines.get_mut(&self.person).filter(|_| self.waits) else {
            return false;
        };
        let as_much = if self.drill {
            line.waiting
        } else {
            line.in_earnest
        };
        if has_place || as_much > 1 {
            line.waiting -= 1;
            line.in_earnest -= usize::from(!self.drill);
            self.waits = false;
        }
        !self.waits
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.waits_no_more(true);
        let mut lines = self.gate.lines();
        if let Some(line) = lines.get_mut(&self.person) {
            line.presses -= 1;
            if line.presses == 0 {
                lines.remove(&self.person);
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

    /// Waits for a turn of this person's. `None`: the caller has hung up, and another press of hers
    /// waits that tells as much.
    pub(in crate::alerts) async fn turn(
        &self,
        person: PersonId,
        drill: bool,
        mut hung_up: HungUp,
    ) -> Option<Turn<'_>> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waits = Waits(&self.waiting);
        let first = {
            let mut lines = self.lines();
            let line = lines.entry(person).or_default();
            line.presses += 1;
            line.waiting += 1;
            line.in_earnest += usize::from(!drill);
            Arc::clone(&line.first)
        };
        let mut in_line = InLine {
            gate: self,
            person,
            drill,
            waits: true,
        };
        let mut place = pin!(first.lock_owned());
        let first = select! {
            biased;
            first = &mut place => first,
            () = hung_up.happened() => match in_line.waits_no_more(false) {
                true => return None,
                false => place.await,
            },
        };
        in_line.waits_no_more(true);
        Some(Turn {
            // The gate is never closed.
            _turn: self.turns.acquire().await.ok(),
            _first: first,
            _in_line: in_line,
        })
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

    /// A press in earnest whose caller stays on the line.
    async fn stays(gate: &Gate, person: PersonId) -> Turn<'_> {
        let turn = gate.turn(person, false, HungUp::default()).await;
        turn.unwrap()
    }

    #[tokio::test]
    async fn a_press_that_waits_is_counted_until_its_turn_comes_or_it_is_given_up() {
        let gate = Gate::new(1);
        let [a, b, c] = std::array::from_fn(|_| PersonId::new());
        let first = stays(&gate, a).await;
        assert_eq!(gate.waiting(), 0);
        let mut second = Box::pin(stays(&gate, b));
        let mut third = Box::pin(stays(&gate, c));
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
        let first = stays(&gate, hammers).await;
        let mut more: Vec<_> = (0..1_000)
            .map(|_| Box::pin(stays(&gate, hammers)))
            .collect();
        for press in &mut more {
            assert!(press.as_mut().now_or_never().is_none());
        }
        drop(stays(&gate, other).now_or_never().unwrap());
        // Each of them comes, one after the other.
        drop(first);
        for press in more {
            drop(press.await);
        }
        assert!(gate.lines().is_empty());
    }

    #[tokio::test]
    async fn of_presses_whose_callers_hang_up_one_waits_and_one_in_earnest_is_not_left_to_a_drill()
    {
        let gate = Gate::new(2);
        let hammers = PersonId::new();
        let first = stays(&gate, hammers).await;
        let (mut callers, mut presses) = (Vec::new(), Vec::new());
        for n in 0..100 {
            let (caller, gone) = HungUp::of_a_caller();
            callers.push(caller);
            presses.push(Box::pin(gate.turn(hammers, n % 2 == 0, gone)));
        }
        let mut answered = Box::pin(stays(&gate, hammers));
        assert!(answered.as_mut().now_or_never().is_none());
        for press in &mut presses {
            assert!(press.as_mut().now_or_never().is_none());
        }
        assert_eq!(gate.waiting(), 101);
        drop(callers);
        presses.retain_mut(|press| press.as_mut().now_or_never().is_none());
        assert_eq!(
            (presses.len(), gate.waiting()),
            (0, 1),
            "one waits that is answered"
        );
        // Without that, one of each kind.
        drop(answered);
        let mut presses: Vec<_> = [true, false, true, false]
            .map(|drill| {
                let (_, gone) = HungUp::of_a_caller();
                Box::pin(gate.turn(hammers, drill, gone))
            })
            .into();
        presses.retain_mut(|press| press.as_mut().now_or_never().is_none());
        assert_eq!(presses.len(), 2);
        drop(first);
        for press in presses {
            drop(press.await.unwrap());
        }
        assert!(gate.lines().is_empty());
    }
}

//! Presses worked on at once. More wait their turn, so that they cannot starve the sending; none is
//! refused.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

/// The gate, and how many stand before it.
pub(in crate::alerts) struct Gate {
    turns: Semaphore,
    waiting: AtomicUsize,
}

/// Stands before the gate; a caller that hangs up stands there no longer.
struct Stands<'g>(&'g AtomicUsize);

impl Drop for Stands<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    pub(in crate::alerts) fn new(at_once: usize) -> Self {
        Self {
            turns: Semaphore::new(at_once),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Waits for a turn, which ends when the permit is dropped. The gate is never closed.
    pub(in crate::alerts) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _stands = Stands(&self.waiting);
        self.turns.acquire().await.ok()
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
    async fn who_waits_is_counted_until_the_turn_comes_or_the_caller_hangs_up() {
        let gate = Gate::new(1);
        let first = gate.turn().await;
        assert_eq!(gate.waiting(), 0);
        let mut second = Box::pin(gate.turn());
        let mut third = Box::pin(gate.turn());
        assert!(
            second.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none()
        );
        assert_eq!(gate.waiting(), 2);
        drop(third);
        assert_eq!(gate.waiting(), 1);
        drop(first);
        let second = second.await;
        assert_eq!((second.is_some(), gate.waiting()), (true, 0));
    }
}

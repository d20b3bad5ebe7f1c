//! Loops that must not end unnoticed.
//!
//! What: [`watched`] runs a loop until the server stops. Invariant: a loop that panics or returns
//! earlier raises an alarm and is started again after 1 s, however often. Path: the caller gives a
//! function that begins the loop anew, and keeps outside of it what must outlive a panic, such as
//! the receiving end of a channel. On failure: a loop that hangs is not noticed here.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;

/// The pause before a loop is started again.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs the loop that `begin` begins until `stop` turns true. `name` is stable: alarms carry it.
pub async fn watched<F: Future<Output = ()>>(
    name: &'static str,
    mut stop: watch::Receiver<bool>,
    mut begin: impl FnMut() -> F,
) {
    loop {
        let ended = AssertUnwindSafe(async { begin().await })
            .catch_unwind()
            .await;
        if ended.is_err() {
            tracing::error!(alarm = true, worker = name, "a loop panicked");
        }
        if *stop.borrow() {
            return;
        }
        if ended.is_ok() {
            tracing::error!(alarm = true, worker = name, "a loop ended before the stop");
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            // Also where the sender is gone: then no stop can come any more.
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_panics_twice_is_started_again_and_the_stop_ends_it() {
        let (stop, stopping) = watch::channel(false);
        let begun = AtomicU32::new(0);
        let begin = || async {
            match begun.fetch_add(1, Ordering::SeqCst) {
                0 | 1 => panic!("the code fails"),
                // Returns too early.
                2 => {}
                _ => {
                    stop.send_replace(true);
                }
            }
        };
        watched("test", stopping, begin).await;
        assert_eq!(begun.load(Ordering::SeqCst), 4);
    }
}

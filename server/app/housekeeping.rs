//! What a node does beside its rooms: it reads the keys that another node or the command line has
//! added, has done each day what the rooms destroy on schedule, and gives back at its end what it
//! had drawn ahead.

use std::fmt::Display;
use std::time::Duration;

use tokio::sync::watch;

use crate::alerts::Alerts;
use crate::clock::Clock;
use crate::foundation::Foundation;

const EVERY: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_secs(60 * 60);
const DAILY: Duration = Duration::from_secs(24 * 60 * 60);

/// Does `pass` soon after the start and then once a day, until `stop` is set. On a manual clock
/// tests call it.
pub(super) async fn daily<T, E: Display>(
    clock: Clock,
    what: &'static str,
    mut stop: watch::Receiver<bool>,
    pass: impl AsyncFn() -> Result<T, E>,
) {
    let mut wait = SOON;
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.changed() => continue,
        }
        wait = DAILY;
        if clock.is_manual() {
            continue;
        }
        if let Err(error) = pass().await {
            tracing::error!(what, %error, "what is past retention could not be destroyed; tried again in an hour");
            wait = AGAIN;
        }
    }
}

/// Reads new seal keys each minute until `stop` is set, so that what another node seals with one
/// opens here at once.
pub(super) async fn refresh_keys(foundation: Foundation, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => continue,
        }
        if let Err(error) = foundation.keys.refresh() {
            tracing::error!(%error, "the key directory cannot be read");
        }
    }
}

/// When the server stops, unused folios are given back; without it they are skipped.
pub(super) async fn give_back_folios(alerts: Alerts, mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
    if let Err(error) = alerts.give_back_folios().await {
        tracing::warn!(%error, "folios drawn ahead are skipped");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pass_comes_soon_after_the_start_then_daily_and_after_a_failure_in_an_hour() {
        let begun = tokio::time::Instant::now();
        let (stop, stopping) = watch::channel(false);
        let at = RefCell::new(Vec::new());
        let pass = async || {
            at.borrow_mut().push(begun.elapsed().as_secs());
            match at.borrow().len() {
                2 => Err("the database is away"),
                4 => Ok(stop.send_replace(true)),
                _ => Ok(false),
            }
        };
        daily(Clock::system(), "test", stopping, pass).await;
        assert_eq!(
            *at.borrow(),
            [
                60,
                60 + 86_400,
                60 + 86_400 + 3_600,
                60 + 2 * 86_400 + 3_600
            ]
        );
    }
}

//! Looks for a restore while the server runs.

use std::time::Duration;

use tokio::sync::watch;

use super::high_water::look;
use crate::alerts::Alerts;

const PERIOD: Duration = Duration::from_secs(10);
const ALARM_EACH: Duration = Duration::from_secs(300);

/// Looks for a restore every ten seconds, and raises the alarm while one waits for its release,
/// until `stop` is set. On a manual clock tests call [`look`].
pub async fn run(alerts: Alerts, mut stop: watch::Receiver<bool>) {
    let mut alarmed: Option<tokio::time::Instant> = None;
    while !*stop.borrow() {
        if !alerts.foundation.clock.is_manual() {
            match look(&alerts.foundation).await {
                Ok(None) => alarmed = None,
                Ok(Some(_)) if alarmed.is_none_or(|at| at.elapsed() >= ALARM_EACH) => {
                    alarmed = Some(tokio::time::Instant::now());
                    tracing::error!(
                        alarm = true,
                        "the database was restored: alerts from before say nothing until `ampara restore --release`"
                    );
                }
                Ok(Some(_)) => {}
                Err(error) => {
                    tracing::error!(alarm = error.is_ours(), %error, "a restore would not be noticed");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stop.changed() => {}
        }
    }
}

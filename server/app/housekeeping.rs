//! What a node does beside its rooms: it reads the keys that another node or the command line has added, and gives back at
//! its end what it had drawn ahead.

use std::time::Duration;

use tokio::sync::watch;

use crate::alerts::Alerts;
use crate::foundation::Foundation;

const EVERY: Duration = Duration::from_secs(60);

/// Reads new seal keys each minute until `stop` is set, so that what another node seals with one opens here at once.
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

/// When the server stops, the folios that nobody used are given back; without it they are skipped.
pub(super) async fn give_back_folios(alerts: Alerts, mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
    if let Err(error) = alerts.give_back_folios().await {
        tracing::warn!(%error, "folios drawn ahead are skipped");
    }
}

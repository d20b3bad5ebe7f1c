//! Keeps the index of centres fresh, so that no press has to build one.

use std::time::Duration;

use tokio::sync::watch;

use super::CentreCache;
use crate::db::Db;

/// How often the change mark is compared without a hint.
const EVERY: Duration = Duration::from_secs(1);

/// Builds a new index when the change mark has moved, until told to stop. The build runs on a
/// common reader of the database; the old index is used meanwhile.
pub async fn keep_fresh(cache: CentreCache, db: Db, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let index = cache.clone();
        if let Err(error) = db.read(move |conn| index.get(conn)).await {
            tracing::warn!(%error, "the centres were not read anew");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = cache.outdated() => {}
            _ = stop.changed() => {}
        }
    }
}

//! Asks the plan, on a nudge or on a period: the path that notifies at once is the path that
//! recovers after a crash.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;
use tracing::Instrument as _;

use super::context::{Extent, StepContext};
use super::step::step;
use crate::alerts::{AlertError, Alerts, replies, store};
use crate::clock::At;
use crate::db::WritePriority;
use crate::ids::AlertId;

/// Plans asked in one look at the database.
const BATCH: i64 = 100;
/// Plans asked at once: they are committed together, so that many that fall due at one moment do
/// not wait for each other.
const AT_ONCE: usize = 16;
/// A plan that failed is asked again after that long, so that it holds up no other.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Each time a plan has failed this often in a row, ops get an alarm.
const TRIES: i64 = 3;

/// Reads what came in from outside, then asks every plan that is due by now. Returns how many of
/// both.
///
/// # Errors
/// The database, when the list of due plans cannot be read.
pub async fn tick(alerts: &Alerts) -> Result<usize, AlertError> {
    // No plan waits for answers that cannot be read.
    let mut asked = replies::read(alerts).await.unwrap_or_else(|error| {
        let alarm = error.is_ours();
        tracing::error!(alarm, %error, "answers from outside cannot be read");
        0
    });
    loop {
        let now = alerts.now();
        let due = alerts
            .foundation
            .db
            .read(move |conn| store::due(conn, now, BATCH))
            .await?;
        let more = i64::try_from(due.len()).is_ok_and(|n| n == BATCH);
        asked += due.len();
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, |alert| {
                ask(alerts, alert).instrument(tracing::info_span!("plan", %alert))
            })
            .await;
        if !more {
            return Ok(asked);
        }
    }
}

/// One due plan, in a transaction of its own. A failure is logged by id and put off: the others go
/// on.
async fn ask(alerts: &Alerts, alert: AlertId) {
    let now = alerts.now();
    let Err(error) = ask_for(alerts, alert, Extent::Whole, now).await else {
        return;
    };
    tracing::error!(%alert, %error, "the plan of an alert could not be asked; it is put off and tried again");
    if Extent::Whole.instead(&error) == Some(Extent::ContactsAlone)
        && let Err(error) = ask_for(alerts, alert, Extent::ContactsAlone, now).await
    {
        tracing::error!(%alert, %error, "nor could it be asked for her contacts alone");
    }
    put_off(alerts, alert, now).await;
}

async fn ask_for(
    alerts: &Alerts,
    alert: AlertId,
    extent: Extent,
    now: At,
) -> Result<(), AlertError> {
    let ctx = StepContext {
        extent,
        ..alerts.step_context()
    };
    let asked = alerts
        .foundation
        .db
        .write(WritePriority::Alert, move |conn| {
            let still_due = store::take(conn, alert)?
                .and_then(|row| row.plan_due_at)
                .is_some_and(|due| due <= now);
            if still_due {
                step(conn, &ctx, alert, now).map(Some)
            } else {
                Ok(None)
            }
        })
        .await?;
    if let Some(stepped) = asked {
        tracing::debug!(messages = stepped.messages.len(), "the plan was asked");
        alerts.after(stepped);
    }
    Ok(())
}

/// A plan that fails goes on being asked, however often it has failed; its failures are counted
/// where those who run the server see them.
async fn put_off(alerts: &Alerts, alert: AlertId, now: At) {
    let later = now.plus(AGAIN_AFTER);
    match alerts
        .foundation
        .db
        .write(WritePriority::Alert, move |conn| {
            store::put_off(conn, alert, later)
        })
        .await
    {
        Ok(Some(failures)) if failures % TRIES == 0 => {
            tracing::error!(alarm = true, %alert, failures, "the plan of an open alert fails each time: nothing more is done about it");
        }
        Ok(_) => {}
        Err(error) => {
            tracing::error!(alarm = true, %alert, %error, "a plan that failed could not be put off");
        }
    }
}

/// The engine's loop, until `stop` is set. On a manual clock it waits for tests to call [`tick`].
pub async fn run(alerts: Alerts, mut stop: watch::Receiver<bool>) {
    let period = Duration::from_millis(alerts.foundation.config.alerts.engine_period_ms.max(10));
    while !*stop.borrow() {
        if !alerts.foundation.clock.is_manual()
            && let Err(error) = tick(&alerts).await
        {
            tracing::error!(%error, "the engine could not read which plans are due");
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = alerts.foundation.bus.engine_nudged() => {}
            _ = stop.changed() => {}
        }
    }
}

//! Asks the plan, on a nudge or on a period: the path that notifies at once is the path that
//! recovers after a crash.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;
use tracing::Instrument as _;

use super::context::{Extent, StepContext};
use super::step::step;
use crate::alerts::{AlertError, Alerts, replies, store};
use crate::clock::At;
use crate::db::WritePriority;
use crate::escalation::shift;
use crate::ids::AlertId;
use crate::moments::PLAN_DUE;

/// Plans asked in one look at the database.
const BATCH: i64 = 100;
/// Plans asked at once: they are committed together, so that many that fall due at one moment do
/// not wait for each other.
const AT_ONCE: usize = 16;
/// A plan that failed is asked again after that long, so that it holds up no other.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Each time a plan has failed this often in a row, ops get an alarm.
const TRIES: i64 = 3;

/// Failures of one round that are logged each by itself; of more, how many.
const LOGGED: usize = 3;
/// While plans can neither be asked nor put off, as with a full disk, a round comes after this pause …
const PAUSE: Duration = Duration::from_secs(1);
/// … doubling, and this one at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What came of a round.
#[derive(Debug, Default)]
struct Round {
    /// Answers that were read and plans that were asked.
    asked: usize,
    /// Plans that failed.
    failed: AtomicUsize,
    /// Of those, how many could not even be put off: they are still due.
    stuck: AtomicUsize,
}

/// Reads what came in from outside, then asks every plan that is due by now. Returns how many of
/// both.
///
/// # Errors
/// The database, when the list of due plans cannot be read.
pub async fn tick(alerts: &Alerts) -> Result<usize, AlertError> {
    round(alerts).await.map(|round| round.asked)
}

async fn round(alerts: &Alerts) -> Result<Round, AlertError> {
    let foundation = &alerts.foundation;
    // No plan waits for what cannot be read.
    let presence = shift::bring_back(&foundation.db, &foundation.config, alerts.now()).await;
    if let Err(error) = presence {
        tracing::error!(%error, "who is connected cannot be read");
    }
    let mut round = Round {
        asked: replies::read(alerts).await.unwrap_or_else(|error| {
            let alarm = error.is_ours();
            tracing::error!(alarm, %error, "answers from outside cannot be read");
            0
        }),
        ..Round::default()
    };
    loop {
        let due_by = due_by(alerts);
        let due = foundation
            .db
            .read(move |conn| store::due(conn, due_by, BATCH))
            .await?;
        let more = i64::try_from(due.len()).is_ok_and(|n| n == BATCH);
        round.asked += due.len();
        let this = &round;
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, |alert| {
                ask(alerts, alert, this).instrument(tracing::info_span!("plan", %alert))
            })
            .await;
        // What is stuck would be found again at once.
        if !more || round.is_stuck() {
            return Ok(round.told());
        }
    }
}

impl Round {
    fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Relaxed) > 0
    }

    /// Whether this failure is logged by itself.
    fn logs(&self) -> bool {
        self.failed.load(Ordering::Relaxed) <= LOGGED
    }

    fn told(self) -> Self {
        let (failed, stuck) = (
            self.failed.load(Ordering::Relaxed),
            self.stuck.load(Ordering::Relaxed),
        );
        if failed > LOGGED || stuck > 0 {
            tracing::error!(
                alarm = stuck > 0,
                failed,
                stuck,
                "plans of alerts could not be asked; they are tried again"
            );
        }
        self
    }
}

/// Now, and the latest moment at which a plan can be due.
fn due_by(alerts: &Alerts) -> (At, At) {
    let now = alerts.now();
    let latest = PLAN_DUE.latest(&alerts.foundation.config, now);
    (now, latest)
}

/// One due plan, in a transaction of its own. A failure is logged by id and put off: the others go
/// on.
async fn ask(alerts: &Alerts, alert: AlertId, round: &Round) {
    let due_by = due_by(alerts);
    let Err(error) = ask_for(alerts, alert, Extent::Whole, due_by).await else {
        return;
    };
    round.failed.fetch_add(1, Ordering::Relaxed);
    if round.logs() {
        tracing::error!(%alert, %error, "the plan of an alert could not be asked; it is put off and tried again");
    }
    if Extent::Whole.instead(&error) == Some(Extent::ContactsAlone)
        && let Err(error) = ask_for(alerts, alert, Extent::ContactsAlone, due_by).await
        && round.logs()
    {
        tracing::error!(%alert, %error, "nor could it be asked for her contacts alone");
    }
    put_off(alerts, alert, due_by, round).await;
}

async fn ask_for(
    alerts: &Alerts,
    alert: AlertId,
    extent: Extent,
    (now, latest): (At, At),
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
                .is_some_and(|due| due <= now || due > latest);
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
async fn put_off(alerts: &Alerts, alert: AlertId, (now, latest): (At, At), round: &Round) {
    let later = now.plus(AGAIN_AFTER);
    match alerts
        .foundation
        .db
        .write(WritePriority::Alert, move |conn| {
            store::put_off(conn, alert, (later, latest))
        })
        .await
    {
        Ok(Some(failures)) if failures % TRIES == 0 => {
            tracing::error!(alarm = true, %alert, failures, "the plan of an open alert fails each time: nothing more is done about it");
        }
        Ok(_) => {}
        Err(error) => {
            round.stuck.fetch_add(1, Ordering::Relaxed);
            if round.logs() {
                tracing::error!(alarm = true, %alert, %error, "a plan that failed could not be put off");
            }
        }
    }
}

/// The engine's loop, until `stop` is set. On a manual clock it waits for tests to call [`tick`].
pub async fn run(alerts: Alerts, mut stop: watch::Receiver<bool>) {
    let period = Duration::from_millis(alerts.foundation.config.alerts.engine_period_ms.max(10));
    let mut pause = Duration::ZERO;
    while !*stop.borrow() {
        let mut rests = true;
        if !alerts.foundation.clock.is_manual() {
            match round(&alerts).await {
                Ok(round) => rests = !round.is_stuck(),
                Err(error) => {
                    rests = false;
                    tracing::error!(%error, "the engine could not read which plans are due");
                }
            }
        }
        // A nudge does not shorten the pause: what is due cannot be written, and each round would fail.
        pause = match rests {
            true => Duration::ZERO,
            false => (pause * 2).clamp(PAUSE, LONGEST_PAUSE),
        };
        tokio::select! {
            () = tokio::time::sleep(pause.max(period)) => {}
            () = alerts.foundation.bus.engine_nudged(), if pause.is_zero() => {}
            _ = stop.changed() => {}
        }
    }
}

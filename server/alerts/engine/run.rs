//! Asks the plan, on a nudge or on a period: the path that notifies at once is the path that
//! recovers after a crash.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;
use tracing::Instrument as _;

use super::messages::SUBJECT;
use super::{apply, situation};
use crate::alerts::{AlertError, Alerts, replies, store};
use crate::bus::Event;
use crate::clock::At;
use crate::db::{Conn, DbError, Lane};
use crate::delivery::model::{Medium, NotificationState};
use crate::delivery::outbox::follow_up::{self, Settled};
use crate::delivery::{Lease, Owed};
use crate::escalation::records::Changed;
use crate::foundation::Foundation;
use crate::ids::AlertId;
use crate::plan;
use crate::plan::model::Rung;

/// Plans asked in one look at the database.
const BATCH: i64 = 100;
/// Plans asked at once: they are committed together, so that many that fall due at one moment do
/// not wait for each other.
const AT_ONCE: usize = 16;
/// A plan that failed is asked again after that long, so that it holds up no other.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Each time a plan has failed so often in a row, somebody is woken.
const TRIES: i64 = 3;

/// What a step needs, moved into a write.
#[derive(Clone)]
pub struct StepContext {
    /// Keys, settings, clock.
    pub ground: Foundation,
    /// With it, messages are born leased to this process.
    pub lease: Option<Lease>,
    /// Leaves the plan to the engine, which is to ask at once: for a change that must be kept
    /// though the plan fails.
    pub deferred: bool,
}

/// What a step did, for after the commit.
#[derive(Debug)]
pub struct Stepped {
    /// Whose step.
    pub alert: AlertId,
    /// Messages that are new.
    pub owed: Vec<Owed>,
    /// The record's last change in this step.
    pub record: Option<Changed>,
}

/// One step of an alert's plan: load, ask, apply, and write down when it is asked next. The caller
/// has taken, or just written, the alert's row.
///
/// # Errors
/// [`AlertError::Step`].
pub fn step(
    conn: &mut Conn,
    ctx: &StepContext,
    alert: AlertId,
    now: At,
) -> Result<Stepped, AlertError> {
    let stepped = if ctx.deferred {
        store::ask_now(conn, alert, now)
            .map(|()| None)
            .map_err(AlertError::Db)
    } else {
        asked(conn, ctx, alert, now)
    };
    let nothing = Stepped {
        alert,
        owed: Vec::new(),
        record: None,
    };
    stepped
        .map(|stepped| stepped.unwrap_or(nothing))
        .map_err(|error| AlertError::Step(Box::new(error)))
}

fn asked(
    conn: &mut Conn,
    ctx: &StepContext,
    alert: AlertId,
    now: At,
) -> Result<Option<Stepped>, AlertError> {
    let Some(loaded) = situation::load(conn, &ctx.ground, alert, now)? else {
        return Ok(None);
    };
    let decision = plan::next(
        &loaded.situation,
        &loaded.times.over(&ctx.ground.config.plan),
    );
    apply::apply(conn, ctx, &loaded, &decision, now).map(Some)
}

impl Alerts {
    /// Writes a change that is followed by a step of the plan, in one transaction. Where the plan
    /// fails the change is kept by itself, and the engine asks on: no press, close or claim is
    /// refused for what the plan cannot do. With `idempotent` as in `Db::write_idempotent`.
    pub(in crate::alerts) async fn write_and_step<T: Send + 'static>(
        &self,
        ctx: StepContext,
        idempotent: bool,
        change: impl Fn(&mut Conn, &StepContext) -> Result<T, AlertError> + Send + Sync + 'static,
    ) -> Result<T, AlertError> {
        let (db, change) = (&self.ground.db, Arc::new(change));
        let write = async |ctx: StepContext| {
            let change = Arc::clone(&change);
            let run = move |conn: &mut Conn| change(conn, &ctx);
            if idempotent {
                db.write_idempotent(Lane::Alert, run).await
            } else {
                db.write(Lane::Alert, run).await
            }
        };
        let later = StepContext {
            deferred: true,
            lease: None,
            ..ctx.clone()
        };
        match write(ctx).await {
            Err(error) if error.is_ours() => {
                tracing::error!(alarm = true, %error, "the plan failed on a change: it is left to the engine");
                write(later).await
            }
            done => done,
        }
    }
}

/// Reads what came in from outside, then asks every plan that is due by now. Returns how many of
/// both.
///
/// # Errors
/// The database, when not even the list can be read.
pub async fn tick(alerts: &Alerts) -> Result<usize, AlertError> {
    let mut asked = replies::read(alerts).await?;
    loop {
        let now = alerts.now();
        let mut due = alerts
            .ground
            .db
            .read(move |conn| store::due(conn, now, BATCH))
            .await?;
        let more = i64::try_from(due.len()).is_ok_and(|n| n == BATCH);
        asked += due.len();
        // Rows are locked in one order, here and where outcomes are written.
        due.sort();
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
    let (ctx, now) = (alerts.step_context(), alerts.now());
    let asked = alerts
        .ground
        .db
        .write(Lane::Alert, move |conn| {
            let still_due = store::take(conn, alert)?
                .and_then(|row| row.plan_due_at)
                .is_some_and(|due| due <= now);
            if still_due {
                step(conn, &ctx, alert, now).map(Some)
            } else {
                Ok(None)
            }
        })
        .await;
    match asked {
        Ok(Some(stepped)) => {
            tracing::debug!(messages = stepped.owed.len(), "the plan was asked");
            alerts.after(stepped);
        }
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%alert, %error, "the plan of an alert could not be asked; it is put off and tried again");
            put_off(alerts, alert, now).await;
        }
    }
}

/// A plan that fails goes on being asked, however often it has failed; its failures are counted
/// where those who run the server see them.
async fn put_off(alerts: &Alerts, alert: AlertId, now: At) {
    let later = now.plus(AGAIN_AFTER);
    match alerts
        .ground
        .db
        .write(Lane::Alert, move |conn| store::put_off(conn, alert, later))
        .await
    {
        Ok(Some(failures)) if failures % TRIES == 0 => {
            tracing::error!(alarm = true, %alert, failures, "the plan of an open alert fails each time: nothing more is done about it");
        }
        Ok(_) => {}
        Err(error) => {
            tracing::error!(alarm = true, %alert, %error, "a plan that failed could not be put off")
        }
    }
}

/// The engine's loop, until `stop` is set. On a manual clock it waits for tests to call [`tick`].
pub async fn run(alerts: Alerts, mut stop: watch::Receiver<bool>) {
    let period = Duration::from_millis(alerts.ground.config.alerts.engine_period_ms.max(10));
    while !*stop.borrow() {
        if !alerts.ground.clock.is_manual()
            && let Err(error) = tick(&alerts).await
        {
            tracing::error!(%error, "the engine could not read which plans are due");
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = alerts.ground.bus.engine_nudged() => {}
            _ = stop.changed() => {}
        }
    }
}

/// What alerts do about a delivery's outcome, in the outcome's own transaction.
pub struct Aftermath(pub Foundation);

impl follow_up::Aftermath for Aftermath {
    fn settle(&self, conn: &mut Conn, now: At, settled: &[Settled]) -> Result<(), DbError> {
        let ctx = StepContext {
            ground: self.0.clone(),
            lease: None,
            deferred: false,
        };
        for alert in alerts_of(settled) {
            if store::take(conn, alert)?.is_some() {
                step(conn, &ctx, alert, now).map_err(into_db)?;
            }
        }
        Ok(())
    }

    fn set_aside(&self, conn: &mut Conn, now: At, settled: &[Settled]) -> Result<(), DbError> {
        alerts_of(settled)
            .into_iter()
            .try_for_each(|alert| store::ask_now(conn, alert, now))
    }

    fn published(&self, settled: &[Settled]) {
        let taken = settled
            .iter()
            .filter(|s| s.subject_kind == SUBJECT && is_first_push(s));
        taken.for_each(|s| self.0.meters.push_taken(s.subject, self.0.clock.now()));
        for alert in alerts_of(settled) {
            self.0.bus.publish(Event::AlertChanged { alert });
        }
    }
}

/// Whether a provider took a push that told a contact of the press.
fn is_first_push(settled: &Settled) -> bool {
    let taken = settled.state == NotificationState::Sent || settled.state.reached();
    taken && settled.rung == Rung::Push.number() && settled.channel.medium() == Medium::Push
}

fn alerts_of(settled: &[Settled]) -> BTreeSet<AlertId> {
    settled
        .iter()
        .filter(|s| s.subject_kind == SUBJECT)
        .map(|s| s.subject.alert())
        .collect()
}

fn into_db(error: AlertError) -> DbError {
    match error {
        AlertError::Db(error) => error,
        AlertError::Step(error) => into_db(*error),
        other => DbError::Other(other.to_string()),
    }
}

//! One step of an alert's plan, in the transaction of the change that led to it.

use std::sync::Arc;

use super::context::{Extent, StepContext, Stepped};
use super::effects::Effects;
use super::particulars::Particulars;
use super::{ahead, situation};
use crate::alerts::{AlertError, Alerts, store};
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::escalation::records::FolioSource;
use crate::ids::AlertId;

/// One step of an alert's plan: gather, decide, write what is decided and when it is asked next. The
/// caller has locked, or just written, the alert's row.
///
/// # Errors
/// [`AlertError::Step`].
pub fn step(
    conn: &mut Conn,
    ctx: &StepContext,
    alert: AlertId,
    now: At,
) -> Result<Stepped, AlertError> {
    let stepped = if ctx.extent.defers() {
        store::ask_now(conn, alert, now)
            .map(|()| None)
            .map_err(AlertError::Db)
    } else {
        asked(conn, ctx, alert, now)
    };
    let nothing = Stepped {
        alert,
        messages: Vec::new(),
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
    let foundation = &ctx.foundation;
    let Some(mut loaded) = situation::load(conn, ctx, alert, now)? else {
        return Ok(None);
    };
    if ahead::bring_back(conn, &loaded, alert, now)? {
        tracing::error!(alarm = true, %alert, "an alert was written by a clock that was ahead: it counts from now");
        match situation::load(conn, ctx, alert, now)? {
            Some(again) => loaded = again,
            None => return Ok(None),
        }
    }
    let decision = loaded.decide(ctx);
    let folios = FolioSource::Database;
    let particulars = Particulars::read(conn, &mut loaded, &decision, folios)?;
    let mut effects = Effects::of(foundation, &loaded, &decision, &particulars);
    if ctx.extent != Extent::Whole {
        effects.alert_change.plan_failures = None;
    }
    effects.write_step(conn, ctx, loaded).map(Some)
}

impl Alerts {
    /// Writes a change that is followed by a step of the plan, in one transaction. Where the code
    /// fails the change is written with less ([`Extent`]), and the engine asks on: no press, close or
    /// claim is refused for what the plan cannot do.
    pub(in crate::alerts) async fn write_and_step<T: Send + 'static>(
        &self,
        ctx: StepContext,
        change: impl Fn(&mut Conn, &StepContext) -> Result<T, AlertError> + Send + Sync + 'static,
    ) -> Result<T, AlertError> {
        self.write_then(ctx, false, change, |_| {}).await
    }

    /// As [`Alerts::write_and_step`], with `idempotent` as in `Db::write_idempotent` and `committed`
    /// as in `Db::write_then`.
    pub(in crate::alerts) async fn write_then<T: Send + 'static>(
        &self,
        ctx: StepContext,
        idempotent: bool,
        change: impl Fn(&mut Conn, &StepContext) -> Result<T, AlertError> + Send + Sync + 'static,
        committed: impl Fn(&mut T) + Send + Sync + 'static,
    ) -> Result<T, AlertError> {
        let (change, committed) = (Arc::new(change), Arc::new(committed));
        let write = async |ctx: StepContext| {
            let (change, committed) = (Arc::clone(&change), Arc::clone(&committed));
            let run = move |conn: &mut Conn| change(conn, &ctx);
            let db = &self.foundation.db;
            db.write_then(WritePriority::Alert, idempotent, run, move |done| {
                committed(done);
            })
            .await
        };
        let mut ctx = ctx;
        loop {
            let done = write(ctx.clone()).await;
            let Err(error) = &done else { return done };
            let Some(less) = ctx.extent.instead(error) else {
                return done;
            };
            tracing::error!(alarm = true, %error, extent = ?less, "a change failed, and is tried without what it can do without");
            ctx.extent = less;
            ctx.lease = ctx.lease.filter(|_| !less.defers());
        }
    }
}

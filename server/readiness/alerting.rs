//! How alerting stands on this node, for ops. It names no person, alert or contact.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::alerts::{self, AlertError, Alerts};
use crate::config;
use crate::db::{Conn, DbError};
use crate::delivery::Delivery;
use crate::words;

/// A database that hangs is as one that is down: a reading that takes longer is given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

words! {
    /// How alerting stands.
    pub enum Alerting {
        /// As it should.
        Ok = "ok",
        /// Alerts go out, later or over fewer channels than they should: ops look at it.
        Degraded = "degraded",
        /// Alerts may not go out: ops are alarmed.
        Failing = "failing",
    }
}

/// The answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AlertingHealth {
    pub(crate) status: Alerting,
    /// For how many seconds the message that has waited longest has been due; null where none is.
    pub(crate) oldest_due_message_s: Option<u64>,
    /// For how many seconds the plan that has waited longest has been due; null where none is.
    pub(crate) oldest_overdue_plan_s: Option<u64>,
    /// Open alerts whose plan has failed three times in a row or more: nothing more is done about
    /// them until it is mended.
    plans_failing: Option<i64>,
    /// Providers that fail, and are probed once a second: `fcm/` and the app, `sms`, or `email`.
    breakers_open: Vec<String>,
    /// By how many seconds this node's time differs from the machine's clock, or on PostgreSQL from
    /// the database's, whichever is further; null where both are near enough.
    pub(crate) clock_off_s: Option<u64>,
    /// Whether this node sends nothing because of its clock, and another node sends instead.
    pub(crate) paused_by_clock: bool,
    /// Seconds since this node last committed; null before the first.
    last_commit_age_s: Option<u64>,
    /// Presses that wait their turn on this node.
    pub(crate) presses_waiting: usize,
    /// Dead letters that are not dismissed (`ampara outbox list`); null
    /// where it cannot be read.
    pub(crate) dead_letters: Option<i64>,
}

/// How alerting stands, for those who are told when it does not.
pub async fn standing(alerts: &Alerts, delivery: &Delivery) -> Alerting {
    look(alerts, delivery).await.status
}

/// Measures and judges. A database that cannot be read takes no press either: that is failing.
pub(crate) async fn look(alerts: &Alerts, delivery: &Delivery) -> AlertingHealth {
    let mut health = AlertingHealth {
        status: Alerting::Failing,
        oldest_due_message_s: None,
        oldest_overdue_plan_s: None,
        plans_failing: None,
        breakers_open: delivery.breakers_open(),
        clock_off_s: delivery.clock_off().map(|off| off.as_secs()),
        paused_by_clock: delivery.paused_by_clock(),
        last_commit_age_s: alerts
            .foundation
            .db
            .write_stats()
            .since_commit
            .map(|age| age.as_secs()),
        presses_waiting: alerts.presses_waiting(),
        dead_letters: None,
    };
    let asked = tokio::time::timeout(PATIENCE, read(alerts, delivery, &mut health)).await;
    match asked.unwrap_or_else(|_| Err(DbError::TimedOut.into())) {
        Ok(()) => health.status = judge(&health, &alerts.foundation.config.health),
        Err(error) => tracing::error!(alarm = true, %error, "the database cannot be read"),
    }
    health
}

async fn read(
    alerts: &Alerts,
    delivery: &Delivery,
    health: &mut AlertingHealth,
) -> Result<(), AlertError> {
    let now = alerts.now();
    let due = alerts
        .foundation
        .db
        .read(alerts::next_plan_due)
        .await?
        .filter(|due| *due <= now);
    health.oldest_overdue_plan_s = due.map(|due| now.since(due).as_secs());
    health.plans_failing = Some(alerts.foundation.db.read(plans_failing).await?);
    health.dead_letters = Some(delivery.dead_letters().await?);
    health.oldest_due_message_s = delivery
        .oldest_due_for()
        .await?
        .as_ref()
        .map(Duration::as_secs);
    Ok(())
}

/// Open alerts whose plan has failed three times in a row or more.
///
/// # Errors
/// What the database says.
pub fn plans_failing(conn: &mut Conn) -> Result<i64, DbError> {
    alerts::plans_failing(conn)
}

/// How it stands. Pure.
fn judge(m: &AlertingHealth, limits: &config::Health) -> Alerting {
    let oldest = m
        .oldest_due_message_s
        .max(m.oldest_overdue_plan_s)
        .unwrap_or(0);
    let plan_fails = m.plans_failing.is_none_or(|n| n > 0);
    if plan_fails
        || oldest >= limits.too_late_s
        || m.last_commit_age_s
            .is_none_or(|age| age >= limits.no_commit_s)
    {
        return Alerting::Failing;
    }
    let set_aside = m.dead_letters.is_some_and(|n| n > 0);
    let waiting = m.presses_waiting >= limits.presses_waiting;
    let clock_off = m.clock_off_s.is_some() || m.paused_by_clock;
    let failing = !m.breakers_open.is_empty() || clock_off;
    if oldest >= limits.late_s || failing || waiting || set_aside {
        return Alerting::Degraded;
    }
    Alerting::Ok
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_has_its_say() {
        let limits = config::Config::embedded().unwrap().health;
        let good = AlertingHealth {
            status: Alerting::Ok,
            oldest_due_message_s: None,
            oldest_overdue_plan_s: None,
            plans_failing: Some(0),
            breakers_open: vec![],
            clock_off_s: None,
            paused_by_clock: false,
            last_commit_age_s: Some(3),
            presses_waiting: 0,
            dead_letters: Some(0),
        };
        let with = |change: fn(&mut AlertingHealth)| {
            let mut measured = good.clone();
            change(&mut measured);
            measured
        };
        let cases = [
            (good.clone(), Alerting::Ok),
            (
                with(|m| {
                    m.oldest_due_message_s = Some(14);
                    m.oldest_overdue_plan_s = Some(1);
                }),
                Alerting::Ok,
            ),
            (
                with(|m| m.oldest_due_message_s = Some(15)),
                Alerting::Degraded,
            ),
            (
                with(|m| m.oldest_due_message_s = Some(60)),
                Alerting::Failing,
            ),
            (
                with(|m| m.oldest_overdue_plan_s = Some(15)),
                Alerting::Degraded,
            ),
            (
                with(|m| m.oldest_overdue_plan_s = Some(60)),
                Alerting::Failing,
            ),
            (with(|m| m.plans_failing = Some(1)), Alerting::Failing),
            (
                with(|m| m.breakers_open = vec!["sms".to_owned()]),
                Alerting::Degraded,
            ),
            (with(|m| m.clock_off_s = Some(3_600)), Alerting::Degraded),
            (with(|m| m.paused_by_clock = true), Alerting::Degraded),
            (with(|m| m.dead_letters = Some(1)), Alerting::Degraded),
            (with(|m| m.presses_waiting = 20), Alerting::Degraded),
            (with(|m| m.last_commit_age_s = Some(150)), Alerting::Failing),
            (with(|m| m.last_commit_age_s = None), Alerting::Failing),
        ];
        for (measured, status) in cases {
            assert_eq!(judge(&measured, &limits), status, "{measured:?}");
        }
    }
}

//! How alerting stands on this node, for ops. It names no person, alert or contact.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::standing::Standing;
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
    /// Whether this node sends nothing: its clock is off and another node sends instead, or it could
    /// not say in time that it lives.
    pub(crate) sender_paused: bool,
    /// While this node is paused: whether another one that lives sends instead. If not, nothing
    /// leaves, and that is `failing`.
    pub(crate) another_sends: bool,
    /// Providers that fail, and are probed once a second: `fcm/` and the app, `sms`, or `email`.
    breakers_open: Vec<String>,
    /// By how many seconds this node's time differs from the machine's clock, or on PostgreSQL from
    /// the database's, whichever is further; null where both are near enough.
    pub(crate) clock_off_s: Option<u64>,
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
        sender_paused: delivery.sender_paused(),
        another_sends: false,
        breakers_open: delivery.breakers_open(),
        clock_off_s: delivery.clock_off().map(|off| off.as_secs()),
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
    let stands = standing_of(alerts, delivery).await?;
    let seconds = |waits: Option<Duration>| waits.map(|waits| waits.as_secs());
    health.sender_paused = stands.sender_paused;
    health.another_sends = stands.another_sends;
    health.oldest_overdue_plan_s = seconds(stands.oldest_overdue_plan);
    health.oldest_due_message_s = seconds(stands.oldest_due_message);
    health.plans_failing = Some(stands.plans_failing);
    health.dead_letters = Some(delivery.dead_letters().await?);
    Ok(())
}

/// How this node stands.
///
/// # Errors
/// What the database says, or that it hangs.
pub(super) async fn standing_of(alerts: &Alerts, delivery: &Delivery) -> Result<Standing, DbError> {
    let (now, delivery) = (alerts.now(), delivery.clone());
    let (db, config) = (&alerts.foundation.db, alerts.foundation.config.clone());
    let read = db.read(move |conn| Standing::read(conn, &delivery, &config, now));
    let read = tokio::time::timeout(PATIENCE, read).await;
    read.unwrap_or(Err(DbError::TimedOut))
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
        || (m.sender_paused && !m.another_sends)
        || oldest >= limits.too_late_s
        || m.last_commit_age_s
            .is_none_or(|age| age >= limits.no_commit_s)
    {
        return Alerting::Failing;
    }
    let set_aside = m.dead_letters.is_some_and(|n| n > 0);
    let waiting = m.presses_waiting >= limits.presses_waiting;
    let node_off = m.clock_off_s.is_some() || m.sender_paused;
    let failing = !m.breakers_open.is_empty() || node_off;
    if oldest >= limits.late_s || failing || waiting || set_aside {
        return Alerting::Degraded;
    }
    Alerting::Ok
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> AlertingHealth {
        AlertingHealth {
            status: Alerting::Ok,
            oldest_due_message_s: None,
            oldest_overdue_plan_s: None,
            plans_failing: Some(0),
            sender_paused: false,
            another_sends: false,
            breakers_open: vec![],
            clock_off_s: None,
            last_commit_age_s: Some(3),
            presses_waiting: 0,
            dead_letters: Some(0),
        }
    }

    #[test]
    fn each_measure_has_its_say() {
        let limits = config::Config::embedded().unwrap().health;
        let good = good();
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
            (with(|m| m.sender_paused = true), Alerting::Failing),
            (
                with(|m| (m.sender_paused, m.another_sends) = (true, true)),
                Alerting::Degraded,
            ),
            (
                with(|m| m.breakers_open = vec!["sms".to_owned()]),
                Alerting::Degraded,
            ),
            (with(|m| m.clock_off_s = Some(3_600)), Alerting::Degraded),
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

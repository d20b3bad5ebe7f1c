//! How this node stands: whether what an alert sets off leaves it.
//!
//! What: [`Standing`] is read from this node's senders and from the two queues. Invariant: the
//! heartbeat, `/health/alerting`, her readiness and (through the metrics) `doctor` all judge by it,
//! so that none says "works" while nothing leaves. `/readyz` asks another question, whether a press
//! can be committed, and never this one: a press that is kept and late is better than one that is
//! refused. On failure: what cannot be read is a failing node.

use std::time::Duration;

use crate::alerts;
use crate::clock::At;
use crate::config;
use crate::db::{Conn, DbError};
use crate::delivery::{self, Delivery};

/// How this node stands at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// This node sends nothing: paused by its clock, or not alive for the other nodes.
    pub(super) sender_paused: bool,
    /// Meanwhile another node sends; false while this one does.
    pub(super) another_sends: bool,
    /// How long the message that has waited longest has been due.
    pub(super) oldest_due_message: Option<Duration>,
    /// How long the plan that has waited longest has been due.
    pub(super) oldest_overdue_plan: Option<Duration>,
    /// Open alerts whose plan has failed three times in a row or more.
    pub(super) plans_failing: i64,
    /// Providers that fail.
    pub(super) breakers_open: Vec<String>,
}

impl Standing {
    /// Reads it.
    ///
    /// # Errors
    /// The database.
    pub(super) fn read(
        conn: &mut Conn,
        delivery: &Delivery,
        config: &config::Config,
        now: At,
    ) -> Result<Self, DbError> {
        let for_so_long = |due: Option<At>| due.filter(|at| *at <= now).map(|at| now.since(at));
        let sender_paused = delivery.sender_paused();
        Ok(Self {
            sender_paused,
            another_sends: sender_paused && delivery.another_lives(conn)?,
            oldest_due_message: for_so_long(delivery::standing(conn, config, now)?.oldest_due),
            oldest_overdue_plan: for_so_long(alerts::next_plan_due(conn)?),
            plans_failing: alerts::plans_failing(conn)?,
            breakers_open: delivery.breakers_open(),
        })
    }

    /// Whether the plans of alerts are asked in time.
    pub(super) fn acts(&self, limits: &config::Health) -> bool {
        in_time(self.oldest_overdue_plan, limits)
    }

    /// Whether messages leave at all, from this node or from another one that sends instead.
    pub(super) fn sends(&self, limits: &config::Health) -> bool {
        (!self.sender_paused || self.another_sends) && in_time(self.oldest_due_message, limits)
    }

    /// Whether one of these providers is asked, and not left alone after failures.
    pub(super) fn asks_any(&self, providers: &[String]) -> bool {
        providers
            .iter()
            .any(|name| !self.breakers_open.contains(name))
    }
}

fn in_time(waits: Option<Duration>, limits: &config::Health) -> bool {
    waits.is_none_or(|waits| waits.as_secs() < limits.too_late_s)
}

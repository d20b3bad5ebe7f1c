//! What can be counted from outside.

use std::time::Duration;

use super::sender::Delivery;
use crate::clock::At;
use crate::config::Config;
use crate::db::{Conn, DbError};
use crate::delivery::model::Channel;
use crate::delivery::store::leases;
use crate::moments::ALIVE;

/// How delivery stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryStats {
    /// How long the row that has waited longest has been due; `None` if none is.
    pub oldest_due: Option<Duration>,
    /// Rows that wait for their time or for a sender.
    pub queued: i64,
    /// Rows that are leased.
    pub sending: i64,
    /// Rows that wait within this process.
    pub waiting: usize,
    /// Outcomes of this process since its start: channel, word (`sent`, `again`, `failed`,
    /// `expired`), how many.
    pub outcomes: Vec<(Channel, &'static str, u64)>,
    /// Providers that were asked since the start, and whether their breaker is open.
    pub breakers: Vec<(String, bool)>,
}

/// The state of sending, as the database shows it to any process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Server processes that gave a sign of life lately.
    pub living: usize,
    /// Since when the row that has waited longest has been due; `None` if none is.
    pub oldest_due: Option<At>,
}

/// Reads it, beside a running server.
///
/// # Errors
/// What the database says.
pub fn standing(conn: &mut Conn, config: &Config, now: At) -> Result<Standing, DbError> {
    Ok(Standing {
        living: leases::living(conn, (now, ALIVE.latest(config, now)))?.len(),
        oldest_due: leases::oldest_due(conn, now)?,
    })
}

impl Delivery {
    /// How long the message that has waited longest has been due; `None` if none is.
    ///
    /// # Errors
    /// What the database says.
    pub async fn oldest_due_for(&self) -> Result<Option<Duration>, DbError> {
        let now = self.now();
        Ok(self.oldest_due().await?.map(|due| now.since(due)))
    }

    /// Providers whose breaker is open.
    #[must_use]
    pub fn breakers_open(&self) -> Vec<String> {
        self.parts().breakers.open()
    }

    /// Counts. Two reads.
    ///
    /// # Errors
    /// What the database says.
    pub async fn stats(&self) -> Result<DeliveryStats, DbError> {
        let oldest_due = self.oldest_due_for().await?;
        let rows = self.parts().foundation.db.read(leases::open_rows).await?;
        let of = |state: &str| rows.iter().find(|(s, _)| s == state).map_or(0, |(_, n)| *n);
        Ok(DeliveryStats {
            oldest_due,
            queued: of("queued"),
            sending: of("sending"),
            waiting: self.parts().outbox.waiting(),
            outcomes: self.parts().counters.all(),
            breakers: self.parts().breakers.all(),
        })
    }
}

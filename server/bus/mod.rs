//! Nudges and live events inside one node: never the truth.
//!
//! What: "look now" for the engine and for delivery, and a broadcast of what has just changed for
//! open streams. Invariant: losing every message in here costs at most a period of waiting; what is
//! due is in the database. Path: a verb publishes after its commit; loops and streams then
//! read rows. On failure: a receiver that falls behind is told that it lagged and reads the
//! truth again.

use std::sync::Arc;

use tokio::sync::{Notify, broadcast};

use crate::ids::{AlertId, CentreId, RecordId};

/// Live events that a slow stream may fall behind before it must read the truth again.
const BACKLOG: usize = 4096;

/// What has just changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A record has a new version.
    RecordChanged {
        /// Which.
        record: RecordId,
        /// At which centre.
        centre: CentreId,
    },
    /// Something that she or a contact sees of an alert has changed.
    AlertChanged {
        /// Which.
        alert: AlertId,
    },
    /// A new place of an alert is stored.
    Fix {
        /// Of which.
        alert: AlertId,
    },
}

/// The node's nudges and live events; clones are the same bus.
#[derive(Debug, Clone)]
pub struct Bus {
    delivery: Arc<Notify>,
    engine: Arc<Notify>,
    events: broadcast::Sender<Event>,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            delivery: Arc::default(),
            engine: Arc::default(),
            events: broadcast::channel(BACKLOG).0,
        }
    }
}

impl Bus {
    /// The outbox has something to send.
    pub fn nudge_delivery(&self) {
        self.delivery.notify_one();
    }

    /// Waits for [`Bus::nudge_delivery`]; one that came before counts.
    pub async fn delivery_nudged(&self) {
        self.delivery.notified().await;
    }

    /// A plan is to be asked earlier than it was.
    pub fn nudge_engine(&self) {
        self.engine.notify_one();
    }

    /// Waits for [`Bus::nudge_engine`]; one that came before counts.
    pub async fn engine_nudged(&self) {
        self.engine.notified().await;
    }

    /// Tells open streams; without any it does nothing.
    pub fn publish(&self, event: Event) {
        let _nobody = self.events.send(event);
    }

    /// What is published from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast::error::{RecvError, TryRecvError};

    use super::*;

    #[tokio::test]
    async fn a_nudge_that_came_early_counts_once() {
        let bus = Bus::default();
        bus.clone().nudge_delivery();
        bus.nudge_delivery();
        bus.delivery_nudged().await;
        let again =
            tokio::time::timeout(std::time::Duration::from_millis(20), bus.delivery_nudged()).await;
        assert!(again.is_err(), "two nudges are one look");
        let engine =
            tokio::time::timeout(std::time::Duration::from_millis(20), bus.engine_nudged()).await;
        assert!(engine.is_err(), "delivery's nudge does not wake the engine");
    }

    #[tokio::test]
    async fn everybody_who_listens_hears_an_event_and_nobody_hears_the_past() {
        let bus = Bus::default();
        let event = Event::AlertChanged {
            alert: AlertId::new(),
        };
        bus.publish(event);
        let (mut first, mut second) = (bus.subscribe(), bus.clone().subscribe());
        assert_eq!(first.try_recv(), Err(TryRecvError::Empty));
        bus.publish(event);
        assert_eq!(
            (first.recv().await, second.recv().await),
            (Ok(event), Ok(event))
        );
    }

    #[tokio::test]
    async fn who_falls_behind_is_told_and_holds_up_nobody() {
        let bus = Bus::default();
        let mut slow = bus.subscribe();
        let last = Event::Fix {
            alert: AlertId::new(),
        };
        for _ in 0..=BACKLOG {
            bus.publish(Event::Fix {
                alert: AlertId::new(),
            });
        }
        bus.publish(last);
        assert!(matches!(slow.recv().await, Err(RecvError::Lagged(_))));
        let mut heard = slow.recv().await;
        while let Ok(next) = slow.try_recv() {
            heard = Ok(next);
        }
        assert_eq!(heard, Ok(last));
    }
}

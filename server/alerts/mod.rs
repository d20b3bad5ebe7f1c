//! Alerts: the only room that orchestrates.
//!
//! **What.** [`raise`] takes a press; [`engine`] asks the plan again when something happened or
//! time passed, and applies what it says; [`close`], [`answer`], [`replies`], [`escalate`],
//! [`locate`] and [`receipt`] are what people do; [`view`] is what her phone is told, [`watch`]
//! what a contact sees, [`accesses`] who read her data, [`trace`](mod@trace) what happened when,
//! for those who run the server; [`retention`] destroys the trails. [`readiness`], [`reminder`],
//! [`heartbeat`] and [`health`] say what would not work tonight: to her, to anybody, and to those
//! who run the server.
//!
//! **Invariant.** What a 2xx to a press promises is committed before it is sent: the alert, its
//! record, its first timeline entries, every message due at once, and the moment at which the plan
//! is asked next. One person has one open alert; more presses are names of it. Places are kept only
//! while it is open.
//!
//! **Path.** Each verb is one transaction: take the alert's row, write what happened,
//! [`engine::step`]: load the situation, ask `plan::next`, apply its actions. After the commit:
//! hand the messages over, nudge, publish.
//!
//! **On failure.** A crash at any instant is an ordinary restart: the due time is a row, and the
//! same step that notifies at once is the step that recovers. A plan that fails on one alert is
//! logged by id, counted and tried again; it holds up no other. What does not open of one contact
//! is that contact's failure alone.

mod accesses;
pub mod answer;
mod apply;
mod bodies;
mod by_operator;
pub mod close;
pub mod engine;
pub mod escalate;
mod fault;
mod follow;
mod for_operator;
mod gate;
pub mod health;
pub mod heartbeat;
mod in_words;
mod locate;
pub mod model;
pub mod press;
pub mod raise;
mod reached;
pub mod readiness;
pub mod receipt;
pub mod reminder;
pub mod remove;
mod replies;
pub mod retention;
pub mod routes;
mod situation;
mod store;
mod stream;
mod tell;
pub mod trace;
mod view;
pub mod watch;

use std::sync::Arc;

pub use by_operator::{by_operator, is_open};
pub use engine::{Aftermath, Stepped};
pub use fault::AlertError;
pub use for_operator::{OfAlert, for_operator, key_for_operator};
pub use heartbeat::Heartbeat;
pub use reached::{ContactView, Reach};
pub use remove::leave_by_link;
pub use tell::SUBJECT;
pub use view::AlertView;

use self::gate::Gate;
use crate::bus::Event;
use crate::clock::At;
use crate::db::DbError;
use crate::delivery::{Outbox, Places};
use crate::escalation::{CentreCache, Folios};
use crate::foundation::Foundation;
use crate::location::Intake;

/// The room, as routes and the engine's loop hold it. Clones share it.
#[derive(Clone)]
pub struct Alerts {
    pub(crate) ground: Foundation,
    outbox: Outbox,
    centres: CentreCache,
    folios: Folios,
    gate: Arc<Gate>,
    noted: Arc<locate::Noted>,
    intake: Intake,
}

impl Alerts {
    /// The room over these.
    #[must_use]
    pub fn new(ground: Foundation, outbox: Outbox, centres: CentreCache) -> Self {
        let gate = Arc::new(Gate::new(ground.config.alerts.raises_in_flight));
        let intake = Intake::new(ground.db.clone());
        let folios = Folios::new(ground.db.engine());
        Self {
            ground,
            outbox,
            centres,
            folios,
            gate,
            noted: Arc::default(),
            intake,
        }
    }

    /// What the clock says.
    #[must_use]
    pub fn now(&self) -> At {
        self.ground.clock.now()
    }

    /// Gives back the folios that were drawn ahead. When the server stops.
    ///
    /// # Errors
    /// What the database says.
    pub async fn give_back_folios(&self) -> Result<(), DbError> {
        self.folios.give_back(&self.ground.db).await
    }

    /// What a step needs, to be moved into a write.
    pub(crate) fn step_context(&self) -> engine::StepContext {
        engine::StepContext {
            ground: self.ground.clone(),
            lease: None,
            deferred: false,
        }
    }

    /// After the commit of a step: messages go out, streams are told.
    pub(crate) fn after(&self, stepped: Stepped) {
        self.after_with(stepped, None);
        self.ground.bus.nudge_engine();
    }

    /// [`Alerts::after`] of a press, whose messages were born leased to this process. The plan was
    /// asked a moment ago and is due in seconds: the engine is left alone.
    pub(crate) fn after_with(&self, stepped: Stepped, places: Option<Places>) {
        self.outbox.hand_over(places, stepped.owed);
        if let Some(changed) = stepped.record {
            changed.publish(&self.ground.bus);
        }
        self.ground.bus.publish(Event::AlertChanged {
            alert: stepped.alert,
        });
    }
}

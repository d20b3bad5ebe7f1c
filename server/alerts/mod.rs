//! Alerts: the only room that orchestrates.
//!
//! **What.** [`press`] takes a press. [`engine`] asks the plan again when something happened or time
//! passed, and writes what it decides. The other verbs are one file each: [`close`], [`answer`],
//! `replies`, [`escalate`], `locate`, [`receipt`], [`remove`], `by_operator`. [`views`] is what her
//! phone, a contact and the holder of the record see; `accesses` lists who read her data;
//! [`trace`](mod@trace) tells ops what happened when; [`retention`] destroys the trails; [`restored`] keeps
//! what a backup brought back from speaking.
//!
//! **Invariant.** What a 2xx to a press promises is committed before it is sent: the alert, its
//! record, its first timeline entries, every message due at once, and the moment at which the plan
//! is asked next. One person has one open alert; more presses are names of it. Places are stored
//! only while it is open.
//!
//! **Path.** Each verb is one transaction: lock the rows of the person, the alert and its record,
//! write what happened, then one step of the engine: gather the situation, ask `plan::next`, write
//! what it decides. A press does the same with rows that are not written yet. After the commit: hand
//! the messages over, nudge, publish.
//!
//! **On failure.** A crash at any instant is an ordinary restart: the due time is a row, and the step
//! that notifies at once is the step that recovers. A plan that fails on one alert is logged by id,
//! counted and asked again; it delays no other alert. A contact's sealed column that does not open
//! costs that contact's message alone.

mod accesses;
pub mod answer;
mod bodies;
mod by_operator;
pub mod close;
pub mod engine;
mod error;
pub mod escalate;
mod locate;
pub mod model;
mod noted;
pub mod press;
pub mod receipt;
pub mod remove;
mod replies;
pub mod restored;
pub mod retention;
pub mod routes;
mod store;
pub(crate) mod trace;
pub mod views;

use std::sync::Arc;

pub use by_operator::{by_operator, is_open};
pub use engine::context::Stepped;
pub use engine::follow_up::OutcomeHook;
pub use error::AlertError;
pub use remove::leave_by_link;
pub use views::operators::{OfAlert, for_operator, key_for_operator};
pub use views::reach::{ContactView, Reach};

// What `readiness` judges by.
pub(crate) use store::{
    failing as plans_failing, last_answers, last_raised, next_due as next_plan_due,
    since as raised_since,
};

use self::press::gate::Gate;
use crate::bus::Event;
use crate::clock::At;
use crate::db::DbError;
use crate::delivery::Outbox;
use crate::escalation::{CentreCache, Folios};
use crate::foundation::Foundation;
use crate::location::Intake;

/// The room, as routes and the engine's loop hold it. Clones share it.
#[derive(Clone)]
pub struct Alerts {
    pub(crate) foundation: Foundation,
    outbox: Outbox,
    centres: CentreCache,
    folios: Folios,
    gate: Arc<Gate>,
    noted: Arc<noted::Noted>,
    intake: Intake,
}

impl Alerts {
    /// The room over these.
    #[must_use]
    pub fn new(foundation: Foundation, outbox: Outbox, centres: CentreCache) -> Self {
        let gate = Arc::new(Gate::new(foundation.config.alerts.raises_in_flight));
        let intake = Intake::new(foundation.db.clone());
        let folios = Folios::new(foundation.db.engine());
        Self {
            foundation,
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
        self.foundation.clock.now()
    }

    /// The centres, as this process knows them.
    pub(crate) fn centres(&self) -> &CentreCache {
        &self.centres
    }

    /// Presses that wait for their turn at the gate.
    pub(crate) fn presses_waiting(&self) -> usize {
        self.gate.waiting()
    }

    /// Gives back the folios that were drawn ahead. When the server stops.
    ///
    /// # Errors
    /// What the database says.
    pub async fn give_back_folios(&self) -> Result<(), DbError> {
        self.folios.give_back(&self.foundation.db).await
    }

    /// What a step needs, to be moved into a write.
    pub(crate) fn step_context(&self) -> engine::context::StepContext {
        engine::context::StepContext {
            foundation: self.foundation.clone(),
            lease: None,
            extent: engine::context::Extent::Whole,
        }
    }

    /// After the commit of a step: messages go out, streams are told.
    pub(crate) fn after(&self, mut stepped: Stepped) {
        let messages = std::mem::take(&mut stepped.messages);
        self.outbox.hand_over(None, messages);
        self.publish(&stepped);
        self.foundation.bus.nudge_engine();
    }

    /// The streams' part of [`Alerts::after`]: after a press its messages have left already, and the
    /// plan was asked a moment ago and is due in seconds, so that the engine is left alone.
    pub(crate) fn publish(&self, stepped: &Stepped) {
        if let Some(changed) = stepped.record {
            changed.publish(&self.foundation.bus);
        }
        self.foundation.bus.publish(Event::AlertChanged {
            alert: stepped.alert,
        });
    }
}

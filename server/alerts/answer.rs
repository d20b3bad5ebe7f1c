//! What a contact says to an alert.

use std::time::Duration;

use serde_json::json;

use super::model::AlertState;
use super::store;
use super::{AlertError, Alerts, engine};
use crate::bus::Event;
use crate::clock::At;
use crate::db::Conn;
use crate::ids::{AlertId, ContactId};
use crate::network;
use crate::network::model::Answer;
use crate::timeline::{self, Actor, Kind, NewEntry};

/// Takes a contact's answer; the last word counts. It silences nobody: the others and 911 are told all the same.
///
/// # Errors
/// `NotFound` where the contact is none of this open alert's (removed ones included).
pub async fn answer(alerts: &Alerts, alert: AlertId, contact: ContactId, answer: Answer) -> Result<(), AlertError> {
    tracing::Span::current().record("alert", tracing::field::display(alert));
    let now = alerts.now();
    let put = alerts
        .write_and_step(alerts.step_context(), false, move |conn, step| {
            put(conn, step, alert, contact, answer, now)?.ok_or(AlertError::NotFound)
        })
        .await?;
    put.announce(alerts);
    Ok(())
}

/// An answer that was written, for after the commit.
pub(super) struct Put {
    stepped: engine::Stepped,
    /// For the first of an alert: how long she waited for it.
    first_after: Option<Duration>,
}

impl Put {
    /// Lets those know who wait for it.
    pub(super) fn announce(self, alerts: &Alerts) {
        if let Some(waited) = self.first_after {
            alerts.ground.meters.first_answer.observe(waited.as_secs_f64());
        }
        let alert = self.stepped.alert;
        alerts.after(self.stepped);
        alerts.ground.bus.publish(Event::AlertChanged { alert });
    }
}

/// The same in the caller's transaction; `None` where the contact is none of this open alert's.
///
/// # Errors
/// The database, or a sealed column that does not open.
pub(super) fn put(
    conn: &mut Conn,
    step: &engine::StepContext,
    alert: AlertId,
    contact: ContactId,
    answer: Answer,
    now: At,
) -> Result<Option<Put>, AlertError> {
    let Some(row) = store::take(conn, alert)? else { return Ok(None) };
    let open = row.state == AlertState::Open.as_str();
    if !open || network::still_active(conn, row.person, &[contact])?.is_empty() {
        return Ok(None);
    }
    let first_after = store::answers_of(conn, alert)?.is_empty().then(|| now.since(row.raised_at));
    store::put_answer(conn, alert, contact, answer.as_str(), now)?;
    let entry = NewEntry::new(alert, now, Kind::Answered, Actor::Contact(contact));
    timeline::append(conn, &entry.with(json!({ "answer": answer })))?;
    Ok(Some(Put { stepped: engine::step(conn, step, alert, now)?, first_after }))
}

//! What a contact says to an alert.

use serde_json::json;

use super::model::AlertState;
use super::store;
use super::{AlertError, Alerts, engine};
use crate::bus::Event;
use crate::ids::{AlertId, ContactId};
use crate::network;
use crate::network::model::Answer;
use crate::timeline::{self, Actor, Kind, NewEntry};

/// Takes a contact's answer; the last word counts. It silences nobody: the others and 911 are told all the same.
///
/// # Errors
/// `NotFound` where the contact is none of this open alert's (removed ones included).
pub async fn answer(alerts: &Alerts, alert: AlertId, contact: ContactId, answer: Answer) -> Result<(), AlertError> {
    let now = alerts.now();
    let stepped = alerts
        .write_and_step(alerts.step_context(), false, move |conn, step| {
            let row = store::take(conn, alert)?.ok_or(AlertError::NotFound)?;
            let open = row.state == AlertState::Open.as_str();
            if !open || network::still_active(conn, row.person, &[contact])?.is_empty() {
                return Err(AlertError::NotFound);
            }
            store::put_answer(conn, alert, contact, answer.as_str(), now)?;
            let entry = NewEntry::new(alert, now, Kind::Answered, Actor::Contact(contact));
            timeline::append(conn, &entry.with(json!({ "answer": answer })))?;
            engine::step(conn, step, alert, now)
        })
        .await?;
    alerts.after(stepped);
    alerts.ground.bus.publish(Event::AlertChanged { alert });
    Ok(())
}

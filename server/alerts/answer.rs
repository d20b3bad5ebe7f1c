//! What a contact says to an alert.

use serde_json::json;

use super::model::AlertState;
use super::store;
use super::{AlertError, Alerts, engine};
use crate::bus::Event;
use crate::clock::At;
use crate::db::{Conn, Lane};
use crate::ids::{AlertId, ContactId};
use crate::network;
use crate::network::model::Answer;
use crate::timeline::{self, Actor, Kind, NewEntry};

/// Takes a contact's answer; the last word counts. It silences nobody: the others and 911 are told all the same.
///
/// # Errors
/// `NotFound` where the contact is none of this open alert's (removed ones included).
pub async fn answer(alerts: &Alerts, alert: AlertId, contact: ContactId, answer: Answer) -> Result<(), AlertError> {
    let (g, step, now) = (alerts.ground.clone(), alerts.step_context(), alerts.ground.clock.now());
    let stepped = alerts
        .ground
        .db
        .write(Lane::Alert, move |conn| put(conn, &step, alert, contact, answer, now)?.ok_or(AlertError::NotFound))
        .await?;
    alerts.after(stepped);
    g.bus.publish(Event::AlertChanged { alert });
    Ok(())
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
) -> Result<Option<engine::Stepped>, AlertError> {
    let Some(row) = store::take(conn, alert)? else { return Ok(None) };
    let open = row.state == AlertState::Open.as_str();
    if !open || network::still_active(conn, row.person, &[contact])?.is_empty() {
        return Ok(None);
    }
    store::put_answer(conn, alert, contact, answer.as_str(), now)?;
    let entry = NewEntry::new(alert, now, Kind::Answered, Actor::Contact(contact));
    timeline::append(conn, &entry.with(json!({ "answer": answer })))?;
    engine::step(conn, step, alert, now).map(Some)
}

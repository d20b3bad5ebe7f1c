//! She asks for 911 whatever her policy said.

use super::engine::step;
use super::model::AlertState;
use super::store::{self, AlertChange};
use super::{AlertError, Alerts};
use crate::bus::Event;
use crate::escalation::RecordState;
use crate::escalation::records::{self, RecordChange};
use crate::identity::AlertCaller;
use crate::ids::ClientId;
use crate::timeline::{self, Actor, Kind, NewEntry};

/// Frees a withheld or waiting record, and queues one again that 911 has closed. Else asking again
/// changes nothing; a closed alert stays closed.
///
/// # Errors
/// `Unknown` where the server has no such alert of hers.
pub async fn escalate(
    alerts: &Alerts,
    caller: &AlertCaller,
    client_id: ClientId,
) -> Result<(), AlertError> {
    let row = alerts.of_caller(caller, client_id).await?;
    let (alert, now) = (row.id, alerts.now());
    let stepped = alerts
        .write_and_step(alerts.step_context(), move |conn, step| {
            let row = store::take(conn, alert)?.ok_or(AlertError::Unknown)?;
            if row.state != AlertState::Open || row.drill {
                return Ok(None);
            }
            let record = records::facts(conn, alert)?;
            let closed = record.is_some_and(|record| record.state == RecordState::Closed);
            if row.escalated_at.is_none() || closed {
                let change = AlertChange {
                    escalated_at: Some(Some(now)),
                    ..AlertChange::default()
                };
                store::change(conn, alert, &change)?;
                timeline::append(
                    conn,
                    &NewEntry::new(alert, now, Kind::Escalated, Actor::Her),
                )?;
            }
            store::leave_quarantine(conn, &row, now)?;
            if closed {
                records::change(conn, alert, RecordChange::Queue, now)?;
            }
            Ok::<_, AlertError>(Some(step::step(conn, step, alert, now)?))
        })
        .await?;
    if let Some(stepped) = stepped {
        alerts.after(stepped);
    }
    alerts.foundation.bus.publish(Event::AlertChanged { alert });
    Ok(())
}

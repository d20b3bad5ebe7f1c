//! The app's receipt for a push: the phone has it, or its user looked at it.

use super::engine::messages::SUBJECT;
use super::engine::step;
use super::{AlertError, Alerts};
use crate::bus::Event;
use crate::db::take_alerts;
use crate::delivery::addresses::OwnerKind;
use crate::delivery::receipts::{self, Receipt};
use crate::ids::{NotificationId, PersonId};

/// Takes a receipt from the person on whose device the push arrived.
///
/// # Errors
/// `NotFound` where the notification went to another person's device, or does not exist.
pub async fn receive(
    alerts: &Alerts,
    person: PersonId,
    id: NotificationId,
    said: Receipt,
) -> Result<(), AlertError> {
    let now = alerts.now();
    let (subject, stepped) = alerts
        .write_and_step(alerts.step_context(), move |conn, step| {
            let found = receipts::find(conn, id)?.ok_or(AlertError::NotFound)?;
            if found.owner != Some((OwnerKind::Person, person.into())) {
                return Err(AlertError::NotFound);
            }
            if found.subject_kind == SUBJECT {
                take_alerts(conn, &[found.key.subject.alert()])?;
            }
            let moved = receipts::receipt(conn, id, said, now)?;
            if moved.is_none() || found.subject_kind != SUBJECT {
                return Ok((None, None));
            }
            let alert = found.key.subject.alert();
            Ok((Some(alert), Some(step::step(conn, step, alert, now)?)))
        })
        .await?;
    if let Some(stepped) = stepped {
        alerts.after(stepped);
    }
    if let Some(alert) = subject {
        alerts.foundation.bus.publish(Event::AlertChanged { alert });
    }
    Ok(())
}

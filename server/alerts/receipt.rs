//! The app's receipt for a push: the phone has it, or its user looked at it.

use super::engine::messages::SUBJECT;
use super::engine::step;
use super::{AlertError, Alerts};
use crate::bus::Event;
use crate::db::{Conn, take_alerts};
use crate::delivery::addresses::OwnerKind;
use crate::delivery::receipts::{self, Receipt};
use crate::identity::AlertToken;
use crate::ids::{NotificationId, PersonId};

/// Why a caller may confirm a notification.
#[derive(Debug)]
pub enum Proof {
    /// The token of a person's device. An access token that has expired is good for it too.
    Token(AlertToken),
    /// The secret that the push itself carried, which was compared already.
    Secret,
    /// A person who is known by other means, as in a simulator.
    Person(PersonId),
}

impl From<PersonId> for Proof {
    fn from(person: PersonId) -> Self {
        Self::Person(person)
    }
}

/// Takes a receipt from the phone on which the push arrived.
///
/// # Errors
/// `NotFound` where the notification went to another person's device, does not exist, or is too old
/// for its secret; what the token's holder is refused for.
pub async fn receive(
    alerts: &Alerts,
    by: impl Into<Proof>,
    id: NotificationId,
    said: Receipt,
) -> Result<(), AlertError> {
    let (now, by) = (alerts.now(), by.into());
    let (subject, stepped) = alerts
        .write_and_step(alerts.step_context(), move |conn, step| {
            let found = receipts::find(conn, id)?;
            let person = match &by {
                Proof::Secret => None,
                Proof::Person(person) => Some(*person),
                Proof::Token(token) => Some(holder(conn, token)?),
            };
            let found = found.filter(|found| match person {
                Some(person) => found.owner == Some((OwnerKind::Person, person.into())),
                None => now < found.receipt_until,
            });
            let found = found.ok_or(AlertError::NotFound)?;
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

/// Whose device it is. The token of a device that was revoked is good for its open alert alone.
fn holder(conn: &mut Conn, token: &AlertToken) -> Result<PersonId, AlertError> {
    let holder = token.holder(conn)?;
    if holder.only_open_alert {
        return Err(AlertError::Unauthorized);
    }
    Ok(holder.person)
}

//! A contact ends while an alert may be open: what is still owed to that contact is called back in
//! the same change.

use super::store;
use super::{AlertError, Alerts};
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::delivery;
use crate::delivery::model::FailReason;
use crate::ids::{ContactId, PersonId, Secret};
use crate::network::{self, Removed};
use crate::timeline::{self, Actor, Kind, NewEntry};

/// She takes a contact off her list.
///
/// # Errors
/// `NotFound` where it is no contact of hers.
pub async fn by_her(
    alerts: &Alerts,
    person: PersonId,
    contact: ContactId,
) -> Result<(), AlertError> {
    let now = alerts.now();
    alerts
        .foundation
        .db
        .write(WritePriority::Alert, move |conn| {
            let removed = network::remove(conn, person, contact, now)?;
            call_back(conn, removed, Actor::Her, now)
        })
        .await
}

/// A contact leaves, and may keep her invitations away.
///
/// # Errors
/// `NotFound` where the contact is not the caller's own.
pub async fn by_contact(
    alerts: &Alerts,
    contact_person: PersonId,
    contact: ContactId,
    block: bool,
) -> Result<(), AlertError> {
    let now = alerts.now();
    alerts
        .foundation
        .db
        .write(WritePriority::Alert, move |conn| {
            let removed = network::leave(conn, contact_person, contact, block, now)?;
            call_back(conn, removed, Actor::Contact(contact), now)
        })
        .await
}

/// A contact with a phone alone leaves by the link of the invitation.
///
/// # Errors
/// As [`network::leave_by_link`].
pub async fn leave_by_link(alerts: &Alerts, link: &Secret) -> Result<(), AlertError> {
    let (now, hash) = (alerts.now(), link.hash());
    alerts
        .foundation
        .db
        .write(
            WritePriority::Alert,
            move |conn| match network::leave_by_link(conn, &hash, now)? {
                Some(removed) => call_back(conn, removed, Actor::Contact(removed.contact), now),
                None => Ok(()),
            },
        )
        .await
}

/// Whatever is owed to that contact, of an alert that is over too: news of an end that waits to be
/// sent is no business of who is none of hers any more.
fn call_back(conn: &mut Conn, removed: Removed, by: Actor, now: At) -> Result<(), AlertError> {
    delivery::withdraw_recipient(
        conn,
        removed.contact.into(),
        FailReason::ContactRemoved,
        now,
    )?;
    if let Some(open) = store::open_of(conn, removed.person)? {
        timeline::append(conn, &NewEntry::new(open.id, now, Kind::ContactRemoved, by))?;
    }
    Ok(())
}

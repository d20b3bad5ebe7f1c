//! A contact's own choice: whether drills reach him or her. An alarm always does.

use super::NetworkError;
use super::end::accepted_row;
use super::store;
use crate::db::{Conn, WritePriority};
use crate::foundation::Foundation;
use crate::identity;
use crate::ids::{ContactId, PersonId, Secret};

/// A contact with an account chooses.
///
/// # Errors
/// `NotFound` where the contact is not the caller's own.
pub async fn choose(
    foundation: &Foundation,
    contact_person: PersonId,
    contact: ContactId,
    drills: bool,
) -> Result<(), NetworkError> {
    let write = move |conn: &mut Conn| {
        let lookup = identity::phone_lookup_of(conn, contact_person)?;
        let mine = store::naming(conn, contact_person, &lookup, super::chosen::ACTIVE)?;
        let row = mine
            .into_iter()
            .find(|row| row.id == contact)
            .ok_or(NetworkError::NotFound)?;
        Ok(store::set_drills(conn, row.id, drills)?)
    };
    foundation.db.write(WritePriority::Background, write).await
}

/// A contact with a phone alone chooses by the invitation's link. A contact that she has
/// removed gets the same answer, and nothing changes.
///
/// # Errors
/// As [`super::accepted`].
pub async fn choose_by_link(
    foundation: &Foundation,
    link: &Secret,
    drills: bool,
) -> Result<(), NetworkError> {
    let (hash, now) = (link.hash(), foundation.clock.now());
    let write = move |conn: &mut Conn| {
        let row = accepted_row(conn, &hash, now)?;
        Ok(store::set_drills(conn, row.id, drills)?)
    };
    foundation.db.write(WritePriority::Background, write).await
}

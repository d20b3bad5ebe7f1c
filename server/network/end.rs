//! How a contact stops being one: by her, or by the contact.

use super::NetworkError;
use super::model::{ContactEvent, ContactState};
use super::store::{self, ContactChange, ContactRow};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::addresses;
use crate::foundation::Foundation;
use crate::identity;
use crate::ids::{ContactId, PersonId, Secret, SecretHash};
use crate::language::Language;

/// A contact who has just stopped being one: queued messages of an open alert must be withdrawn.
#[derive(Debug, Clone, Copy)]
pub struct Removed {
    /// Who.
    pub contact: ContactId,
    /// Whose.
    pub person: PersonId,
}

/// She removes a contact, at once, during an alert too. The contact is not told.
///
/// # Errors
/// `NotFound` where it is no invited or active contact of hers.
pub fn remove(
    conn: &mut Conn,
    person: PersonId,
    contact: ContactId,
    now: At,
) -> Result<Removed, NetworkError> {
    let row = store::hers(conn, person, contact)?.ok_or(NetworkError::NotFound)?;
    end(conn, &row, ContactEvent::Remove, now)
}

/// A contact leaves her; with `block` her invitations no longer reach that number.
///
/// # Errors
/// `NotFound` where the contact is not the caller's own.
pub fn leave(
    conn: &mut Conn,
    contact_person: PersonId,
    contact: ContactId,
    block: bool,
    now: At,
) -> Result<Removed, NetworkError> {
    let lookup = identity::phone_lookup_of(conn, contact_person)?;
    let live = [ContactState::Invited, ContactState::Active];
    let mine = store::naming(conn, contact_person, &lookup, &live)?;
    let row = mine
        .into_iter()
        .find(|r| r.id == contact)
        .ok_or(NetworkError::NotFound)?;
    identity::take_person(conn, row.person)?;
    if block {
        store::block(conn, &row.phone_lookup, Some(row.person), now)?;
    }
    end(conn, &row, ContactEvent::Leave, now)
}

/// What the holder of an accepted invitation's link may change.
#[derive(Debug, Clone, Copy)]
pub struct Accepted {
    /// In which language to ask.
    pub language: Language,
    /// Whether drills reach this contact.
    pub drills: bool,
}

/// Whether this invitation was accepted by its link's holder, and what was chosen then. She may
/// have removed the contact since, who is not told: the answer is the same.
///
/// # Errors
/// `NotFound` for a link that is none; `Gone` for one that was not accepted, or by whose contact
/// she was left.
pub async fn accepted(foundation: &Foundation, link: &Secret) -> Result<Accepted, NetworkError> {
    let (hash, now) = (link.hash(), foundation.clock.now());
    let read = move |conn: &mut Conn| {
        let row = accepted_row(conn, &hash, now)?;
        Ok(Accepted {
            language: Language::of_tag(&row.language),
            drills: row.drills,
        })
    };
    foundation.db.read(read).await
}

/// A contact who accepted leaves her by the invitation's link. From then on the contact's links are
/// none, whether there was anything to leave or she had removed the contact before (`None`).
///
/// # Errors
/// As [`accepted`].
pub fn leave_by_link(
    conn: &mut Conn,
    hash: &SecretHash,
    now: At,
) -> Result<Option<Removed>, NetworkError> {
    let row = accepted_row(conn, hash, now)?;
    let removed = if row.state == ContactState::Active {
        Some(end(conn, &row, ContactEvent::Leave, now)?)
    } else {
        None
    };
    store::forget_invitations(conn, row.id)?;
    Ok(removed)
}

pub(super) fn accepted_row(
    conn: &mut Conn,
    hash: &SecretHash,
    now: At,
) -> Result<ContactRow, NetworkError> {
    let (row, _) = store::of_link(conn, hash, now)?.ok_or(NetworkError::NotFound)?;
    let is_accepted = match row.state {
        ContactState::Active => true,
        ContactState::Removed => row.answered_at.is_some(),
        _ => false,
    };
    if is_accepted {
        Ok(row)
    } else {
        Err(NetworkError::Gone)
    }
}

fn end(
    conn: &mut Conn,
    row: &ContactRow,
    event: ContactEvent,
    now: At,
) -> Result<Removed, NetworkError> {
    // What is owed to the contact is called back in this transaction: hers comes first.
    identity::take_person(conn, row.person)?;
    let from = row.state;
    let to = from.after(event).ok_or(NetworkError::NotFound)?;
    let change = ContactChange {
        state: Some(to),
        ended_at: Some(Some(now)),
        ..ContactChange::default()
    };
    if !store::change(conn, row.id, from, &change)? {
        return Err(NetworkError::NotFound);
    }
    store::spend_invitations(conn, row.id, now)?;
    store::forget_confirmations(conn, row.id)?;
    addresses::retire_owner(conn, row.id.into(), "contact_ended", now)?;
    Ok(Removed {
        contact: row.id,
        person: row.person,
    })
}

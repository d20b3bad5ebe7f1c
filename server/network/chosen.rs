//! The contacts who are notified when she presses, and what each screen shows of them.

use std::collections::HashMap;

use super::NetworkError;
use super::model::ContactState;
use super::store::{self, ContactRow};
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::delivery::model::NotificationState;
use crate::delivery::{self, stops};
use crate::identity;
use crate::ids::{ContactId, PersonId, SubjectId};
use crate::language::Language;
use crate::seal::{self, Keyring};

pub(super) const ACTIVE: &[ContactState] = &[ContactState::Active];
/// On her list: one whose invitation ran out too, until she asks again, takes it off, or it is
/// forgotten.
const LISTED: [ContactState; 3] = [
    ContactState::Invited,
    ContactState::Active,
    ContactState::Expired,
];

/// A contact who said yes, as the press needs it.
#[derive(Debug, Clone)]
pub struct ChosenContact {
    /// The contact.
    pub id: ContactId,
    /// The language of what the contact reads.
    pub language: Language,
    /// What the contact's lock screen calls her, if one was agreed on.
    pub alias: Option<String>,
    /// The account behind the number, if there is one: its devices get pushes.
    pub contact_person: Option<PersonId>,
    /// She marked this contact in advance as one who is told of duress.
    pub knows_duress: bool,
    /// When the contact said yes.
    pub accepted_at: At,
    /// The contact takes part in drills.
    pub drills: bool,
}

/// Her contacts who said yes, in her order. A contact whose alias does not open gets neutral words: one
/// broken column must not stop a notification.
///
/// # Errors
/// The database.
pub fn active(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
) -> Result<Vec<ChosenContact>, NetworkError> {
    let rows = store::active_of_person(conn, person)?;
    let accounts = accounts_behind(conn, &rows)?;
    rows.into_iter()
        .map(|row| {
            Ok(ChosenContact {
                id: row.id,
                language: Language::of_tag(&row.language),
                alias: alias_if_any(keys, &row),
                contact_person: row
                    .contact_person
                    .or_else(|| accounts.get(&row.phone_lookup).copied()),
                knows_duress: row.knows_duress,
                accepted_at: row.answered_at.unwrap_or(row.invited_at),
                drills: row.drills,
            })
        })
        .collect()
}

/// A contact, as far as it matters whether an alert would arrive.
#[derive(Debug, Clone)]
pub struct Reachable {
    /// The contact.
    pub id: ContactId,
    /// Invited, active, or expired.
    pub state: ContactState,
    /// When the contact said yes.
    pub accepted_at: Option<At>,
    /// The account behind the number, if there is one.
    pub contact_person: Option<PersonId>,
    /// The number said STOP.
    pub stopped: bool,
    /// The contact takes part in drills.
    pub drills: bool,
}

/// All who stand on her list, in her order, without names and numbers. `senders` are those that
/// texts to them come from.
///
/// # Errors
/// The database.
pub fn reachable(
    conn: &mut Conn,
    person: PersonId,
    senders: &[String],
) -> Result<Vec<Reachable>, NetworkError> {
    let rows = store::of_person(conn, person, &LISTED)?;
    let accounts = accounts_behind(conn, &rows)?;
    rows.into_iter()
        .map(|row| {
            Ok(Reachable {
                id: row.id,
                state: row.state,
                accepted_at: row.answered_at,
                contact_person: row
                    .contact_person
                    .or_else(|| accounts.get(&row.phone_lookup).copied()),
                stopped: stops::is_stopped(conn, &row.phone_lookup, senders)?,
                drills: row.drills,
            })
        })
        .collect()
}

/// Accounts made after the yes: their owners proved the same number, so pushes reach them from then
/// on.
fn accounts_behind(
    conn: &mut Conn,
    rows: &[ContactRow],
) -> Result<HashMap<Vec<u8>, PersonId>, NetworkError> {
    let unknown: Vec<Vec<u8>> = rows
        .iter()
        .filter(|r| r.contact_person.is_none())
        .map(|r| r.phone_lookup.clone())
        .collect();
    if unknown.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(identity::people_by_phone_lookup(conn, unknown)?
        .into_iter()
        .collect())
}

/// Which of `ids` are still active contacts of hers.
///
/// # Errors
/// The database.
pub fn still_active(
    conn: &mut Conn,
    person: PersonId,
    ids: &[ContactId],
) -> Result<Vec<ContactId>, NetworkError> {
    let rows = store::active_of_person(conn, person)?;
    Ok(rows
        .into_iter()
        .map(|r| r.id)
        .filter(|id| ids.contains(id))
        .collect())
}

/// A contact with name and number: for her own list, and for an opened record.
#[derive(Debug, Clone)]
pub struct NamedContact {
    /// The contact.
    pub id: ContactId,
    /// What she calls the contact.
    pub name: String,
    /// E.164.
    pub phone: String,
    /// Where the contact stands.
    pub state: ContactState,
    /// The area code was filled in by us: she should check the number.
    pub phone_inferred: bool,
    /// The language of what the contact reads.
    pub language: Language,
    /// She marked this contact in advance as one who is told of duress.
    pub knows_duress: bool,
    /// The contact takes part in drills.
    pub drills: bool,
}

/// Names and numbers of those of `ids` that are or were contacts of hers, in her order. One that
/// does not open stands there empty, so that the operator sees the others.
///
/// # Errors
/// The database.
pub fn names(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
    ids: &[ContactId],
) -> Result<Vec<NamedContact>, NetworkError> {
    let rows = store::of_person(conn, person, ContactState::ALL)?;
    Ok(rows
        .iter()
        .filter(|r| ids.contains(&r.id))
        .map(|r| named(keys, r))
        .collect())
}

pub(super) fn named(keys: &Keyring, row: &ContactRow) -> NamedContact {
    let open = |column, sealed| {
        let opened = keys.open_text("contacts", column, row.id.bytes(), sealed);
        seal::or_none("a contact's name or number", row.id, opened)
            .map(|text| text.to_string())
            .unwrap_or_default()
    };
    NamedContact {
        id: row.id,
        name: open("sealed_name", &row.sealed_name),
        phone: open("sealed_phone", &row.sealed_phone),
        state: row.state,
        phone_inferred: row.phone_inferred,
        language: Language::of_tag(&row.language),
        knows_duress: row.knows_duress,
        drills: row.drills,
    }
}

/// Her list: all who are invited or active, and whose invitation ran out, each with whether the
/// number said STOP and what became of the invitation that waits.
pub(super) fn list(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
    senders: &[String],
    now: At,
) -> Result<Vec<(NamedContact, bool, Option<NotificationState>)>, NetworkError> {
    let rows = store::of_person(conn, person, &LISTED)?;
    rows.iter()
        .map(|row| {
            let stopped = stops::is_stopped(conn, &row.phone_lookup, senders)?;
            let asked = invitation(conn, row, now)?;
            Ok((named(keys, row), stopped, asked))
        })
        .collect()
}

/// Where the text of the last invitation stands, while it waits for an answer.
fn invitation(
    conn: &mut Conn,
    row: &ContactRow,
    now: At,
) -> Result<Option<NotificationState>, NetworkError> {
    if row.state != ContactState::Invited {
        return Ok(None);
    }
    let sent = delivery::notifications_of(conn, SubjectId(row.id.0), now)?;
    Ok(sent.last().map(|fact| fact.state))
}

/// A woman that a contact watches over.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// As which contact.
    pub contact: ContactId,
    /// The woman.
    pub person: PersonId,
    /// When the contact said yes.
    pub accepted_at: At,
    /// The contact takes part in drills.
    pub drills: bool,
}

/// Those who have `contact_person` as an active contact.
///
/// # Errors
/// The database.
pub fn watched_by(conn: &mut Conn, contact_person: PersonId) -> Result<Vec<Watched>, NetworkError> {
    let lookup = identity::phone_lookup_of(conn, contact_person)?;
    let rows = store::naming(conn, contact_person, &lookup, ACTIVE)?;
    Ok(rows.iter().map(watched).collect())
}

fn watched(row: &ContactRow) -> Watched {
    let accepted_at = row.answered_at.unwrap_or(row.invited_at);
    Watched {
        contact: row.id,
        person: row.person,
        accepted_at,
        drills: row.drills,
    }
}

/// Those who have a phone's number as an active contact.
///
/// # Errors
/// The database.
pub fn watching_with(conn: &mut Conn, phone_lookup: &[u8]) -> Result<Vec<Watched>, NetworkError> {
    let rows = store::with_number(conn, phone_lookup, ACTIVE)?;
    Ok(rows.iter().map(watched).collect())
}

/// Her, as one contact knows her.
#[derive(Debug, Clone)]
pub struct HerAsKnown {
    /// Who she is to us.
    pub person: PersonId,
    /// The alias that the contact agreed to.
    pub alias: Option<String>,
    /// The name she gave.
    pub her_name: Option<String>,
    /// The contact's language.
    pub language: Language,
    /// Whether the contact still is one.
    pub active: bool,
    /// The contact takes part in drills.
    pub drills: bool,
}

/// Her, as `contact` knows her: for the contact's own page.
///
/// # Errors
/// `NotFound`, or the database. An alias or a name that does not open is none.
pub fn called_by(
    conn: &mut Conn,
    keys: &Keyring,
    contact: ContactId,
) -> Result<HerAsKnown, NetworkError> {
    let row = store::by_id(conn, contact)?.ok_or(NetworkError::NotFound)?;
    let alias = alias_if_any(keys, &row);
    // Her name must not stand where an alias was agreed on, though it does not open.
    let her_name = match row.sealed_alias.is_some() && alias.is_none() {
        true => None,
        false => identity::name_of(conn, keys, row.person)?,
    };
    Ok(HerAsKnown {
        person: row.person,
        alias,
        her_name,
        language: Language::of_tag(&row.language),
        active: row.state == ContactState::Active,
        drills: row.drills,
    })
}

fn alias_if_any(keys: &Keyring, row: &ContactRow) -> Option<String> {
    let sealed = row.sealed_alias.as_deref()?;
    let opened = keys.open_text("contacts", "sealed_alias", row.id.bytes(), sealed);
    seal::or_none("an alias", row.id, opened).map(|alias| alias.to_string())
}

/// Contacts that stand, of anyone: what a restore may have brought back.
///
/// # Errors
/// What the database says.
pub fn standing(conn: &mut Conn) -> Result<std::collections::HashSet<ContactId>, DbError> {
    store::standing(conn)
}

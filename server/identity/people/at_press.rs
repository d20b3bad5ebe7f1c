//! What rooms above ask of a person inside their own transactions.

use super::store;
use crate::db::{Batch, Conn, DbError};
use crate::delivery::PHONE_LOOKUP;
use crate::identity::IdentityError;
use crate::identity::model::{Hold, Policy};
use crate::ids::{CentreId, MunicipalityId, PersonId};
use crate::language::Language;
use crate::seal::{self, Keyring};

/// A person as a press finds her.
#[derive(Debug, Clone)]
pub struct PersonAtPress {
    /// Who.
    pub person: PersonId,
    /// Whose person she is.
    pub municipality: MunicipalityId,
    /// Her centre, where one was set; else the municipality's default.
    pub home_centre: Option<CentreId>,
    /// When 911 is told.
    pub policy: Policy,
    /// With `network_only`: what happens when no contact can be reached.
    pub if_nobody_reached: Hold,
    /// With `network_only`: what happens under duress.
    pub if_duress: Hold,
    /// Whether she named officers to whom her records do not exist, where it was read.
    pub named_officers: Option<bool>,
    /// The version of the centres ([`crate::db::change_marks::CENTRES`]), where it was read.
    pub centres_version: Option<i64>,
}

/// Takes her row until the transaction ends, so that two presses of hers come one after the other,
/// and reads it. `alone`: no other table is read, for a press that must not fail for it.
///
/// # Errors
/// [`IdentityError::NotFound`] where there is no such person; what the database says.
pub fn person_for_raise(
    conn: &mut Conn,
    person: PersonId,
    alone: bool,
) -> Result<PersonAtPress, IdentityError> {
    let (row, named_officers, centres_version) = if alone {
        store::take(conn, person)?;
        (store::by_id(conn, person)?, None, None)
    } else {
        let taken = store::take_and_read(conn, person)?;
        let (row, named, centres) = taken.ok_or(IdentityError::NotFound)?;
        (Some(row), Some(named), Some(centres.unwrap_or(0)))
    };
    let row = row.ok_or(IdentityError::NotFound)?;
    Ok(PersonAtPress {
        person: row.id,
        municipality: row.municipality,
        home_centre: row.home_centre,
        policy: row.policy,
        if_nobody_reached: row.if_nobody_reached,
        if_duress: row.if_duress,
        named_officers,
        centres_version,
    })
}

/// Takes her row until the transaction ends: before rows of her devices, sessions, contacts or
/// messages are changed.
///
/// # Errors
/// What the database says.
pub fn take_person(conn: &mut Conn, person: PersonId) -> Result<(), DbError> {
    store::take(conn, person)
}

/// Whose person she is, and her home centre. Takes no row.
///
/// # Errors
/// [`IdentityError::NotFound`] where there is no such person; what the database says.
pub fn home_of(conn: &mut Conn, person: PersonId) -> Result<Home, IdentityError> {
    let row = store::by_id(conn, person)?.ok_or(IdentityError::NotFound)?;
    Ok(Home {
        municipality: row.municipality,
        home_centre: row.home_centre,
    })
}

/// Where a person belongs.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    /// Whose person she is.
    pub municipality: MunicipalityId,
    /// Her centre, where one was set; else the municipality's default.
    pub home_centre: Option<CentreId>,
}

/// One more alert of hers is open, hidden ones counted: her PIN stays and her policy can only rise.
/// Her row has been taken and read.
///
/// # Errors
/// What the database says.
pub fn alert_opened(batch: &mut Batch<'_>, person: PersonId) -> Result<(), IdentityError> {
    Ok(store::count_one_more(batch, person)?)
}

/// One alert of hers has closed. Never counts below none.
///
/// # Errors
/// What the database says.
pub fn alert_closed(conn: &mut Conn, person: PersonId) -> Result<(), IdentityError> {
    store::count_alerts(conn, person, -1)?;
    Ok(())
}

/// Who she is, for a record that was opened and for no other use.
#[derive(Clone)]
pub struct PersonCard {
    /// The name she gave, if any.
    pub name: Option<String>,
    /// Her number, E.164.
    pub phone: String,
    /// Her language.
    pub language: Language,
}

impl std::fmt::Debug for PersonCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonCard(…)")
    }
}

/// Opens her name and number. What does not open is left empty, so that the operator sees all the
/// rest.
///
/// # Errors
/// [`IdentityError::NotFound`], or what the database says.
pub fn person_card(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
) -> Result<PersonCard, IdentityError> {
    let row = store::by_id(conn, person)?.ok_or(IdentityError::NotFound)?;
    Ok(PersonCard {
        name: open_name(keys, &row),
        phone: open_phone(keys, &row),
        language: Language::of_tag(&row.language),
    })
}

/// The name she gave, if any and if it opens.
///
/// # Errors
/// [`IdentityError::NotFound`], or what the database says.
pub fn name_of(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
) -> Result<Option<String>, IdentityError> {
    let row = store::by_id(conn, person)?.ok_or(IdentityError::NotFound)?;
    Ok(open_name(keys, &row))
}

pub(super) fn open_name(keys: &Keyring, row: &store::PersonRow) -> Option<String> {
    let sealed = row.sealed_name.as_deref()?;
    let opened = keys.open_text("people", "sealed_name", row.id.bytes(), sealed);
    seal::or_none("her name", row.id, opened).map(|name| name.to_string())
}

/// Her number; empty where it does not open.
pub(super) fn open_phone(keys: &Keyring, row: &store::PersonRow) -> String {
    let opened = keys.open_text("people", "sealed_phone", row.id.bytes(), &row.sealed_phone);
    seal::or_none("her number", row.id, opened)
        .map(|phone| phone.to_string())
        .unwrap_or_default()
}

/// The person with this number (E.164), if there is one.
///
/// # Errors
/// What the database says.
pub fn person_by_phone(
    conn: &mut Conn,
    keys: &Keyring,
    e164: &str,
) -> Result<Option<PersonId>, IdentityError> {
    Ok(store::by_phone(conn, &keys.lookup(PHONE_LOOKUP, e164))?.map(|row| row.id))
}

/// The people of these lookups (of domain `phone`), each with its lookup; numbers without an
/// account are left out.
///
/// # Errors
/// What the database says.
pub fn people_by_phone_lookup(
    conn: &mut Conn,
    lookups: Vec<Vec<u8>>,
) -> Result<Vec<(Vec<u8>, PersonId)>, IdentityError> {
    if lookups.is_empty() {
        return Ok(Vec::new());
    }
    Ok(store::ids_by_phone(conn, lookups)?)
}

/// The lookup of her own number.
///
/// # Errors
/// [`IdentityError::NotFound`]; what the database says.
pub fn phone_lookup_of(conn: &mut Conn, person: PersonId) -> Result<Vec<u8>, IdentityError> {
    Ok(store::by_id(conn, person)?
        .ok_or(IdentityError::NotFound)?
        .phone_lookup)
}

/// Whose person she is.
///
/// # Errors
/// [`IdentityError::NotFound`]; what the database says.
pub fn municipality_of(conn: &mut Conn, person: PersonId) -> Result<MunicipalityId, IdentityError> {
    Ok(store::by_id(conn, person)?
        .ok_or(IdentityError::NotFound)?
        .municipality)
}

//! A person is made when a number proves itself for the first time.

use std::time::Duration;

use super::store::{self, PersonRow};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::PHONE_LOOKUP;
use crate::identity::IdentityError;
use crate::identity::model::{Hold, Policy};
use crate::ids::{MunicipalityId, PersonId};
use crate::language::Language;
use crate::phone::Phone;
use crate::seal::Keyring;

/// Before that no person is reminded to rehearse.
const FIRST_REMINDER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A person who registers.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The number that proved itself.
    pub phone: Phone,
    /// Whose person she is from now on.
    pub municipality: MunicipalityId,
    /// In what language to speak to her.
    pub language: Language,
    /// The version of the privacy notice that she accepted.
    pub notice_version: String,
}

/// The person of that number, made where there is none, with the safest presets: 911 is told at
/// once. A person who is there already keeps her municipality. The flag says whether she is new.
///
/// # Errors
/// What the database says.
pub fn register(
    conn: &mut Conn,
    keys: &Keyring,
    new: &NewPerson,
    now: At,
) -> Result<(PersonId, MunicipalityId, bool), IdentityError> {
    let lookup = keys.lookup(PHONE_LOOKUP, new.phone.as_str());
    if let Some(known) = store::by_phone(conn, &lookup)? {
        return Ok((known.id, known.municipality, false));
    }
    let id = PersonId::new();
    let row = PersonRow {
        id,
        municipality: new.municipality,
        sealed_phone: keys.seal_text("people", "sealed_phone", id.bytes(), new.phone.as_str()),
        phone_lookup: lookup.clone(),
        sealed_name: None,
        language: new.language.tag().to_owned(),
        home_centre: None,
        policy: Policy::Now,
        if_nobody_reached: Hold::Call911,
        if_duress: Hold::Call911,
        pin_hash: None,
        duress_pin_hash: None,
        open_alerts: 0,
        notice_version: new.notice_version.clone(),
        notice_at: now,
        created_at: now,
        deleted_at: None,
        reminder_due_at: Some(now.plus(FIRST_REMINDER)),
    };
    store::add(conn, &row)?;
    // Two phones may register one number at once: the first one makes the person.
    let stored = store::by_phone(conn, &lookup)?.ok_or(IdentityError::NotFound)?;
    Ok((stored.id, stored.municipality, stored.id == id))
}

/// Notes that she accepted this version of her municipality's notice.
pub(in crate::identity) fn accept_notice(
    conn: &mut Conn,
    person: PersonId,
    version: &str,
    now: At,
) -> Result<(), IdentityError> {
    Ok(store::accept_notice(conn, person, version, now)?)
}

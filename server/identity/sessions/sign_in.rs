//! A number asks for a code.

use zeroize::Zeroizing;

use super::code;
use super::store::{self, CodeRow};
use crate::clock::{At, JUMP};
use crate::db::{Conn, WritePriority};
use crate::delivery::enqueue;
use crate::delivery::model::Channel;
use crate::delivery::{Content, Destination, MessageKey, NewNotification, PHONE_LOOKUP};
use crate::http::Code;
use crate::identity::rules::{RESEND_AFTER, Rules};
use crate::identity::{Identity, IdentityError, people};
use crate::ids::{AddressId, MunicipalityId, RecipientId, SubjectId};
use crate::language::Language;
use crate::municipality;
use crate::phone::Phone;
use crate::wording;

/// Reads a number as she wrote it: a local one by the area code of the municipality she names.
///
/// # Errors
/// [`IdentityError::Field`] for a number that cannot be dialled, or a municipality that does not
/// exist.
pub async fn phone_of(
    identity: &Identity,
    text: &str,
    municipality: Option<String>,
) -> Result<(Phone, Option<MunicipalityId>), IdentityError> {
    let found = match municipality {
        None => None,
        Some(code) => {
            let db = &identity.foundation.db;
            let found = db
                .read(move |conn| Ok::<_, IdentityError>(municipality::find(conn, &code)?))
                .await?;
            Some(found.ok_or(IdentityError::Field("municipality", Code::BAD_VALUE))?)
        }
    };
    let area_code = found.as_ref().map_or("", |m| m.area_code.as_str());
    let parsed = Phone::parse(text, area_code)
        .map_err(|_| IdentityError::Field("phone", Code::BAD_PHONE))?;
    Ok((parsed.phone, found.map(|m| m.id)))
}

/// Makes a code and queues its message, in one transaction. A number that has had too many is
/// silently passed over: the answer is the same for every number.
///
/// # Errors
/// What the database says.
pub async fn ask_for_code(
    identity: &Identity,
    phone: &Phone,
    municipality: Option<MunicipalityId>,
    language: Language,
) -> Result<(), IdentityError> {
    let (keys, rules, now) = (
        identity.foundation.keys.clone(),
        identity.rules,
        identity.now(),
    );
    let known = identity.fictional.and_then(|demo| demo.code(phone));
    let digits = known.map_or_else(code::draw, |code| Zeroizing::new(code.to_owned()));
    let (phone, id) = (phone.clone(), SubjectId(uuid::Uuid::now_v7()));
    let owed = identity
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            let lookup = keys.lookup(PHONE_LOOKUP, phone.as_str());
            // A demo's phones sign in again and again, and no message costs anything.
            if known.is_none() && is_too_often(conn, &lookup, rules, now)? {
                return Ok(Vec::new());
            }
            let expires_at = now.plus(rules.code);
            let row = CodeRow {
                id,
                phone_lookup: lookup,
                code_hmac: code::hmac(&keys, id.0, &digits),
                tries: 0,
                created_at: now,
                expires_at,
                used_at: None,
            };
            store::add_code(conn, &row)?;
            store::forget_codes(conn, now.minus(rules.code).minus(rules.code).minus(HOUR))?;
            let message = NewNotification {
                subject_kind: "sign_in".into(),
                // Neither a recipient nor an address is kept for a number that has not proved
                // itself: the code's own id is both.
                key: MessageKey {
                    subject: id,
                    recipient: RecipientId(id.0),
                    address: AddressId(id.0),
                    step: 0,
                    repeat: 0,
                },
                channel: Channel::Sms,
                senders: senders(conn, &keys, &phone, municipality)?,
                to: Destination::new(phone.as_str()),
                content: Content::Sms {
                    text: wording::say(language, "sms-sign-in", &[("code", &digits)]),
                    despite_stop: true,
                },
                deadline: expires_at,
                due_at: now,
            };
            Ok::<_, IdentityError>(enqueue(conn, &keys, now, None, &[message])?)
        })
        .await?;
    if !owed.is_empty() {
        identity.outbox.nudge();
    }
    Ok(())
}

const HOUR: std::time::Duration = std::time::Duration::from_secs(60 * 60);

fn is_too_often(
    conn: &mut Conn,
    lookup: &[u8],
    rules: Rules,
    now: At,
) -> Result<bool, IdentityError> {
    let mut times = store::code_times(conn, lookup, now.minus(HOUR))?;
    // A clock that was ahead made the others: they keep no person from her account.
    times.retain(|made| *made <= now.plus(JUMP));
    let just_now = times
        .first()
        .is_some_and(|newest| now.since(*newest) < RESEND_AFTER);
    Ok(just_now || times.len() >= rules.codes_per_phone_hour)
}

/// The numbers the message comes from: of her municipality, else of the one she named, else of any
/// that has one.
fn senders(
    conn: &mut Conn,
    keys: &crate::seal::Keyring,
    phone: &Phone,
    named: Option<MunicipalityId>,
) -> Result<Vec<String>, IdentityError> {
    let hers = match people::person_by_phone(conn, keys, phone.as_str())? {
        Some(person) => Some(people::municipality_of(conn, person)?),
        None => named,
    };
    let all = municipality::list(conn)?;
    let of = |id: MunicipalityId| {
        all.iter()
            .find(|m| m.id == id)
            .map(|m| m.senders().texts)
            .filter(|texts| !texts.is_empty())
    };
    Ok(hers
        .and_then(of)
        .or_else(|| all.iter().find_map(|m| of(m.id)))
        .unwrap_or_default())
}

/// Takes a try from the number's newest code and says whether `digits` are right; a right code is
/// used up. A wrong one must be committed too, or tries would cost nothing.
pub(super) fn use_code(
    conn: &mut Conn,
    keys: &crate::seal::Keyring,
    lookup: &[u8],
    digits: &str,
    rules: Rules,
    now: At,
) -> Result<bool, IdentityError> {
    if !code::is_well_formed(digits) {
        return Ok(false);
    }
    let latest = now.plus(rules.code_ahead);
    let Some(row) = store::take_try(conn, lookup, rules.code_tries, (now, latest))? else {
        return Ok(false);
    };
    if !code::is_right(keys, row.uuid(), digits, &row.code_hmac) {
        return Ok(false);
    }
    store::use_code(conn, row.id, now)?;
    Ok(true)
}

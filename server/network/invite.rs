//! She asks a person to be her contact.

use std::time::Duration;

use super::NetworkError;
use super::model::ContactState;
use super::store::{self, ContactRow};
use crate::bounds::{self, Count};
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::delivery::model::{Channel, FailReason};
use crate::delivery::{self, Content, Destination, MessageKey, NewNotification, PHONE_LOOKUP};
use crate::foundation::Foundation;
use crate::identity::{self, Caller};
use crate::ids::{AddressId, ContactId, Secret, SubjectId};
use crate::language::Language;
use crate::municipality;
use crate::phone::{Parsed, Phone};
use crate::seal::Keyring;
use crate::wording::say;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The contact that she asks.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// What she calls the contact.
    pub name: String,
    /// The number as she wrote it.
    pub phone: String,
    /// The language of what the contact reads; hers if she named none.
    pub language: Option<Language>,
    /// Whether this contact is told of duress.
    pub knows_duress: bool,
}

/// What came of asking.
#[derive(Debug, Clone, Copy)]
pub struct Invited {
    /// The contact, new or asked again.
    pub contact: ContactId,
    /// The area code was filled in by us: she should check the number.
    pub phone_inferred: bool,
    /// The contact had said yes before: nothing was sent.
    pub active_already: bool,
}

/// Invites a contact, or sends the link once more to one who has not answered.
///
/// # Errors
/// A name or number that cannot be one, her own number, too many contacts, a number that was asked
/// too often today or that wants no messages, and the database.
pub async fn invite(
    foundation: &Foundation,
    caller: &Caller,
    asked: Invitation,
) -> Result<Invited, NetworkError> {
    let name = clean(&asked.name, &bounds::CONTACT_NAME).ok_or(NetworkError::Name)?;
    let now = foundation.clock.now();
    let (within, caller) = (foundation.clone(), caller.clone());
    let invited = foundation
        .db
        .write(WritePriority::Background, move |conn| {
            ask(conn, &within, &caller, (&asked, &name), now)
        })
        .await?;
    foundation.bus.nudge_delivery();
    Ok(invited)
}

fn ask(
    conn: &mut Conn,
    foundation: &Foundation,
    caller: &Caller,
    (asked, name): (&Invitation, &str),
    now: At,
) -> Result<Invited, NetworkError> {
    let person = caller.person;
    let municipality =
        municipality::by_id(conn, caller.municipality)?.ok_or(NetworkError::NotFound)?;
    let parsed = Phone::parse(&asked.phone, &municipality.area_code)?;
    let lookup = foundation.keys.lookup(PHONE_LOOKUP, parsed.phone.as_str());
    // Her row is locked, so that two invitations at once cannot pass the limit together.
    identity::take_person(conn, person)?;
    if identity::phone_lookup_of(conn, person)? == lookup {
        return Err(NetworkError::OwnPhone);
    }
    let live = [ContactState::Invited, ContactState::Active];
    let hers = store::of_person(conn, person, &live)?;
    let senders = municipality.senders().texts;
    if let Some(known) = hers.iter().find(|c| c.phone_lookup == lookup) {
        let active_already = known.state == ContactState::Active;
        if !active_already {
            send_link(conn, foundation, known, &parsed.phone, senders, now)?;
        }
        return Ok(Invited {
            contact: known.id,
            phone_inferred: known.phone_inferred,
            active_already,
        });
    }
    if hers.len() >= foundation.config.network.max_contacts {
        return Err(NetworkError::Full);
    }
    let expired = ContactState::Expired;
    let before: Vec<ContactId> = store::of_person(conn, person, &[expired])?
        .into_iter()
        .filter_map(|row| (row.phone_lookup == lookup).then_some(row.id))
        .collect();
    store::end(conn, &before, expired, ContactState::Removed, now)?;
    let row = ContactRow {
        position: hers.last().map_or(0, |c| c.position + 1),
        phone_lookup: lookup,
        ..invited_row(&foundation.keys, caller, (asked, name), &parsed, now)
    };
    store::insert(conn, &row)?;
    send_link(conn, foundation, &row, &parsed.phone, senders, now)?;
    Ok(Invited {
        contact: row.id,
        phone_inferred: parsed.inferred,
        active_already: false,
    })
}

/// A new contact's row, at the first position and without the number's lookup.
fn invited_row(
    keys: &Keyring,
    caller: &Caller,
    (asked, name): (&Invitation, &str),
    parsed: &Parsed,
    now: At,
) -> ContactRow {
    let id = ContactId::new();
    let seal = |column, text| keys.seal_text("contacts", column, id.bytes(), text);
    ContactRow {
        id,
        person: caller.person,
        position: 0,
        state: ContactState::Invited,
        sealed_name: seal("sealed_name", name),
        sealed_phone: seal("sealed_phone", parsed.phone.as_str()),
        phone_lookup: Vec::new(),
        phone_inferred: parsed.inferred,
        sealed_alias: None,
        language: asked.language.unwrap_or(caller.language).tag().to_owned(),
        contact_person: None,
        knows_duress: asked.knows_duress,
        invited_at: now,
        answered_at: None,
        ended_at: None,
        drills: false,
    }
}

/// Queues an SMS with a fresh link for the contact.
fn send_link(
    conn: &mut Conn,
    foundation: &Foundation,
    contact: &ContactRow,
    phone: &Phone,
    senders: Vec<String>,
    now: At,
) -> Result<(), NetworkError> {
    if store::is_blocked(conn, &contact.phone_lookup, contact.person)?
        || delivery::stops::is_stopped(conn, &contact.phone_lookup, &senders)?
    {
        return Err(NetworkError::Unreachable(FailReason::OptedOut));
    }
    let a_day = i64::from(foundation.config.network.invitations_per_day);
    if !delivery::limits::within_daily_limit(conn, &contact.phone_lookup, "invitation", now, a_day)?
    {
        return Err(NetworkError::InvitedTooOften);
    }
    let link = Secret::new();
    let nth = store::invitations_sent(conn, contact.id)?;
    store::add_invitation(
        conn,
        &link.hash(),
        contact.id,
        now,
        now.plus(foundation.config.network.invitation_ttl()),
    )?;
    let language = Language::of_tag(&contact.language);
    let who = identity::name_of(conn, &foundation.keys, contact.person)?.unwrap_or_else(|| {
        language
            .pick("Alguien", "A person who knows you")
            .to_owned()
    });
    let url = format!(
        "{}/i/{}",
        foundation.config.http.public_url.trim_end_matches('/'),
        link.expose()
    );
    let sms = NewNotification {
        subject_kind: "invitation".into(),
        key: MessageKey {
            subject: SubjectId(contact.id.0),
            recipient: contact.id.into(),
            address: AddressId(contact.id.0),
            step: 0,
            repeat: nth,
        },
        channel: Channel::Sms,
        senders,
        to: Destination::new(phone.as_str().to_owned()),
        content: Content::Sms {
            text: say(language, "sms-invitation", &[("who", &who), ("link", &url)]),
            despite_stop: false,
        },
        deadline: now.plus(DAY),
        due_at: now,
    };
    delivery::enqueue(conn, &foundation.keys, now, None, &[sms])?;
    Ok(())
}

/// Text of a person: trimmed, as long as `bounds` say, without control characters.
pub(super) fn clean(text: &str, bounds: &Count) -> Option<String> {
    let text = text.trim();
    bounds::is_line(text, bounds).then(|| text.to_owned())
}

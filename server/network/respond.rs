//! The contact's yes or no.

use super::NetworkError;
use super::email::Unconfirmed;
use super::invite::clean;
use super::model::{ContactEvent, ContactState};
use super::store::{self, ContactChange, ContactRow};
use crate::bounds;
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::delivery::addresses::{self, OwnerKind};
use crate::delivery::stops;
use crate::foundation::Foundation;
use crate::identity;
use crate::ids::{MunicipalityId, Secret, SecretHash};
use crate::language::Language;
use crate::municipality;
use crate::seal::{self, Keyring};

/// What an invitation's page shows.
#[derive(Debug, Clone)]
pub struct Invitee {
    /// The name she gave herself.
    pub her_name: Option<String>,
    /// Her municipality, whose privacy notice holds.
    pub municipality: MunicipalityId,
    /// The language that she thinks the contact reads.
    pub language: Language,
}

/// The contact that this link invites. Reading it changes nothing: link previews are robots.
///
/// # Errors
/// `NotFound` for a link that is none; `Gone` for one that was answered, withdrawn, or has run out.
pub async fn invitee(foundation: &Foundation, link: &Secret) -> Result<Invitee, NetworkError> {
    let (keys, hash, now) = (foundation.keys.clone(), link.hash(), foundation.clock.now());
    foundation
        .db
        .read(move |conn| {
            let row = invited(conn, &hash, now)?;
            Ok(Invitee {
                her_name: identity::name_of(conn, &keys, row.person)?,
                municipality: identity::municipality_of(conn, row.person)?,
                language: Language::of_tag(&row.language),
            })
        })
        .await
}

/// The contact that a good link invites.
fn invited(conn: &mut Conn, hash: &SecretHash, now: At) -> Result<ContactRow, NetworkError> {
    let (row, is_good) = store::of_link(conn, hash, now)?.ok_or(NetworkError::NotFound)?;
    if is_good {
        Ok(row)
    } else {
        Err(NetworkError::Gone)
    }
}

/// What the contact said.
#[derive(Debug, Clone)]
pub struct Response {
    /// Yes or no.
    pub accept: bool,
    /// What the contact's lock screen shall call her.
    pub alias: Option<String>,
    /// The language the contact wants to read.
    pub language: Option<Language>,
    /// Where emails go too, once it is confirmed.
    pub email: Option<String>,
    /// Whether the contact takes part in drills.
    pub drills: bool,
}

/// Takes the contact's answer; the link is spent.
///
/// # Errors
/// As [`invitee`]; `Alias` for one that is too long, `Mail` for an address that is none.
pub async fn respond(
    foundation: &Foundation,
    link: &Secret,
    said: Response,
) -> Result<ContactState, NetworkError> {
    let alias = match said
        .alias
        .as_deref()
        .map(str::trim)
        .filter(|a| !a.is_empty())
    {
        Some(alias) => Some(clean(alias, &bounds::ALIAS).ok_or(NetworkError::Alias)?),
        None => None,
    };
    let unconfirmed = Unconfirmed::read(foundation, said.email.as_deref())?;
    let (within, hash, now) = (foundation.clone(), link.hash(), foundation.clock.now());
    let state = foundation
        .db
        .write(WritePriority::Background, move |conn| {
            let row = invited(conn, &hash, now)?;
            let event = if said.accept {
                ContactEvent::Accept
            } else {
                ContactEvent::Decline
            };
            let state = ContactState::Invited
                .after(event)
                .ok_or(NetworkError::Gone)?;
            let known = identity::people_by_phone_lookup(conn, vec![row.phone_lookup.clone()])?;
            let account = known.first().map(|(_, person)| *person);
            let change = ContactChange {
                state: Some(state),
                sealed_alias: Some(alias.as_deref().map(|a| {
                    within
                        .keys
                        .seal_text("contacts", "sealed_alias", row.id.bytes(), a)
                })),
                language: said.language.map(|l| l.tag().to_owned()),
                contact_person: account.map(Some),
                answered_at: Some(Some(now)),
                ended_at: state.ended().then_some(Some(now)),
                drills: Some(said.drills),
            };
            if !store::change(conn, row.id, ContactState::Invited, &change)? {
                return Err(NetworkError::Gone);
            }
            store::spend_invitations(conn, row.id, now)?;
            if state.told() {
                reachable_by_phone(conn, &within.keys, &row, now)?;
                let language = said
                    .language
                    .unwrap_or_else(|| Language::of_tag(&row.language));
                unconfirmed
                    .iter()
                    .try_for_each(|email| email.ask(conn, &within, &row, language, now))?;
            }
            Ok::<_, NetworkError>(state)
        })
        .await?;
    foundation.bus.nudge_delivery();
    Ok(state)
}

fn reachable_by_phone(
    conn: &mut Conn,
    keys: &Keyring,
    row: &ContactRow,
    now: At,
) -> Result<(), NetworkError> {
    let phone = keys.open_text(
        "contacts",
        "sealed_phone",
        row.id.bytes(),
        &row.sealed_phone,
    );
    // The yes counts without: her readiness says that no text gets there.
    if let Some(phone) = seal::or_none("a contact's name or number", row.id, phone) {
        addresses::put_phone(conn, keys, OwnerKind::Contact, row.id.into(), &phone, now)?;
    }
    // Who says yes wants her messages, whatever was said before.
    let hers = identity::municipality_of(conn, row.person)?;
    let senders = municipality::by_id(conn, hers)?.map(|m| m.senders().texts);
    stops::start(conn, &row.phone_lookup, &senders.unwrap_or_default(), now)?;
    Ok(())
}

//! `GET /v1/me/readiness`: would an alert work tonight?
//!
//! What: her contacts and their addresses, the signs of the last months, her own settings and her
//! centre's shift are read; [`model::judge`] says what follows. Only her own alerts are looked at:
//! what a contact does for others is not hers to know. Invariant: it sends nothing, changes
//! nothing, and shows no name, number or time of a contact. On failure: what cannot be read is an
//! error, never "ready".

use std::collections::HashMap;
use std::time::Duration;

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Address, Contact, ContactReadiness, ForHer, Her, Judged, Verdict, judge};
use super::standing::Standing;
use super::ways::Ways;
use crate::alerts::{self, AlertError, Alerts};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::addresses::{self, LiveAddress};
use crate::delivery::model::Medium;
use crate::delivery::{self, Delivery, Signs};
use crate::escalation::Acting;
use crate::identity::model::{Hold, Policy};
use crate::identity::{self, SteppedUpCaller};
use crate::ids::{AddressId, ContactId, PersonId, RecipientId, SubjectId};
use crate::language::Language;
use crate::municipality::{self, HelpLineView, Municipality};
use crate::network::{self, Reachable};

/// Alerts and drills that are looked at, the latest first.
const LATEST: i64 = 50;

/// Her own side.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnReadiness {
    /// A cancel takes a PIN.
    has_pin: bool,
    /// When 911 is told.
    policy: Policy,
    /// With `network_only`: what happens when no contact can be reached.
    if_nobody_reached: Hold,
    /// Someone is connected who would see a record of hers at her home centre at once: no officer she
    /// named.
    nine11_on_shift: bool,
    /// When she last pressed, in a drill or in earnest.
    last_press_at: Option<At>,
    /// 911 and the municipality's lines, and who answers now.
    help_lines: Vec<HelpLineView>,
}

/// Whether an alert would work tonight.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadinessView {
    /// As of when.
    at: At,
    /// All in all.
    verdict: Verdict,
    /// Each contact, in her order.
    contacts: Vec<ContactReadiness>,
    /// Her own side.
    own: OwnReadiness,
    /// What to do on her own side.
    #[serde(rename = "do")]
    to_do: Vec<ForHer>,
}

/// Looks, for a trusted device and a stepped-up session, as for the list of contacts.
///
/// # Errors
/// The database.
pub(crate) async fn look(
    alerts: &Alerts,
    delivery: &Delivery,
    SteppedUpCaller(caller): &SteppedUpCaller,
    language: Language,
) -> Result<ReadinessView, AlertError> {
    let now = alerts.now();
    let (alerts, delivery, person) = (alerts.clone(), delivery.clone(), caller.person);
    let db = alerts.foundation.db.clone();
    db.read(move |conn| view(conn, &alerts, &delivery, person, language, now))
        .await
}

fn view(
    conn: &mut Conn,
    alerts: &Alerts,
    delivery: &Delivery,
    person: PersonId,
    language: Language,
    now: At,
) -> Result<ReadinessView, AlertError> {
    let tonight = Standing::read(conn, delivery, &alerts.foundation.config, now)?;
    let Hers {
        her,
        municipality,
        judged,
    } = stands(conn, alerts, delivery, (person, now), Some(&tonight))?;
    let own = OwnReadiness {
        has_pin: her.has_pin,
        policy: her.policy,
        if_nobody_reached: her.if_nobody_reached,
        nine11_on_shift: her.on_shift,
        last_press_at: alerts::last_raised(conn, person)?,
        help_lines: municipality::views(conn, &municipality, now, language)?,
    };
    Ok(ReadinessView {
        at: now,
        verdict: judged.verdict,
        contacts: judged.contacts,
        own,
        to_do: judged.to_do,
    })
}

/// Whether she is to be reminded to rehearse, and where her clocks are.
pub(super) struct Reminds {
    pub(super) needed: bool,
    pub(super) zone: Tz,
}

/// Whether something is weak, or she has not pressed for so long that nothing is proven. Who has no
/// contacts has nothing to rehearse.
///
/// # Errors
/// As [`look`].
pub(super) fn reminds(
    conn: &mut Conn,
    alerts: &Alerts,
    delivery: &Delivery,
    person: PersonId,
    now: At,
) -> Result<Reminds, AlertError> {
    let Hers {
        municipality,
        judged,
        ..
    } = stands(conn, alerts, delivery, (person, now), None)?;
    let month = Duration::from_secs(
        u64::from(alerts.foundation.config.readiness.reminder_days) * 24 * 60 * 60,
    );
    let lately = alerts::last_raised(conn, person)?.is_some_and(|at| now.since(at) < month);
    Ok(Reminds {
        needed: !judged.contacts.is_empty() && (judged.asks_for_something() || !lately),
        zone: municipality.zone,
    })
}

/// What is read, and what follows.
struct Hers {
    her: Her,
    municipality: Municipality,
    judged: Judged,
}

/// `tonight`: how this node stands, where that matters; it is not what a reminder is about.
fn stands(
    conn: &mut Conn,
    alerts: &Alerts,
    delivery: &Delivery,
    (person, now): (PersonId, At),
    tonight: Option<&Standing>,
) -> Result<Hers, AlertError> {
    let limits = &alerts.foundation.config.readiness;
    let me = identity::people::me(conn, &alerts.foundation.keys, person)?;
    let municipality = municipality::by_id(conn, me.municipality)?.ok_or(AlertError::NotFound)?;
    let from = now.minus(Duration::from_secs(
        limits.number_days.max(limits.push_days) * 24 * 60 * 60,
    ));
    let senders = municipality.senders();
    let health = &alerts.foundation.config.health;
    let ways = Ways::new(
        delivery.channels(),
        &senders,
        tonight.map(|it| (it, health)),
    );
    let contacts = contacts(conn, person, &senders.texts, from, |address| {
        ways.of(address)
    })?;
    let centre = identity::home_of(conn, person)?.home_centre;
    let centre = centre.or(alerts.centres().get(conn)?.home_of(me.municipality));
    let on_shift = match centre {
        Some(centre) => !Acting::on_one_of(conn, person, centre, now)?.is_nobody(),
        None => false,
    };
    let her = Her {
        has_pin: me.has_pin,
        policy: me.policy,
        if_nobody_reached: me.if_nobody_reached,
        on_shift,
    };
    let judged = judge(&contacts, her, limits, now);
    Ok(Hers {
        her,
        municipality,
        judged,
    })
}

/// Her contacts with their live addresses and the signs of each since `from`.
fn contacts(
    conn: &mut Conn,
    person: PersonId,
    texts: &[String],
    from: At,
    offer: impl Fn(&LiveAddress) -> (bool, bool),
) -> Result<Vec<Contact>, AlertError> {
    let reachable = network::reachable(conn, person, texts)?;
    let owners = reachable
        .iter()
        .flat_map(|c| [Some(c.id.into()), c.contact_person.map(|p| p.into())]);
    let owners: Vec<RecipientId> = owners.flatten().collect();
    let live = addresses::ways(addresses::live_for(conn, &owners)?, true);
    let seen = addresses::seen(
        conn,
        &live.iter().map(|address| address.id).collect::<Vec<_>>(),
    )?;
    let latest = alerts::raised_since(conn, person, from, LATEST)?;
    let answers: HashMap<ContactId, Option<At>> =
        alerts::last_answers(conn, &latest)?.into_iter().collect();
    let subjects: Vec<SubjectId> = latest.into_iter().map(SubjectId::from).collect();
    let signs = delivery::signs_of(conn, &subjects)?;
    let contact = |c: Reachable| {
        let hers = |a: &&LiveAddress| {
            a.owner == c.id.into() || c.contact_person.is_some_and(|p| a.owner == p.into())
        };
        let own: Vec<&LiveAddress> = live.iter().filter(hers).collect();
        let by_app = own
            .iter()
            .any(|address| address.channel.medium() == Medium::Push);
        let answered = answers.get(&c.id).copied().flatten();
        let addresses = own.into_iter().map(|address| {
            let (offered, leaves) = offer(address);
            Address {
                offered,
                leaves,
                ..signed(address, &c, by_app, answered, &seen, &signs)
            }
        });
        Contact {
            addresses: addresses.collect(),
            id: c.id,
            state: c.state,
            stopped: c.stopped,
            drills: c.drills,
        }
    };
    Ok(reachable.into_iter().map(contact).collect())
}

fn signed(
    address: &LiveAddress,
    contact: &Reachable,
    by_app: bool,
    answered: Option<At>,
    seen: &HashMap<AddressId, At>,
    signs: &HashMap<AddressId, Signs>,
) -> Address {
    let medium = address.channel.medium();
    let signs = signs.get(&address.id).copied().unwrap_or_default();
    // Who has the app answers there; who has none, by the link that was sent to the number.
    let answered = answered.filter(|_| by_app == (medium == Medium::Push));
    let seen_at = match medium {
        Medium::Text | Medium::Call => contact.accepted_at,
        _ => seen.get(&address.id).copied(),
    };
    Address {
        medium,
        offered: true,
        leaves: true,
        seen_at,
        reached_at: signs.reached_at.max(answered),
        dead_at: signs.dead_at,
    }
}

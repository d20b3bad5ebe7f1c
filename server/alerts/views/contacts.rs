//! What a contact sees of an alert: one rule for all of it.
//!
//! Who she is to that contact, since when, her latest place while it is open, open or closed or
//! without news, the contact's own answer, and one bit that says to call 911. Never another
//! contact, never 911's side, never which PIN.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::alerts::answer::{self, GivenAnswer};
use crate::alerts::model::{AlertState, CloseKind};
use crate::alerts::store::{self, AlertRow, network_of};
use crate::alerts::{AlertError, Alerts, locate};
use crate::bus::Event;
use crate::clock::At;
use crate::db::{Conn, WritePriority, take_alerts};
use crate::delivery::facts;
use crate::delivery::receipts::{self, Receipt};
use crate::foundation::Foundation;
use crate::ids::{AlertId, ContactId, PersonId, Secret};
use crate::language::Language;
use crate::location::Latest;
use crate::network;
use crate::network::Watched;
use crate::network::model::Answer;

/// For how long after its end an alert is shown to the contacts' apps.
const SHOWN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How an alert ended, as far as contacts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// She closed it.
    Closed,
    /// It ran out without a sign of her: never told as over.
    NoNews,
}

/// What one contact sees.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The alert, by our own id.
    pub alert: AlertId,
    /// As which contact.
    pub contact: ContactId,
    /// The contact's language.
    pub language: Language,
    /// The alias that was agreed on, else the name she gave.
    pub who: Option<String>,
    /// When she pressed first.
    pub raised_at: At,
    /// `None` while it is open.
    pub ended: Option<Ended>,
    /// A rehearsal.
    pub drill: bool,
    /// No operator had claimed it after a minute: call 911 yourself. Never taken back while it is open.
    pub call_911: bool,
    /// Her latest place, while it is open.
    pub place: Option<Latest>,
    /// What this contact said last.
    pub answer: Option<Answer>,
}

/// A place, as a contact sees it while the alert is open.
#[derive(Serialize, ToSchema)]
struct PlaceView {
    lat: f64,
    lon: f64,
    /// Radius in metres within which she is with 68 %.
    accuracy_m: Option<f64>,
    /// When she was there, never a moment to come. Null: the hour is unknown; say so, and never
    /// "now".
    at: Option<At>,
    /// When the place reached the server: she was there no later.
    received_at: At,
}

/// An alert, as one contact sees it.
#[derive(Serialize, ToSchema)]
pub(in crate::alerts) struct WatchView {
    /// What `POST /v1/watching/{id}/answer` takes, and pushes name.
    id: AlertId,
    contact: ContactId,
    who: Option<String>,
    raised_at: At,
    open: bool,
    /// Closed without a sign of her: say "no news since", never "it is over".
    no_news: bool,
    drill: bool,
    call_911: bool,
    place: Option<PlaceView>,
    answer: Option<Answer>,
    language: Language,
}

#[derive(Serialize, ToSchema)]
pub(in crate::alerts) struct WatchList {
    pub items: Vec<WatchView>,
    pub next: Option<String>,
}

impl WatchView {
    /// Whether there is more to come.
    pub(in crate::alerts) const fn is_open(&self) -> bool {
        self.open
    }
}

impl From<Watch> for WatchView {
    fn from(w: Watch) -> Self {
        let place = w.place.map(|latest| PlaceView {
            lat: latest.fix().lat,
            lon: latest.fix().lon,
            accuracy_m: latest.fix().accuracy_m,
            at: latest.hour(),
            received_at: latest.fix().received_at,
        });
        Self {
            id: w.alert,
            contact: w.contact,
            who: w.who,
            raised_at: w.raised_at,
            open: w.ended.is_none(),
            no_news: w.ended == Some(Ended::NoNews),
            drill: w.drill,
            call_911: w.call_911,
            place,
            answer: w.answer,
            language: w.language,
        }
    }
}

/// Who holds this link sees the alert, and the message that brought it counts as seen.
///
/// # Errors
/// `NotFound` for a link that is none, and for a contact who has ended.
pub async fn reveal(alerts: &Alerts, link: &Secret) -> Result<Watch, AlertError> {
    let (foundation, hash, now) = (
        alerts.foundation.clone(),
        link.hash(),
        alerts.foundation.clock.now(),
    );
    let watch = alerts
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            let (linked, contact, medium) =
                store::link_to(conn, &hash)?.ok_or(AlertError::NotFound)?;
            let shown = leads_to(conn, linked, now)?;
            take_alerts(conn, &[linked, shown])?;
            let watch = of_contact(conn, &foundation, shown, contact)?;
            mark_seen(conn, linked, contact, &medium, now)?;
            if shown != linked {
                mark_seen(conn, shown, contact, &medium, now)?;
            }
            Ok::<_, AlertError>(watch)
        })
        .await?;
    alerts
        .foundation
        .bus
        .publish(Event::AlertChanged { alert: watch.alert });
    Ok(watch)
}

/// The same for a contact who has looked already, for instance on a reloaded page: marks nothing as
/// seen.
///
/// # Errors
/// As [`reveal`].
pub async fn look(alerts: &Alerts, link: &Secret) -> Result<Watch, AlertError> {
    let (foundation, hash, now) = (alerts.foundation.clone(), link.hash(), alerts.now());
    let read = move |conn: &mut Conn| {
        let (linked, contact, _) = store::link_to(conn, &hash)?.ok_or(AlertError::NotFound)?;
        let shown = leads_to(conn, linked, now)?;
        of_contact(conn, &foundation, shown, contact)
    };
    alerts.foundation.db.read(read).await
}

/// Where a link leads: to its own alert, and for a day after that has ended to an alarm that she has
/// open by then. A contact who got no text of the newer one still finds it.
fn leads_to(conn: &mut Conn, linked: AlertId, now: At) -> Result<AlertId, AlertError> {
    let row = store::by_id(conn, linked)?.ok_or(AlertError::NotFound)?;
    let ended = row.closed_at.is_some_and(|at| now.since(at) <= SHOWN_AFTER);
    if row.drill || !ended {
        return Ok(linked);
    }
    let open = store::open_of(conn, row.person)?.filter(|open| !open.drill);
    Ok(open.map_or(linked, |open| open.id))
}

/// Takes an answer from who holds this link, and shows the alert again.
///
/// # Errors
/// As [`reveal`], and `BecameReal` for what is said to a drill that is none any more; a closed
/// alert takes no answer and is shown as it is.
pub async fn answer_by_link(
    alerts: &Alerts,
    link: &Secret,
    said: GivenAnswer,
) -> Result<Watch, AlertError> {
    let watch = reveal(alerts, link).await?;
    if watch.ended.is_some() {
        return Ok(watch);
    }
    answer::answer(alerts, watch.alert, watch.contact, said).await?;
    Ok(Watch {
        answer: Some(said.answer),
        ..watch
    })
}

/// The open alerts of all women that this person watches over.
///
/// # Errors
/// The database.
pub async fn watching(alerts: &Alerts, watcher: PersonId) -> Result<Vec<Watch>, AlertError> {
    let foundation = alerts.foundation.clone();
    alerts
        .foundation
        .db
        .read(move |conn| {
            let mut all = Vec::new();
            for watched in network::watched_by(conn, watcher)? {
                if let Some(row) = store::open_of(conn, watched.person)?
                    && shown_to(&row, &watched)
                {
                    all.push(of_contact(conn, &foundation, row.id, watched.contact)?);
                }
            }
            Ok(all)
        })
        .await
}

/// One alert of a woman that this person watches over; for a day after its end too.
///
/// # Errors
/// `NotFound` where the person is no active contact of its, and once it is long over.
pub async fn one(alerts: &Alerts, watcher: PersonId, alert: AlertId) -> Result<Watch, AlertError> {
    let (foundation, now) = (alerts.foundation.clone(), alerts.now());
    let read = move |conn: &mut Conn| {
        let contact = contact_of(conn, watcher, alert)?;
        let row = store::by_id(conn, alert)?.ok_or(AlertError::NotFound)?;
        if row.closed_at.is_some_and(|at| now.since(at) > SHOWN_AFTER) {
            return Err(AlertError::NotFound);
        }
        of_contact(conn, &foundation, alert, contact)
    };
    alerts.foundation.db.read(read).await
}

/// As which contact this person watches over that alert.
///
/// # Errors
/// `NotFound` where the person is no active contact of its.
pub fn contact_of(
    conn: &mut Conn,
    watcher: PersonId,
    alert: AlertId,
) -> Result<ContactId, AlertError> {
    let row = store::by_id(conn, alert)?.ok_or(AlertError::NotFound)?;
    let mine = network::watched_by(conn, watcher)?;
    let me = mine
        .iter()
        .find(|w| w.person == row.person && shown_to(&row, w));
    me.map(|w| w.contact).ok_or(AlertError::NotFound)
}

/// An alarm is shown to those who were hers at the press and to who said yes while it was open; a
/// drill to those who were hers and take part.
fn shown_to(row: &AlertRow, watched: &Watched) -> bool {
    let at_press = network_of(row).contains(&watched.contact);
    match row.drill {
        true => at_press && watched.drills,
        false => {
            at_press
                || row
                    .closed_at
                    .is_none_or(|closed| watched.accepted_at < closed)
        }
    }
}

/// What `contact` sees of `alert`; whether the contact still is one is asked in the read that shows
/// the place.
pub(in crate::alerts) fn of_contact(
    conn: &mut Conn,
    foundation: &Foundation,
    alert: AlertId,
    contact: ContactId,
) -> Result<Watch, AlertError> {
    let row = store::by_id(conn, alert)?.ok_or(AlertError::NotFound)?;
    let her = network::called_by(conn, &foundation.keys, contact)?;
    if her.person != row.person || !her.active {
        return Err(AlertError::NotFound);
    }
    let answers = store::answers_of(conn, alert)?;
    let ended = ended(&row);
    let place = match ended {
        None => locate::shown(conn, foundation, &row)?,
        Some(_) => None,
    };
    Ok(Watch {
        alert,
        contact,
        language: her.language,
        who: her.alias.or(her.her_name),
        raised_at: row.raised_at,
        ended,
        drill: row.drill,
        call_911: row.call_911 && ended.is_none(),
        place,
        answer: answers
            .into_iter()
            .find(|(c, ..)| *c == contact)
            .map(|(_, answer, _)| answer),
    })
}

fn ended(row: &AlertRow) -> Option<Ended> {
    if row.state == AlertState::Open {
        return None;
    }
    // A drill that she forgot to end is over; no woman is missing.
    let expired = !row.drill && row.close_kind == Some(CloseKind::Expired);
    Some(if expired {
        Ended::NoNews
    } else {
        Ended::Closed
    })
}

/// What came over the medium that brought the link: the contact looked. That a letter was opened
/// says nothing of an SMS.
fn mark_seen(
    conn: &mut Conn,
    alert: AlertId,
    contact: ContactId,
    medium: &str,
    now: At,
) -> Result<(), AlertError> {
    for fact in facts::notifications_of(conn, alert.into(), now)? {
        let brought_it = fact.channel.medium().as_str() == medium;
        if fact.key.recipient == contact.into() && brought_it && fact.sent_at.is_some() {
            receipts::receipt(conn, fact.id, Receipt::Seen, now)?;
        }
    }
    Ok(())
}

//! A record that was opened: everything its operator works with.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ConsoleError;
use crate::alerts::model::{AlertState, CloseKind};
use crate::alerts::{self, Alerts, OfAlert, Reach};
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::escalation::open::{Opened, TimelineNote, open_record};
use crate::escalation::right::Right;
use crate::escalation::{RecordSummary, Viewer, Words, training};
use crate::foundation::Foundation;
use crate::identity::Officer;
use crate::identity::model::Policy;
use crate::ids::{ContactId, RecordId};
use crate::language::Language;
use crate::location::{self, Fix, Latest};
use crate::network::model::Answer;
use crate::timeline::{Actor, Kind};

/// By what right, to be moved into a write.
#[derive(Clone, Debug)]
pub enum By {
    /// The claimer, in the step of claiming.
    JustClaimed,
    /// The claimer.
    Claimer,
    /// A supervisor, with a written reason.
    Supervisor(Words),
    /// An operator to whom a second person granted it.
    BreakGlass,
    /// An operator or supervisor who may read on, to print it.
    Printer,
}

impl By {
    fn right(&self) -> Right<'_> {
        match self {
            Self::JustClaimed => Right::JustClaimed,
            Self::Claimer => Right::Claimer,
            Self::Supervisor(reason) => Right::Supervisor(reason),
            Self::BreakGlass => Right::BreakGlass,
            Self::Printer => Right::Printer,
        }
    }
}

/// A place, exactly.
#[derive(Serialize, ToSchema)]
#[schema(as = ExactPlace)]
pub(super) struct PlaceView {
    /// Degrees north, WGS 84.
    #[schema(example = 28.6353)]
    pub(super) lat: f64,
    /// Degrees east, WGS 84.
    #[schema(example = -106.0889)]
    pub(super) lon: f64,
    /// Radius in metres within which she is with 68 %.
    pub(super) accuracy_m: Option<f64>,
    /// When she was there, never a moment to come. Null: the hour is unknown; say so, and never
    /// "now".
    pub(super) at: Option<At>,
    /// When the place reached the server: she was there no later.
    pub(super) received_at: At,
    /// What her phone's clock said, as sent. It may be wrong: for showing, never for an age.
    pub(super) phone_at: Option<At>,
    /// Whether `at` is known.
    pub(super) phone_time: bool,
    /// Metres a second.
    pub(super) speed_mps: Option<f64>,
    /// Degrees clockwise from true north.
    pub(super) heading_deg: Option<f64>,
    /// How full her battery is, 0 to 1.
    pub(super) battery: Option<f64>,
    /// The phone says that an app made this place up.
    pub(super) mock: bool,
    /// What measured it.
    pub(super) provider: Option<String>,
}

impl PlaceView {
    /// A place of the trail, with its hour as it is believed at `now`.
    pub(super) fn of(fix: &Fix, now: At) -> Self {
        Self::at(fix, fix.stamp().hour(now))
    }

    fn at(fix: &Fix, hour: Option<At>) -> Self {
        Self {
            lat: fix.lat,
            lon: fix.lon,
            accuracy_m: fix.accuracy_m,
            at: hour,
            received_at: fix.received_at,
            phone_at: fix.phone_at,
            phone_time: hour.is_some(),
            speed_mps: fix.speed_mps,
            heading_deg: fix.heading_deg,
            battery: fix.battery,
            mock: fix.mock,
            provider: fix.provider.clone(),
        }
    }
}

impl From<&Latest> for PlaceView {
    fn from(latest: &Latest) -> Self {
        Self::at(latest.fix(), latest.hour())
    }
}

/// Who she is.
#[derive(Serialize, ToSchema)]
pub(super) struct HerView {
    /// The name she gave.
    pub(super) name: Option<String>,
    /// E.164.
    #[schema(example = "+526145550101")]
    pub(super) phone: String,
    /// What she speaks.
    pub(super) language: Language,
}

/// Her alert.
#[derive(Serialize, ToSchema)]
pub(super) struct AlertPart {
    /// Open or closed. A record stays to be worked after she has closed her alert.
    pub(super) state: AlertState,
    /// How it was closed.
    pub(super) close_kind: Option<CloseKind>,
    /// Whether a PIN proved that it was she. If not, call her back.
    pub(super) close_verified: bool,
    /// When it was closed.
    pub(super) closed_at: Option<At>,
    /// Her phone's own time of the press.
    pub(super) phone_at: Option<At>,
    /// How often she pressed.
    pub(super) presses: i64,
    /// Wrong PINs so far.
    pub(super) wrong_pins: i64,
    /// When 911 was to be told.
    pub(super) policy: Policy,
    /// Her words.
    pub(super) note: Option<String>,
}

/// A person she chose.
#[derive(Serialize, ToSchema)]
pub(super) struct ContactPart {
    /// Its id.
    pub(super) id: ContactId,
    /// What she calls the contact.
    pub(super) name: String,
    /// E.164.
    pub(super) phone: String,
    /// How far the contact has been told.
    pub(super) reach: Reach,
    /// Why the last try failed, where nothing has been sent or delivered.
    pub(super) reason: Option<String>,
    /// What the contact said last.
    pub(super) answer: Option<Answer>,
    /// When.
    pub(super) answered_at: Option<At>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct TimelineEntry {
    /// When.
    pub(super) at: At,
    /// What; null for what a newer server wrote.
    pub(super) kind: Option<Kind>,
    /// Who: `her`, `contact`, `operator`, `system`.
    pub(super) actor: &'static str,
    /// The contact or operator.
    pub(super) actor_id: Option<String>,
    /// Codes and ids.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>)]
    pub(super) detail: Value,
    /// An operator's words.
    pub(super) note: Option<String>,
}

/// A record, opened.
#[derive(Serialize, ToSchema)]
pub(super) struct OpenedRecord {
    /// As the queue shows it.
    pub(super) record: RecordSummary,
    /// Who she is.
    pub(super) her: HerView,
    /// Officers who are not to be sent.
    pub(super) do_not_send: Vec<Officer>,
    /// Where she was last known to be.
    pub(super) place: Option<PlaceView>,
    /// Her alert; null for training.
    pub(super) alert: Option<AlertPart>,
    /// Those she chose.
    pub(super) contacts: Vec<ContactPart>,
    /// What happened, newest first.
    pub(super) story: Vec<TimelineEntry>,
    /// The cursor of `GET /v1/escalations/{id}/story` for what happened before; null: this is all.
    pub(super) story_next: Option<String>,
}

/// Opens a record for this viewer. The audit row is committed before this returns.
pub(super) async fn opened(
    alerts: &Alerts,
    viewer: Viewer,
    record: RecordId,
    by: By,
) -> Result<OpenedRecord, ConsoleError> {
    let (foundation, now) = (alerts.foundation.clone(), alerts.now());
    alerts
        .foundation
        .db
        .write(WritePriority::Alert, move |conn| {
            let opened = open_record(conn, &foundation.keys, &viewer, record, &by.right(), now)?;
            shown(conn, &foundation, &opened, now)
        })
        .await
}

/// What an opened record shows. Needs the `Opened`: there is no other way to it.
fn shown(
    conn: &mut Conn,
    foundation: &Foundation,
    opened: &Opened,
    now: At,
) -> Result<OpenedRecord, ConsoleError> {
    let alert = if opened.person() == training::NOBODY {
        None
    } else {
        Some(alerts::for_operator(conn, foundation, opened.alert(), now)?)
    };
    let place = match alert.as_ref().and_then(|a| a.key.as_ref()) {
        Some(key) => location::shown(conn, key, opened.alert(), now)?,
        None => None,
    };
    let mut record = opened.summary(&foundation.config.plan);
    if let Some(latest) = &place {
        // The queue's row may be a minute behind; one page shows one place.
        record.cell = Some(latest.fix().cell());
        (record.accuracy_m, record.fix_at) = (latest.fix().accuracy_m, latest.hour());
    }
    let card = opened.card();
    Ok(OpenedRecord {
        record,
        her: HerView {
            name: card.name.clone(),
            phone: card.phone.clone(),
            language: card.language,
        },
        do_not_send: opened.do_not_send().to_vec(),
        place: place.as_ref().map(PlaceView::from),
        contacts: alert.as_ref().map(contacts).unwrap_or_default(),
        alert: alert.map(alert_part),
        story: timeline(opened.timeline()),
        story_next: opened.timeline_next().map(|id| id.to_string()),
    })
}

fn alert_part(alert: OfAlert) -> AlertPart {
    AlertPart {
        state: alert.state,
        close_kind: alert.close_kind,
        close_verified: alert.close_verified,
        closed_at: alert.closed_at,
        phone_at: alert.phone_at,
        presses: alert.presses,
        wrong_pins: alert.wrong_pins,
        policy: alert.policy,
        note: alert.note,
    }
}

fn contacts(alert: &OfAlert) -> Vec<ContactPart> {
    let part = |(named, view): &(crate::network::NamedContact, alerts::ContactView)| ContactPart {
        id: named.id,
        name: named.name.to_string(),
        phone: named.phone.to_string(),
        reach: view.reach,
        reason: view.reason.clone(),
        answer: view.answer,
        answered_at: view.answered_at,
    };
    alert.contacts.iter().map(part).collect()
}

/// Entries as they are shown, in the order in which they were read.
pub(super) fn timeline(read: &[TimelineNote]) -> Vec<TimelineEntry> {
    let entry = |told: &TimelineNote| TimelineEntry {
        at: told.entry.at,
        kind: told.entry.kind,
        actor: told.entry.actor.kind(),
        actor_id: match told.entry.actor {
            Actor::Contact(id) => Some(id.to_string()),
            Actor::Operator(id) => Some(id.to_string()),
            Actor::Her | Actor::System => None,
        },
        detail: told.entry.detail.clone(),
        note: told.note.clone(),
    };
    read.iter().map(entry).collect()
}

//! What her phone is told of her alert: the truth about each contact, in ids alone, so that a
//! glance at the screen or a stolen alert token shows no network.

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::reach::{self, ContactView, Reach, concerned, contact_views, hopeless};
use super::sentences::Speaker;
use crate::alerts::engine::situation;
use crate::alerts::locate;
use crate::alerts::model::{AlertState, CloseKind};
use crate::alerts::store::{self, AlertRow};
use crate::alerts::{AlertError, Alerts};
use crate::clock::At;
use crate::db::Conn;
use crate::escalation::model::{RecordFacts, RecordState};
use crate::escalation::records;
use crate::foundation::Foundation;
use crate::identity::AlertCaller;
use crate::identity::model::Policy;
use crate::ids::{AlertId, ClientId, MunicipalityId};
use crate::language::Language;
use crate::municipality::{self, HelpLineView};
use crate::network;
use crate::plan::Situation;
use crate::timeline::{self, Kind};

/// Where 911 stands, as she may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Nine11 {
    /// 911 was not told: a drill, or her policy.
    NotTold,
    /// It will be, unless somebody answers first.
    Waiting,
    /// Told; nobody has taken it yet.
    Told,
    /// Somebody has it.
    HasIt,
    /// A unit was sent.
    UnitSent,
    /// A unit is there.
    OnScene,
    /// 911 has finished its part.
    Done,
}

/// An alert, as her phone shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertView {
    /// The server's id: what contacts' pushes name as `watching`.
    pub id: AlertId,
    /// The phone's own id.
    pub client_id: ClientId,
    /// Open or closed.
    pub state: AlertState,
    /// How it was closed.
    pub close_kind: Option<CloseKind>,
    /// A rehearsal.
    pub drill: bool,
    /// Her policy for this alert.
    pub policy: Policy,
    /// When the server took it.
    pub raised_at: At,
    /// How often she pressed.
    pub presses: i64,
    /// Her contacts at the press, in her order; after them those who said yes since and were told.
    pub contacts: Vec<ContactView>,
    /// Contacts on whose phone it is, or better.
    pub reached: usize,
    /// Contacts in all; in a drill those who take part.
    pub total: usize,
    /// Where 911 stands.
    pub nine11: Nine11,
    /// Since when.
    pub nine11_since: Option<At>,
    /// Nobody has taken it: call 911 yourself.
    pub call_911: bool,
    /// Where nobody can be told: who else helps. Else empty.
    pub help_lines: Vec<HelpLineView>,
    /// How it stands in her language, times by the town's clocks: for inside the app alone.
    #[schema(
        example = "Tu aviso llegó a 2 de 3. Alguien va en camino. El 911 lo tiene desde las 21:40:33."
    )]
    pub summary: String,
    /// Seconds until the next fix is wanted.
    pub next_interval_s: u32,
    /// Parts of the press that could not be understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<crate::location::model::Warning>,
}

/// Her alert as it stands.
///
/// # Errors
/// The database.
pub fn of(
    conn: &mut Conn,
    foundation: &Foundation,
    row: &AlertRow,
    client_id: ClientId,
    language: Language,
    now: At,
) -> Result<AlertView, AlertError> {
    let (facts, _) = situation::told(conn, row, now)?;
    let answers = store::answers_of(conn, row.id)?;
    let mut contacts = contact_views(&concerned(row, &facts), &facts, &answers);
    if row.drill {
        let taking_part = network::reachable(conn, row.person)?;
        let takes_part =
            |c: &ContactView| taking_part.iter().any(|r| r.id == c.contact && r.drills);
        contacts
            .iter_mut()
            .filter(|c| c.channels.is_empty() && !takes_part(c))
            .for_each(ContactView::leave_out);
    }
    let stands = match records::facts(conn, row.id)? {
        Some(record) => nine11(conn, row, &record)?,
        None => (Nine11::NotTold, None),
    };
    let municipality = municipality::by_id(conn, row.municipality)?;
    let help_lines = match &municipality {
        Some(municipality) if hopeless(&contacts) => {
            municipality::views(conn, municipality, now, language)?
        }
        _ => Vec::new(),
    };
    let (_, interval_s) = locate::pace(conn, foundation, row)?;
    let speaker = Speaker {
        language,
        zone: municipality.map_or(Tz::UTC, |municipality| municipality.zone),
    };
    Ok(assemble(
        row, client_id, contacts, stands, help_lines, interval_s, speaker,
    ))
}

/// A new alert as the plan has just left it: nothing of it needs to be read back.
///
/// # Errors
/// The database, for the help lines where nobody can be told.
pub fn fresh(
    conn: &mut Conn,
    row: &AlertRow,
    after: &Situation,
    language: Language,
) -> Result<AlertView, AlertError> {
    let contacts: Vec<ContactView> = after
        .contacts
        .iter()
        .map(|c| reach::just_told(c, row.drill))
        .collect();
    let stands = match after.record.as_ref().map(|r| r.state) {
        Some(RecordState::Queued) => (Nine11::Told, Some(after.now)),
        Some(RecordState::Waiting) => (Nine11::Waiting, None),
        _ => (Nine11::NotTold, None),
    };
    let help_lines = if hopeless(&contacts) {
        help_lines(conn, row.municipality, language, after.now)?
    } else {
        Vec::new()
    };
    let interval_s = u32::try_from(after.alert.fix_interval_s).unwrap_or(u32::MAX);
    // Nothing has happened yet at a time that could be told.
    let speaker = Speaker {
        language,
        zone: Tz::UTC,
    };
    Ok(assemble(
        row,
        row.client_id,
        contacts,
        stands,
        help_lines,
        interval_s,
        speaker,
    ))
}

fn assemble(
    row: &AlertRow,
    client_id: ClientId,
    contacts: Vec<ContactView>,
    (nine11, nine11_since): (Nine11, Option<At>),
    help_lines: Vec<HelpLineView>,
    next_interval_s: u32,
    speaker: Speaker,
) -> AlertView {
    let alone = hopeless(&contacts) && nine11 == Nine11::NotTold && !row.drill;
    let mut view = AlertView {
        id: row.id,
        client_id,
        state: AlertState::parse(&row.state).unwrap_or(AlertState::Open),
        close_kind: row.close_kind.as_deref().and_then(CloseKind::parse),
        drill: row.drill,
        policy: Policy::parse(&row.policy).unwrap_or(Policy::Now),
        raised_at: row.raised_at,
        presses: row.presses,
        total: contacts
            .iter()
            .filter(|c| c.reach != Reach::NotInDrills)
            .count(),
        reached: contacts
            .iter()
            .filter(|c| c.reach >= Reach::Delivered)
            .count(),
        contacts,
        nine11,
        nine11_since,
        call_911: row.call_911 || alone,
        help_lines,
        summary: String::new(),
        next_interval_s,
        warnings: Vec::new(),
    };
    speaker.speak(&mut view);
    view
}

/// Where 911 stands, and since when: a note that the operator adds later sends no unit anew.
fn nine11(
    conn: &mut Conn,
    row: &AlertRow,
    record: &RecordFacts,
) -> Result<(Nine11, Option<At>), AlertError> {
    Ok(match record.state {
        RecordState::Withheld => (Nine11::NotTold, None),
        RecordState::Waiting => (Nine11::Waiting, None),
        RecordState::Queued => (Nine11::Told, record.queued_at),
        RecordState::Claimed => (Nine11::HasIt, record.claimed_at),
        RecordState::Dispatched => (
            Nine11::UnitSent,
            timeline::last(conn, row.id, Kind::Dispatched)?,
        ),
        RecordState::OnScene => (
            Nine11::OnScene,
            timeline::last(conn, row.id, Kind::OnScene)?,
        ),
        RecordState::Closed | RecordState::Withdrawn => (Nine11::Done, record.closed_at),
    })
}

/// The municipality's help lines, 911 first.
pub(in crate::alerts) fn help_lines(
    conn: &mut Conn,
    municipality: MunicipalityId,
    language: Language,
    now: At,
) -> Result<Vec<HelpLineView>, AlertError> {
    match municipality::by_id(conn, municipality)? {
        Some(municipality) => Ok(municipality::views(conn, &municipality, now, language)?),
        None => Ok(Vec::new()),
    }
}

impl Alerts {
    /// Her alert, read anew.
    ///
    /// # Errors
    /// `Unknown`, or the database.
    pub async fn view(
        &self,
        caller: &AlertCaller,
        client_id: ClientId,
    ) -> Result<AlertView, AlertError> {
        let row = self.of_caller(caller, client_id).await?;
        if !caller_may_see(caller, &row) {
            return Err(AlertError::Unknown);
        }
        let (foundation, now, language) = (self.foundation.clone(), self.now(), caller.language);
        self.foundation
            .db
            .read(move |conn| of(conn, &foundation, &row, client_id, language, now))
            .await
    }
}

/// An alert token sees what its own device raised; nothing of another phone's past.
fn caller_may_see(caller: &AlertCaller, row: &AlertRow) -> bool {
    row.device == caller.device || row.state == AlertState::Open.as_str()
}

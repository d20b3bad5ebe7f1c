//! What her phone is told of her alert: the truth about each contact, in ids alone, so that a glance at the screen or a
//! stolen alert token shows no network.

use serde::Serialize;
use utoipa::ToSchema;

use super::locate;
use super::model::{AlertState, CloseKind};
use super::store::{self, AlertRow};
use super::watch::network_of;
use super::{AlertError, Alerts};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::facts::{self, NotificationFact};
use crate::delivery::model::{Medium, NotificationState};
use crate::escalation::model::{RecordFacts, RecordState};
use crate::escalation::records;
use crate::foundation::Foundation;
use crate::http::Language;
use crate::identity::AlertCaller;
use crate::identity::model::Policy;
use crate::ids::{AlertId, ClientId, ContactId, MunicipalityId};
use crate::municipality::{self, HelpLineView};
use crate::network::model::Answer;
use crate::plan::{self, Situation};

/// Why a contact was not told: there is no address that works.
const NO_ADDRESS: &str = "no_address";

/// How far one contact has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Nothing could be sent: no address works.
    Failed,
    /// Nothing was delivered in time.
    Expired,
    /// On its way.
    Sending,
    /// The provider took it; no word from the phone yet.
    Sent,
    /// On the contact's phone.
    Delivered,
    /// Looked at.
    Seen,
    /// Answered.
    Answered,
}

/// One contact, as her phone shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactView {
    /// Her app knows the name.
    pub contact: ContactId,
    /// How far.
    pub reach: Reach,
    /// Over what it was tried so far.
    pub over: Vec<Medium>,
    /// Why the last try failed, where one did.
    pub reason: Option<String>,
    /// What the contact said last.
    pub answer: Option<Answer>,
    /// When.
    pub answered_at: Option<At>,
}

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
    /// Her contacts at the press, in her order.
    pub contacts: Vec<ContactView>,
    /// Contacts on whose phone it is, or better.
    pub reached: usize,
    /// Contacts in all.
    pub total: usize,
    /// Where 911 stands.
    pub nine11: Nine11,
    /// Since when.
    pub nine11_since: Option<At>,
    /// Nobody has taken it: call 911 yourself.
    pub call_911: bool,
    /// Where nobody can be told: who else helps. Else empty.
    pub help_lines: Vec<HelpLineView>,
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
    g: &Foundation,
    row: &AlertRow,
    client_id: ClientId,
    language: Language,
    now: At,
) -> Result<AlertView, AlertError> {
    let facts = facts::notifications_of(conn, row.id.into(), now)?;
    let answers = store::answers_of(conn, row.id)?;
    let contacts = contact_views(&network_of(row), &facts, &answers);
    let record = records::facts(conn, row.id)?;
    let stands = record.as_ref().map_or((Nine11::NotTold, None), nine11);
    let help_lines = if hopeless(&contacts) { help_lines(conn, row.municipality, language, now)? } else { Vec::new() };
    let (_, interval_s) = locate::pace(conn, g, row)?;
    Ok(assemble(row, client_id, contacts, stands, help_lines, interval_s))
}

/// A new alert as the plan has just left it: nothing of it needs to be read back.
///
/// # Errors
/// The database, for the help lines where nobody can be told.
pub fn fresh(conn: &mut Conn, row: &AlertRow, after: &Situation, language: Language) -> Result<AlertView, AlertError> {
    let contacts: Vec<ContactView> = after.contacts.iter().map(just_told).collect();
    let stands = match after.record.as_ref().map(|r| r.state) {
        Some(RecordState::Queued) => (Nine11::Told, Some(after.now)),
        Some(RecordState::Waiting) => (Nine11::Waiting, None),
        _ => (Nine11::NotTold, None),
    };
    let help_lines =
        if hopeless(&contacts) { help_lines(conn, row.municipality, language, after.now)? } else { Vec::new() };
    let interval_s = u32::try_from(after.alert.fix_interval_s).unwrap_or(u32::MAX);
    Ok(assemble(row, row.client_id, contacts, stands, help_lines, interval_s))
}

fn just_told(contact: &plan::Contact) -> ContactView {
    let best = contact.told.iter().map(|t| reach(t.state)).max().unwrap_or(Reach::Failed);
    let mut over: Vec<Medium> = contact.told.iter().map(|t| t.channel.medium()).collect();
    over.dedup();
    ContactView {
        contact: contact.id,
        reach: best,
        over,
        reason: (best == Reach::Failed).then(|| NO_ADDRESS.to_owned()),
        answer: None,
        answered_at: None,
    }
}

/// Nobody can be told.
fn hopeless(contacts: &[ContactView]) -> bool {
    contacts.iter().all(|c| c.reach == Reach::Failed)
}

fn assemble(
    row: &AlertRow,
    client_id: ClientId,
    contacts: Vec<ContactView>,
    (nine11, nine11_since): (Nine11, Option<At>),
    help_lines: Vec<HelpLineView>,
    next_interval_s: u32,
) -> AlertView {
    let alone = hopeless(&contacts) && nine11 == Nine11::NotTold && !row.drill;
    AlertView {
        id: row.id,
        client_id,
        state: AlertState::parse(&row.state).unwrap_or(AlertState::Open),
        close_kind: row.close_kind.as_deref().and_then(CloseKind::parse),
        drill: row.drill,
        policy: Policy::parse(&row.policy).unwrap_or(Policy::Now),
        raised_at: row.raised_at,
        presses: row.presses,
        total: contacts.len(),
        reached: contacts.iter().filter(|c| c.reach >= Reach::Delivered).count(),
        contacts,
        nine11,
        nine11_since,
        call_911: row.call_911 || alone,
        help_lines,
        next_interval_s,
        warnings: Vec::new(),
    }
}

/// How far each of these contacts has been told.
pub(super) fn contact_views(
    ids: &[ContactId],
    facts: &[NotificationFact],
    answers: &[(ContactId, String, At)],
) -> Vec<ContactView> {
    ids.iter().map(|id| contact_view(*id, facts, answers)).collect()
}

fn contact_view(contact: ContactId, facts: &[NotificationFact], answers: &[(ContactId, String, At)]) -> ContactView {
    let mine: Vec<&NotificationFact> = facts.iter().filter(|f| f.recipient == *contact.bytes()).collect();
    let said = answers.iter().find(|(c, ..)| *c == contact);
    let answer = said.and_then(|(_, said, _)| Answer::parse(said));
    let best = mine.iter().map(|f| reach(f.state)).max().unwrap_or(Reach::Failed);
    let mut over: Vec<Medium> = mine.iter().map(|f| f.channel.medium()).collect();
    over.dedup();
    ContactView {
        contact,
        reach: if answer.is_some() { Reach::Answered } else { best },
        over,
        reason: match best {
            Reach::Failed | Reach::Expired => {
                mine.last().map_or(Some(NO_ADDRESS.to_owned()), |f| f.reason.map(|r| r.as_str().to_owned()))
            }
            _ => None,
        },
        answer,
        answered_at: said.map(|(.., at)| *at),
    }
}

fn reach(state: NotificationState) -> Reach {
    match state {
        NotificationState::Queued | NotificationState::Sending => Reach::Sending,
        NotificationState::Sent => Reach::Sent,
        NotificationState::Delivered => Reach::Delivered,
        NotificationState::Seen => Reach::Seen,
        NotificationState::Expired => Reach::Expired,
        NotificationState::Failed(_) => Reach::Failed,
    }
}

fn nine11(record: &RecordFacts) -> (Nine11, Option<At>) {
    match record.state {
        RecordState::Withheld => (Nine11::NotTold, None),
        RecordState::Waiting => (Nine11::Waiting, None),
        RecordState::Queued => (Nine11::Told, record.queued_at),
        RecordState::Claimed => (Nine11::HasIt, record.claimed_at),
        RecordState::Dispatched => (Nine11::UnitSent, record.last_step_at),
        RecordState::OnScene => (Nine11::OnScene, record.last_step_at),
        RecordState::Closed | RecordState::Withdrawn => (Nine11::Done, record.last_step_at),
    }
}

/// The municipality's help lines, 911 first.
pub(super) fn help_lines(
    conn: &mut Conn,
    municipality: MunicipalityId,
    language: Language,
    now: At,
) -> Result<Vec<HelpLineView>, AlertError> {
    match municipality::by_id(conn, municipality)? {
        Some(home) => Ok(municipality::views(conn, &home, now, language)?),
        None => Ok(Vec::new()),
    }
}

impl Alerts {
    /// Her alert, read anew.
    ///
    /// # Errors
    /// `Unknown`, or the database.
    pub async fn view(&self, caller: &AlertCaller, client_id: ClientId) -> Result<AlertView, AlertError> {
        let row = self.of_caller(caller, client_id).await?;
        if !caller_may_see(caller, &row) {
            return Err(AlertError::Unknown);
        }
        let (g, now, language) = (self.ground.clone(), self.now(), caller.language);
        self.ground.db.read(move |conn| of(conn, &g, &row, client_id, language, now)).await
    }
}

/// An alert token sees what its own device raised; nothing of another phone's past.
fn caller_may_see(caller: &AlertCaller, row: &AlertRow) -> bool {
    row.device == caller.device || row.state == AlertState::Open.as_str()
}

//! What her phone is told of her alert: the truth about each contact, in ids alone, so that a
//! glance at the screen or a stolen alert token shows no network.

use chrono_tz::Tz;

use super::model::{AlertView, Nine11};
use super::reach::{ContactView, Reach, concerned, contact_views, hopeless};
use super::sentences::Speaker;
use crate::alerts::engine::situation;
use crate::alerts::locate;
use crate::alerts::model::AlertState;
use crate::alerts::store::{self, AlertRow};
use crate::alerts::{AlertError, Alerts};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::NotificationFact;
use crate::escalation::model::{RecordFacts, RecordState};
use crate::escalation::records;
use crate::foundation::Foundation;
use crate::identity::AlertCaller;
use crate::ids::{ClientId, ContactId};
use crate::language::Language;
use crate::municipality::{self, Municipality};
use crate::network;
use crate::network::model::Answer;
use crate::timeline::{self, Kind};

/// What her view is made of: rows as they are stored, or as a press has just written them.
pub struct Rows<'r> {
    /// The alert.
    pub row: &'r AlertRow,
    /// The id by which her phone asks.
    pub client_id: ClientId,
    /// What was sent, as [`situation::told`] has it.
    pub notifications: &'r [NotificationFact],
    /// What contacts answered.
    pub answers: &'r [(ContactId, Answer, At)],
    /// The record; a drill has none.
    pub record: Option<&'r RecordFacts>,
    /// When the last unit was sent, or arrived.
    pub unit_at: Option<At>,
    /// In a drill, the contacts who take part.
    pub in_drills: Vec<ContactId>,
    /// Her municipality.
    pub municipality: Option<&'r Municipality>,
    /// Seconds until the next fix is wanted.
    pub fix_interval_s: u32,
}

impl<'r> Rows<'r> {
    /// Of the alert's row alone, with which a view reads nothing: it names no contact as reached and
    /// tells her to call 911.
    #[must_use]
    pub fn unread(row: &'r AlertRow, client_id: ClientId, fix_interval_s: u32) -> Self {
        Self {
            row,
            client_id,
            notifications: &[],
            answers: &[],
            record: None,
            unit_at: None,
            in_drills: Vec::new(),
            municipality: None,
            fix_interval_s,
        }
    }
}

/// Reads her alert.
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
    let (notifications, _) = situation::told(conn, row, now)?;
    let answers = store::answers_of(conn, row.id)?;
    let in_drills = match row.drill {
        true => network::reachable(conn, row.person, &[])?
            .into_iter()
            .filter_map(|c| c.drills.then_some(c.id))
            .collect(),
        false => Vec::new(),
    };
    let record = records::facts(conn, row.id)?;
    let unit_at = match record.as_ref().map(|r| r.state) {
        Some(RecordState::Dispatched) => timeline::last(conn, row.id, Kind::Dispatched)?,
        Some(RecordState::OnScene) => timeline::last(conn, row.id, Kind::OnScene)?,
        _ => None,
    };
    let municipality = municipality::by_id(conn, row.municipality)?;
    let (_, fix_interval_s) = locate::pace(conn, foundation, row, now)?;
    let rows = Rows {
        row,
        client_id,
        notifications: &notifications,
        answers: &answers,
        record: record.as_ref(),
        unit_at,
        in_drills,
        municipality: municipality.as_ref(),
        fix_interval_s,
    };
    view(conn, &rows, language, now)
}

/// Her alert, of these rows.
///
/// # Errors
/// The database, for the help lines where no contact can be told.
pub fn view(
    conn: &mut Conn,
    rows: &Rows<'_>,
    language: Language,
    now: At,
) -> Result<AlertView, AlertError> {
    let row = rows.row;
    let ids = concerned(row, rows.notifications);
    let mut contacts = contact_views(&ids, rows.notifications, rows.answers);
    if row.drill {
        contacts
            .iter_mut()
            .filter(|c| c.channels.is_empty() && !rows.in_drills.contains(&c.contact))
            .for_each(ContactView::leave_out);
    }
    let (nine11, nine11_since) = match rows.record {
        Some(record) => nine11(record, rows.unit_at),
        None => (Nine11::NotTold, None),
    };
    let alone = hopeless(&contacts);
    let help_lines = match rows.municipality {
        Some(municipality) if alone => municipality::views(conn, municipality, now, language)?,
        _ => Vec::new(),
    };
    let mut view = AlertView {
        id: row.id,
        client_id: rows.client_id,
        state: row.state,
        close_kind: row.close_kind,
        drill: row.drill,
        policy: row.policy,
        raised_at: row.raised_at,
        presses: row.presses,
        total: count(&contacts, |c| c.reach != Reach::NotInDrills),
        reached: count(&contacts, |c| c.reach >= Reach::Delivered),
        contacts,
        nine11,
        nine11_since,
        call_911: row.call_911 || (alone && nine11 == Nine11::NotTold && !row.drill),
        help_lines,
        summary: String::new(),
        next_interval_s: rows.fix_interval_s,
        warnings: Vec::new(),
    };
    let zone = rows.municipality.map_or(Tz::UTC, |m| m.zone);
    Speaker { language, zone }.speak(&mut view);
    Ok(view)
}

fn count(contacts: &[ContactView], which: impl Fn(&ContactView) -> bool) -> usize {
    contacts.iter().filter(|c| which(c)).count()
}

/// Where 911 stands, and since when: a note that the operator adds later sends no unit anew.
fn nine11(record: &RecordFacts, unit_at: Option<At>) -> (Nine11, Option<At>) {
    match record.state {
        RecordState::Withheld => (Nine11::NotTold, None),
        RecordState::Waiting => (Nine11::Waiting, None),
        RecordState::Queued => (Nine11::Told, record.queued_at),
        RecordState::Claimed => (Nine11::HasIt, record.claimed_at),
        RecordState::Dispatched => (Nine11::UnitSent, unit_at),
        RecordState::OnScene => (Nine11::OnScene, unit_at),
        RecordState::Closed | RecordState::Withdrawn => (Nine11::Done, record.closed_at),
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
    row.device == caller.device || row.state == AlertState::Open
}

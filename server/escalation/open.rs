//! Opening a record: the only way to who she is.
//!
//! [`open_record`] writes the audit row under the record's row lock; [`Opened`] leaves the write
//! closure after the commit, so that no byte is shown whose reading is not on the trail. Whatever
//! shows a name, a number or a place takes an [`Opened`], or for the places alone an
//! [`OpenedTrail`], and nothing outside this file makes one.

use serde_json::json;

use super::close;
use super::error::EscalationError;
use super::right::{Right, allowed, has_read, may_read_on};
use super::sight::Sight;
use super::store::{self, RecordRow};
use super::summary::RecordSummary;
use super::training;
use super::viewer::Viewer;
use crate::clock::At;
use crate::config;
use crate::db::Conn;
use crate::identity::{self, Officer, PersonCard};
use crate::ids::{AlertId, EntryId, PersonId, RecordId};
use crate::language::Language;
use crate::seal::Keyring;
use crate::timeline::reads::{self, Action, Read};
use crate::timeline::{self, Actor, Entry, Kind, NewEntry};

/// Entries of a timeline that an opened record shows, the newest; the rest is read page by page.
const PAGE: i64 = 100;
/// The most that are printed: all of any alert that there has been, by far.
const PRINTED: i64 = 10_000;

/// A record that was opened, with what escalation and identity know of her. Prints nothing.
pub struct Opened {
    row: RecordRow,
    sight: Sight,
    card: PersonCard,
    do_not_send: Vec<Officer>,
    timeline: Timeline,
}

/// A page of a timeline.
pub struct Timeline {
    /// Newest first.
    pub notes: Vec<TimelineNote>,
    /// Before which entry the next page begins; `None`: there is none.
    pub next: Option<EntryId>,
}

/// An entry of the timeline, its note opened.
pub struct TimelineNote {
    /// The entry.
    pub entry: Entry,
    /// An operator's words.
    pub note: Option<String>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({}, …)", self.row.id)
    }
}

impl Opened {
    /// Whose record it is: what rooms above look up the key, the place and the contacts by.
    #[must_use]
    pub const fn alert(&self) -> AlertId {
        self.row.alert
    }

    /// Whose data it is.
    #[must_use]
    pub const fn person(&self) -> PersonId {
        self.row.person
    }

    /// The record as the queue shows it.
    #[must_use]
    pub fn summary(&self, rules: &config::PlanConfig) -> RecordSummary {
        RecordSummary::of(&self.row, &self.sight, rules)
    }

    /// Her name and number.
    #[must_use]
    pub const fn card(&self) -> &PersonCard {
        &self.card
    }

    /// Officers who are not to be sent to her.
    #[must_use]
    pub fn do_not_send(&self) -> &[Officer] {
        &self.do_not_send
    }

    /// What happened, newest first; for paper all of it.
    #[must_use]
    pub fn timeline(&self) -> &[TimelineNote] {
        &self.timeline.notes
    }

    /// Before which entry [`open_timeline`] reads on; `None`: this is all.
    #[must_use]
    pub const fn timeline_next(&self) -> Option<EntryId> {
        self.timeline.next
    }
}

/// Opens a record: checks the right to, writes the audit row, and reads her. Inside one write
/// closure.
///
/// # Errors
/// `NotFound`, `NotClaimer`, `Forbidden`, `SecondPersonNeeded`, a seal that does not open, or the
/// database.
pub fn open_record(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    record: RecordId,
    right: &Right<'_>,
    now: At,
) -> Result<Opened, EscalationError> {
    let mut row = store::lock(conn, record)?.ok_or(EscalationError::NotFound)?;
    let sight = Sight::load(conn, viewer)?;
    let action = allowed(conn, &sight, &row, right, now)?;
    let reason = match right {
        Right::Supervisor(words) => {
            Some(words.sealed_for(keys, "read_audit", "sealed_reason", row.id.bytes()))
        }
        _ => None,
    };
    write_down(conn, viewer, &row, (action, reason), now)?;
    if row.closed_early_at.is_some() && close::may_acknowledge(viewer, &row) {
        close::acknowledged(conn, viewer, &mut row, now)?;
    }
    let card = if row.person == training::NOBODY {
        PersonCard {
            name: None,
            phone: String::new(),
            language: Language::Es,
        }
    } else {
        identity::person_card(conn, keys, row.person)?
    };
    let do_not_send = identity::conflicts_of(conn, keys, row.person)?;
    let most = match right {
        Right::Printer => PRINTED,
        _ => PAGE,
    };
    let timeline = page(conn, keys, row.alert, None, most)?;
    Ok(Opened {
        row,
        sight,
        card,
        do_not_send,
        timeline,
    })
}

/// The line of the read-audit; where it was not the claimer who read, and for a print, an entry of
/// the timeline too.
fn write_down(
    conn: &mut Conn,
    viewer: &Viewer,
    row: &RecordRow,
    (action, sealed_reason): (Action, Option<Vec<u8>>),
    now: At,
) -> Result<(), EscalationError> {
    let read = Read {
        record: row.id,
        person: row.person,
        municipality: row.municipality,
        centre: viewer.centre,
        at: now,
        operator: viewer.operator,
        action,
        sealed_reason,
    };
    reads::append_read(conn, &read)?;
    let holder = row.state.is_worked() && row.claimed_by == Some(viewer.operator);
    if matches!(
        action,
        Action::Supervised | Action::BreakGlass | Action::Printed
    ) || (action == Action::Trail && !holder)
    {
        let entry = NewEntry::new(
            row.alert,
            now,
            Kind::Opened,
            Actor::Operator(viewer.operator),
        );
        timeline::append(conn, &entry.with(json!({ "how": action })))?;
    }
    Ok(())
}

/// A record whose places may be read: the line of the read-audit is written.
#[derive(Clone, Copy, Debug)]
pub struct OpenedTrail {
    alert: AlertId,
    person: PersonId,
}

impl OpenedTrail {
    /// Whose places.
    #[must_use]
    pub const fn alert(&self) -> AlertId {
        self.alert
    }

    /// Whose alert it is.
    #[must_use]
    pub const fn person(&self) -> PersonId {
        self.person
    }
}

/// Opens the places of a record, to be read page by page: to the operator who has it, to a
/// supervisor who has opened it with a reason within the last half hour, and to an operator to whom
/// a second person has granted it. A reading that `begins` is recorded; a later page within half an hour
/// of it belongs to the same reading. Inside one write closure.
///
/// # Errors
/// `NotFound`, `NotClaimer`, `ReasonNeeded` for a supervisor who has given none,
/// `SecondPersonNeeded`, or the database.
pub fn open_trail(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    begins: bool,
    now: At,
) -> Result<OpenedTrail, EscalationError> {
    let row = store::lock(conn, record)?.ok_or(EscalationError::NotFound)?;
    let sight = Sight::load(conn, viewer)?;
    may_read_on(conn, &sight, &row, now)?;
    if begins || !has_read(conn, viewer, &row, Action::Trail, now)? {
        write_down(conn, viewer, &row, (Action::Trail, None), now)?;
    }
    Ok(OpenedTrail {
        alert: row.alert,
        person: row.person,
    })
}

/// What happened before `before`, to those who may read on. Their opening of the record is on the
/// read-audit; after half an hour reading on is another line.
///
/// # Errors
/// As [`open_trail`].
pub fn open_timeline(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    record: RecordId,
    before: EntryId,
    now: At,
) -> Result<Timeline, EscalationError> {
    let row = store::lock(conn, record)?.ok_or(EscalationError::NotFound)?;
    let sight = Sight::load(conn, viewer)?;
    may_read_on(conn, &sight, &row, now)?;
    let mut on_audit = false;
    for action in [
        Action::Claimed,
        Action::Opened,
        Action::Supervised,
        Action::BreakGlass,
        Action::Printed,
    ] {
        on_audit = on_audit || has_read(conn, viewer, &row, action, now)?;
    }
    if !on_audit {
        write_down(conn, viewer, &row, (Action::Opened, None), now)?;
    }
    page(conn, keys, row.alert, Some(before), PAGE)
}

fn page(
    conn: &mut Conn,
    keys: &Keyring,
    alert: AlertId,
    before: Option<EntryId>,
    most: i64,
) -> Result<Timeline, EscalationError> {
    let mut entries = timeline::latest(conn, alert, before, most + 1)?;
    let more = i64::try_from(entries.len()).is_ok_and(|n| n > most);
    if more {
        entries.pop();
    }
    let next = entries.last().filter(|_| more).map(|entry| entry.id);
    let notes = entries.into_iter().map(|entry| told(keys, alert, entry));
    Ok(Timeline {
        notes: notes.collect(),
        next,
    })
}

/// A note that this key ring cannot open belongs to the alert's own key, and is shown with the
/// alert.
fn told(keys: &Keyring, alert: AlertId, entry: Entry) -> TimelineNote {
    let open = |sealed: &[u8]| {
        keys.open_text("timeline", "sealed_note", alert.bytes(), sealed)
            .ok()
    };
    let note = entry
        .sealed_note
        .as_deref()
        .and_then(open)
        .map(|text| text.to_string());
    TimelineNote { entry, note }
}

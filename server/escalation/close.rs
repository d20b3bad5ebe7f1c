//! Closing a record. Operators close records, never alerts.
//!
//! A false alarm, and anything within a minute of the claim, takes two people: the first call
//! proposes, another operator who sees the record confirms. Any step, and a new press, voids the
//! proposal.
//!
//! A record that is closed while her alert is open stands before supervisors until one of them has
//! looked ([`acknowledge`], or an opening), she has ended her alert by her PIN, or she has pressed
//! again.

use std::time::Duration;

use serde_json::json;

use super::changed::Changed;
use super::error::EscalationError;
use super::model::{Disposition, RecordEvent, RecordState};
use super::step::{self, TimelineNote, Words};
use super::store::RecordRow;
use super::viewer::Viewer;
use crate::clock::At;
use crate::config;
use crate::db::Conn;
use crate::ids::RecordId;
use crate::seal::Keyring;
use crate::timeline::Kind;

/// What became of a call to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// It is closed.
    Closed(Changed),
    /// It waits for a second person.
    Proposed(Changed),
}

impl Closing {
    /// The record's new version.
    #[must_use]
    pub const fn changed(self) -> Changed {
        match self {
            Self::Closed(changed) | Self::Proposed(changed) => changed,
        }
    }
}

/// How a record is closed.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// How it ends.
    pub disposition: Disposition,
    /// The operator's words.
    pub words: Option<&'a Words>,
    /// Whether her alert is open.
    pub alert_open: bool,
}

/// Closes the record, proposes it, or confirms another operator's proposal (which must name the
/// same disposition).
///
/// # Errors
/// `NotFound`, `NotClaimer`, `SecondPersonNeeded` for who proposed it, `WrongState` for another
/// disposition, `Over`, or the database.
pub fn close(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    record: RecordId,
    Ending {
        disposition,
        words,
        alert_open,
    }: Ending<'_>,
    rules: &config::Escalation,
    now: At,
) -> Result<Closing, EscalationError> {
    let mut row = step::taken(conn, viewer, record)?;
    if row.state.is_over() {
        return Err(EscalationError::Over);
    }
    let next = row
        .state
        .after(RecordEvent::Close, true)
        .ok_or(EscalationError::NotClaimer)?;
    let note = words.map(|words| (keys, words));
    let mut detail = json!({ "disposition": disposition });
    match row.close_proposed_by {
        Some(first) if first != viewer.operator => {
            if row.disposition.as_deref() != Some(disposition.as_str()) {
                return Err(EscalationError::WrongState);
            }
            detail = json!({ "disposition": disposition, "proposed_by": first });
        }
        proposed => {
            if row.claimed_by != Some(viewer.operator) {
                return Err(EscalationError::NotClaimer);
            }
            if takes_two(&row, disposition, rules, now) {
                if proposed.is_some() && row.disposition.as_deref() == Some(disposition.as_str()) {
                    return Err(EscalationError::SecondPersonNeeded);
                }
                row.stepped(now);
                row.close_proposed_by = Some(viewer.operator);
                row.disposition = Some(disposition.as_str().to_owned());
                let told = TimelineNote {
                    kind: Kind::CloseProposed,
                    detail,
                    note,
                };
                return step::written(conn, viewer, &mut row, told, now).map(Closing::Proposed);
            }
        }
    }
    row.state = next;
    row.closed_at = Some(now);
    row.closed_by = Some(viewer.operator);
    row.disposition = Some(disposition.as_str().to_owned());
    row.level = 0;
    row.closed_early_at = alert_open.then_some(now);
    let told = TimelineNote {
        kind: Kind::RecordClosed,
        detail,
        note,
    };
    step::written(conn, viewer, &mut row, told, now).map(Closing::Closed)
}

/// A supervisor has looked at a record that was closed while her alert was open: it no longer
/// stands before supervisors. Said again it changes nothing.
///
/// # Errors
/// `NotFound`, `Forbidden` for who is no supervisor, `WrongState` for a record that is not closed,
/// `SecondPersonNeeded` for who closed it or proposed to, or the database.
pub fn acknowledge(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    now: At,
) -> Result<Changed, EscalationError> {
    let mut row = step::taken(conn, viewer, record)?;
    if !viewer.supervises() {
        return Err(EscalationError::Forbidden);
    }
    if row.state != RecordState::Closed {
        return Err(EscalationError::WrongState);
    }
    if row.closed_early_at.is_none() {
        return Ok(Changed::of(&row));
    }
    if !may_acknowledge(viewer, &row) {
        return Err(EscalationError::SecondPersonNeeded);
    }
    acknowledged(conn, viewer, &mut row, now)
}

/// Not who closed it, alone or as one of two.
pub(super) fn may_acknowledge(viewer: &Viewer, row: &RecordRow) -> bool {
    viewer.supervises() && ![row.closed_by, row.close_proposed_by].contains(&Some(viewer.operator))
}

pub(super) fn acknowledged(
    conn: &mut Conn,
    viewer: &Viewer,
    row: &mut RecordRow,
    now: At,
) -> Result<Changed, EscalationError> {
    row.closed_early_at = None;
    step::written(
        conn,
        viewer,
        row,
        TimelineNote::plainly(Kind::CloseSeen),
        now,
    )
}

fn takes_two(
    row: &RecordRow,
    disposition: Disposition,
    rules: &config::Escalation,
    now: At,
) -> bool {
    let held_for = row.claimed_at.map_or(Duration::ZERO, |at| now.since(at));
    disposition == Disposition::FalseAlarm
        || held_for < Duration::from_secs(rules.close_alone_after_s)
}

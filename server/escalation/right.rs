//! Who may open a record, and by what right.
//!
//! Reads only. [`open`](super::open) asks here under the record's row lock, writes the audit row, and
//! opens the record.

use super::break_glass;
use super::error::EscalationError;
use super::model::RecordState;
use super::sight::Sight;
use super::step::Words;
use super::store::RecordRow;
use super::viewer::Viewer;
use crate::clock::At;
use crate::db::Conn;
use crate::timeline::reads::{self, Action};

/// By what right.
#[derive(Clone, Debug)]
pub enum Right<'a> {
    /// The operator who has it, in the very step of claiming.
    JustClaimed,
    /// The operator who has it.
    Claimer,
    /// The operator who has it, following her place as it comes.
    Follower,
    /// A supervisor of the centre, with a written reason. Not for a record in conflict that is kept
    /// from them.
    Supervisor(&'a Words),
    /// An operator to whom a second person has granted it.
    BreakGlass,
    /// An operator or supervisor who may read its places now ([`open_trail`](super::open::open_trail)), to print it.
    Printer,
}

/// What the read-audit calls the reading, if it may be.
pub(super) fn allowed(
    conn: &mut Conn,
    sight: &Sight,
    row: &RecordRow,
    right: &Right<'_>,
    now: At,
) -> Result<Action, EscalationError> {
    let viewer = &sight.viewer;
    if !sight.may_know(&row.sight()) {
        return Err(EscalationError::NotFound);
    }
    match right {
        Right::JustClaimed | Right::Claimer | Right::Follower => {
            if !row.state.is_worked() || row.claimed_by != Some(viewer.operator) {
                return Err(if sight.sees(&row.sight()) {
                    EscalationError::NotClaimer
                } else {
                    EscalationError::NotFound
                });
            }
            Ok(match right {
                Right::JustClaimed => Action::Claimed,
                Right::Follower => Action::Followed,
                _ => Action::Opened,
            })
        }
        Right::Supervisor(_) if !viewer.supervises() => Err(EscalationError::Forbidden),
        // A listed supervisor from whom the record is kept needs a second person too.
        Right::Supervisor(_) if !sight.sees(&row.sight()) => {
            Err(EscalationError::SecondPersonNeeded)
        }
        Right::Supervisor(_) => Ok(Action::Supervised),
        Right::BreakGlass if row.state == RecordState::Withdrawn => Err(EscalationError::Forbidden),
        Right::BreakGlass if break_glass::is_granted(conn, viewer, row.id, now)? => {
            Ok(Action::BreakGlass)
        }
        Right::BreakGlass => Err(EscalationError::SecondPersonNeeded),
        Right::Printer => may_read_on(conn, sight, row, now).map(|()| Action::Printed),
    }
}

/// The right of who goes on reading: what was opened with a reason or a grant stays open for half
/// an hour.
pub(super) fn may_read_on(
    conn: &mut Conn,
    sight: &Sight,
    row: &RecordRow,
    now: At,
) -> Result<(), EscalationError> {
    let viewer = &sight.viewer;
    let Err(refused) = allowed(conn, sight, row, &Right::Claimer, now) else {
        return Ok(());
    };
    if !sight.may_know(&row.sight()) {
        return Err(refused);
    }
    if row.state != RecordState::Withdrawn && break_glass::is_granted(conn, viewer, row.id, now)? {
        return Ok(());
    }
    if !viewer.supervises() {
        return Err(refused);
    }
    if !sight.sees(&row.sight()) {
        return Err(EscalationError::SecondPersonNeeded);
    }
    let lately = has_read(conn, viewer, row, Action::Supervised, now)?;
    if lately {
        Ok(())
    } else {
        Err(EscalationError::ReasonNeeded)
    }
}

/// Whether this person has read the record in that way within the last half hour.
pub(super) fn has_read(
    conn: &mut Conn,
    viewer: &Viewer,
    row: &RecordRow,
    action: Action,
    now: At,
) -> Result<bool, EscalationError> {
    Ok(reads::has_read(
        conn,
        row.id,
        viewer.operator,
        action,
        now.minus(break_glass::LASTS),
    )?)
}

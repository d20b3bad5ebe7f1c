//! What a change does to a record's row, and which timeline entry tells of it.

use serde_json::json;

use super::centres;
use super::changed::{NO_CENTRE, RecordChange};
use super::error::EscalationError;
use super::flags;
use super::folio;
use super::jurisdiction::{PlacedBy, Placement};
use super::mark;
use super::model::{LOUDEST, RecordEvent, RecordState};
use super::store::RecordRow;
use crate::clock::At;
use crate::db::Conn;
use crate::timeline::Kind;

/// `Some(None)`: changed, with nothing to tell.
pub(super) type Applied = Option<Option<(Kind, serde_json::Value)>>;

pub(super) fn applied(
    conn: &mut Conn,
    row: &mut RecordRow,
    change: RecordChange,
    now: At,
) -> Result<Applied, EscalationError> {
    let state = row.state;
    let ever_claimed = row.first_claimed_at.is_some();
    Ok(match change {
        RecordChange::Queue => {
            if state.after(RecordEvent::Queue, ever_claimed).is_none() {
                return Ok(None);
            }
            if state == RecordState::Closed {
                row.level = (row.level + 1).min(LOUDEST);
                return reopened(conn, row, now);
            }
            enter_queue(conn, row, now)?;
            Some(Some((Kind::RecordQueued, json!({ "folio": row.folio }))))
        }
        RecordChange::Level(level) => {
            let level = level.clamp(0, LOUDEST);
            if level == row.level || !state.is_open() {
                return Ok(None);
            }
            let louder = level > row.level;
            row.level = level;
            Some(louder.then(|| (Kind::Louder, json!({ "level": level }))))
        }
        RecordChange::Widen => {
            let backup = centres::by_id(conn, row.centre)?.and_then(|c| c.backup);
            if row.widened_at.is_some() || backup.is_none() || !state.is_open() {
                return Ok(None);
            }
            row.widened_at = Some(now);
            Some(Some((Kind::BackupTold, json!({ "centre": backup }))))
        }
        RecordChange::Withdraw => {
            let Some(next) = state.after(RecordEvent::Withdraw, ever_claimed) else {
                return Ok(None);
            };
            row.state = next;
            row.closed_at = Some(now);
            Some(Some((Kind::RecordWithdrawn, serde_json::Value::Null)))
        }
        RecordChange::AlertEnded => row.closed_early_at.take().is_some().then_some(None),
        RecordChange::Flag(flag) => flags::raise(&mut row.flags, flag).then_some(None),
        RecordChange::PressedAgain => return pressed_again(conn, row, now),
        RecordChange::Placed {
            placement,
            cell,
            accuracy_m,
            fix_at,
        } => {
            return placed(conn, row, placement, (cell, accuracy_m, fix_at), now);
        }
    })
}

fn pressed_again(
    conn: &mut Conn,
    row: &mut RecordRow,
    now: At,
) -> Result<Applied, EscalationError> {
    let state = row.state;
    if state
        .after(RecordEvent::PressedAgain, row.first_claimed_at.is_some())
        .is_none()
    {
        return Ok(None);
    }
    row.level = (row.level + 1).min(LOUDEST);
    row.void_proposal();
    flags::raise(&mut row.flags, flags::PRESSED_AGAIN);
    if state != RecordState::Closed {
        return Ok(Some(Some((Kind::Louder, json!({ "level": row.level })))));
    }
    reopened(conn, row, now)
}

/// A closed record comes back to the queue.
fn reopened(conn: &mut Conn, row: &mut RecordRow, now: At) -> Result<Applied, EscalationError> {
    flags::raise(&mut row.flags, flags::REOPENED);
    (row.closed_at, row.closed_by, row.closed_early_at) = (None, None, None);
    enter_queue(conn, row, now)?;
    Ok(Some(Some((Kind::Reopened, json!({ "folio": row.folio })))))
}

/// Into the queue, unclaimed: with a folio if it has none yet.
pub(super) fn enter_queue(
    conn: &mut Conn,
    row: &mut RecordRow,
    now: At,
) -> Result<(), EscalationError> {
    row.state = RecordState::Queued;
    row.queued_at = Some(now);
    (row.claimed_by, row.claimed_at, row.last_step_at) = (None, None, None);
    row.void_proposal();
    if row.folio.is_none() {
        row.folio = folio::draw(conn, row.centre, now)?;
    }
    Ok(())
}

type Spotted = (Option<String>, Option<f64>, Option<At>);

fn placed(
    conn: &mut Conn,
    row: &mut RecordRow,
    placement: Placement,
    (cell, accuracy_m, fix_at): Spotted,
    now: At,
) -> Result<Applied, EscalationError> {
    if row.state.is_over() {
        return Ok(None);
    }
    let seen = |row: &RecordRow| {
        let known = (row.accuracy_m.is_some(), row.fix_at.is_some());
        (row.cell.clone(), row.flags.clone(), known)
    };
    let (before, centres_before) = (seen(row), (row.centre, row.other_centre));
    (row.cell, row.accuracy_m, row.fix_at) = (cell, accuracy_m, fix_at);
    if row.centre == NO_CENTRE {
        row.centre = placement.centre.unwrap_or(NO_CENTRE);
        if row.state.is_open() && row.folio.is_none() {
            row.folio = folio::draw(conn, row.centre, now)?;
        }
    }
    // Who was handed the record does not lose it to a fix; who was told of it stays told unless
    // another place calls.
    let transferred = row.placed_by == PlacedBy::Transfer.as_str();
    let named = if transferred {
        [placement.other_centre, None]
    } else {
        [placement.other_centre, placement.centre]
    };
    if let Some(other) = named.into_iter().flatten().find(|c| *c != row.centre) {
        row.other_centre = Some(other);
    }
    if !transferred {
        row.placed_by = placement.by.as_str().to_owned();
    }
    mark_outside(row, placement);
    let centres = (row.centre, row.other_centre);
    if centres != centres_before {
        mark::conflict(conn, row)?;
    }
    // A fix inside the same cell is no news to the queue: the live place has a stream of its own.
    if centres == centres_before && before == seen(row) {
        return Ok(None);
    }
    let added = centres.1.filter(|c| centres_before.1 != Some(*c));
    Ok(Some(added.map(|centre| {
        (Kind::CentreAdded, json!({ "centre": centre }))
    })))
}

pub(super) fn mark_outside(row: &mut RecordRow, placement: Placement) {
    // By the default rule *and* with a fix: outside every polygon. Without a fix nothing is known.
    if placement.by == PlacedBy::Default && row.cell.is_some() {
        flags::raise(&mut row.flags, flags::OUTSIDE);
    } else {
        flags::lower(&mut row.flags, flags::OUTSIDE);
    }
}

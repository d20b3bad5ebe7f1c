//! Letting a record go: back to the queue, or to another centre.

use serde_json::json;

use super::apply;
use super::centres;
use super::changed::Changed;
use super::error::EscalationError;
use super::flags;
use super::jurisdiction::PlacedBy;
use super::mark;
use super::model::{RecordEvent, RecordState};
use super::step::{self, TimelineNote, Words};
use super::store::RecordRow;
use super::viewer::Viewer;
use crate::clock::At;
use crate::db::Conn;
use crate::ids::{CentreId, RecordId};
use crate::seal::Keyring;
use crate::timeline::Kind;

/// Puts a record back into its queue: its operator, or a supervisor who wants it reassigned.
///
/// # Errors
/// `NotFound`, `NotClaimer`, `Over`, `WrongState`, or the database.
pub fn release(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    now: At,
) -> Result<Changed, EscalationError> {
    let mut row = step::held_or_supervised(conn, viewer, record)?;
    row.state
        .after(RecordEvent::Release, true)
        .ok_or(EscalationError::WrongState)?;
    let told = TimelineNote {
        kind: Kind::Released,
        detail: json!({ "from": row.claimed_by }),
        note: None,
    };
    remember_the_unit(&mut row);
    apply::enter_queue(conn, &mut row, now)?;
    step::written(conn, viewer, &mut row, told, now)
}

/// Hands a record to another centre's queue; also to another municipality's, which is how records
/// cross: on the timeline, with who did it. The folio stays. The centre it leaves no longer sees it.
///
/// # Errors
/// `NotFound`, `NotClaimer`, `NoSuchCentre`, `Over`, `WrongState`, or the database.
pub fn transfer(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    record: RecordId,
    to: CentreId,
    why: Option<&Words>,
    now: At,
) -> Result<Changed, EscalationError> {
    let mut row = step::held_or_supervised(conn, viewer, record)?;
    row.state
        .after(RecordEvent::Transfer, true)
        .ok_or(EscalationError::WrongState)?;
    let target = centres::by_id(conn, to)?.ok_or(EscalationError::NoSuchCentre)?;
    if target.id == row.centre || target.is_retired {
        return Err(EscalationError::NoSuchCentre);
    }
    let left = row.centre;
    let detail = json!({ "from": left, "to": to, "municipality": target.municipality });
    remember_the_unit(&mut row);
    row.centre = to;
    row.other_centre = None;
    row.widened_at = None;
    PlacedBy::Transfer.as_str().clone_into(&mut row.placed_by);
    mark::conflict(conn, &mut row)?;
    apply::enter_queue(conn, &mut row, now)?;
    let told = TimelineNote {
        kind: Kind::Transferred,
        detail,
        note: why.map(|words| (keys, words)),
    };
    let changed = step::written(conn, viewer, &mut row, told, now)?;
    // The centre it left is nudged as well: the record is gone from its feeds.
    Ok(Changed {
        other_centre: Some(left),
        ..changed
    })
}

/// A unit on its way stays known to the operator who claims the record next.
fn remember_the_unit(row: &mut RecordRow) {
    if matches!(row.state, RecordState::Dispatched | RecordState::OnScene) {
        flags::raise(&mut row.flags, flags::UNIT_SENT);
    }
}

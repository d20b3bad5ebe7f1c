//! The steps of the operator who has the record: a unit sent, a unit there, a note, the right kind.
//! Each counts as a sign of life, makes the record quiet again, and voids a close that waits for a
//! second person.

use serde_json::json;

use super::changed::Changed;
use super::error::EscalationError;
use super::kinds;
use super::model::RecordEvent;
use super::step::{self, TimelineNote, Words};
use super::viewer::Viewer;
use crate::clock::At;
use crate::db::Conn;
use crate::ids::RecordId;
use crate::seal::Keyring;
use crate::timeline::Kind;

/// Sends a unit, or another one. The words say which, and are sealed.
///
/// # Errors
/// `NotFound`, `NotClaimer`, `Over`, or the database.
pub fn dispatch(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    record: RecordId,
    unit: Option<&Words>,
    now: At,
) -> Result<Changed, EscalationError> {
    moved(
        conn,
        viewer,
        record,
        RecordEvent::Dispatch,
        (Kind::Dispatched, unit.map(|words| (keys, words))),
        now,
    )
}

/// A unit has arrived. Only after a dispatch.
///
/// # Errors
/// As [`dispatch`]; `WrongState` where no unit was sent.
pub fn on_scene(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    record: RecordId,
    words: Option<&Words>,
    now: At,
) -> Result<Changed, EscalationError> {
    moved(
        conn,
        viewer,
        record,
        RecordEvent::Arrive,
        (Kind::OnScene, words.map(|words| (keys, words))),
        now,
    )
}

fn moved(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    event: RecordEvent,
    (kind, note): (Kind, Option<(&Keyring, &Words)>),
    now: At,
) -> Result<Changed, EscalationError> {
    let mut row = step::held(conn, viewer, record)?;
    let next = row
        .state
        .after(event, true)
        .ok_or(EscalationError::WrongState)?;
    row.state = next;
    row.stepped(now);
    step::written(
        conn,
        viewer,
        &mut row,
        TimelineNote {
            kind,
            detail: serde_json::Value::Null,
            note,
        },
        now,
    )
}

/// Notes something. The words are sealed.
///
/// # Errors
/// `NotFound`, `NotClaimer`, `Over`, or the database.
pub fn note(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    record: RecordId,
    words: &Words,
    now: At,
) -> Result<Changed, EscalationError> {
    let mut row = step::held(conn, viewer, record)?;
    row.stepped(now);
    let told = TimelineNote {
        kind: Kind::Noted,
        detail: serde_json::Value::Null,
        note: Some((keys, words)),
    };
    step::written(conn, viewer, &mut row, told, now)
}

/// Gives the record its right kind; its priority follows.
///
/// # Errors
/// `NotFound`, `NotClaimer`, `UnknownKind`, `Over`, or the database.
pub fn recode(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    code: &str,
    now: At,
) -> Result<Changed, EscalationError> {
    let kind = kinds::of(code).ok_or(EscalationError::UnknownKind)?;
    let mut row = step::held(conn, viewer, record)?;
    let detail = json!({ "kind": kind.code, "was": row.kind });
    kind.code.clone_into(&mut row.kind);
    row.priority = kind.priority;
    row.stepped(now);
    step::written(
        conn,
        viewer,
        &mut row,
        TimelineNote {
            kind: Kind::Noted,
            detail,
            note: None,
        },
        now,
    )
}

//! Opening a record without a claim takes two people: one asks with a written reason, a supervisor
//! other than that one grants it, and for half an hour the first may open it. Both stand on the
//! timeline. Never for an officer she named.

use std::time::Duration;

use serde_json::json;

use super::error::EscalationError;
use super::sight::Sight;
use super::step::Words;
use super::store;
use super::viewer::Viewer;
use crate::clock::At;
use crate::db::Conn;
use crate::ids::{EntryId, OperatorId, RecordId};
use crate::seal::{self, Keyring};
use crate::timeline::{self, Actor, Kind, NewEntry};

/// How long a request may wait for its second person, and how long a grant is good.
pub const LASTS: Duration = Duration::from_secs(30 * 60);

/// Asks to open a record without a claim. Returns the request's id, for another person to grant.
///
/// # Errors
/// `NotFound` for a record that this person may not know of, or the database.
pub fn ask(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    record: RecordId,
    reason: &Words,
    now: At,
) -> Result<EntryId, EscalationError> {
    let row = store::lock(conn, record)?.ok_or(EscalationError::NotFound)?;
    let sight = Sight::load(conn, viewer)?;
    let knows = sight.sees(&row.sight()) || (viewer.supervises() && sight.may_know(&row.sight()));
    if !knows {
        return Err(EscalationError::NotFound);
    }
    let id = EntryId::new();
    let sealed = reason.sealed_for(keys, "break_glass", "sealed_reason", id.bytes());
    store::ask_break_glass(conn, id, row.id, viewer.operator, &sealed, now)?;
    let entry = NewEntry::new(
        row.alert,
        now,
        Kind::BreakGlassAsked,
        Actor::Operator(viewer.operator),
    );
    timeline::append(conn, &entry.with(json!({ "request": id })))?;
    Ok(id)
}

/// Grants another person's request.
///
/// # Errors
/// `NotFound` for no such request, or one that has run out; `Forbidden` for who is no supervisor;
/// `SecondPersonNeeded` for who asked; or the database.
pub fn grant(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    request: EntryId,
    now: At,
) -> Result<(), EscalationError> {
    let row = store::lock(conn, record)?.ok_or(EscalationError::NotFound)?;
    if !Sight::load(conn, viewer)?.may_know(&row.sight()) {
        return Err(EscalationError::NotFound);
    }
    if !viewer.supervises() {
        return Err(EscalationError::Forbidden);
    }
    let asked =
        store::break_glass_asked(conn, row.id, request)?.ok_or(EscalationError::NotFound)?;
    if now.since(asked.1) >= LASTS {
        return Err(EscalationError::NotFound);
    }
    if asked.0 == viewer.operator {
        return Err(EscalationError::SecondPersonNeeded);
    }
    if store::grant_break_glass(conn, request, viewer.operator, now)? == 1 {
        let entry = NewEntry::new(
            row.alert,
            now,
            Kind::BreakGlassGranted,
            Actor::Operator(viewer.operator),
        );
        timeline::append(conn, &entry.with(json!({ "request": request })))?;
    }
    Ok(())
}

/// Whether another person has granted this operator that record within the last half hour.
pub(super) fn is_granted(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
    now: At,
) -> Result<bool, EscalationError> {
    Ok(store::break_glass_granted(
        conn,
        record,
        viewer.operator,
        now.minus(LASTS),
    )?)
}

/// A request that waits for its second person. Its `Debug` prints no reason.
pub struct Asked {
    /// Its id.
    pub request: EntryId,
    /// The record.
    pub record: RecordId,
    /// Who asks.
    pub asked_by: OperatorId,
    /// When.
    pub asked_at: At,
    /// Why.
    pub reason: String,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Asked({}, …)", self.request)
    }
}

/// What waits for this supervisor to grant it, oldest first.
///
/// # Errors
/// `Forbidden` for who is no supervisor, or the database.
pub fn waiting(
    conn: &mut Conn,
    keys: &Keyring,
    viewer: &Viewer,
    now: At,
) -> Result<Vec<Asked>, EscalationError> {
    if !viewer.supervises() {
        return Err(EscalationError::Forbidden);
    }
    let sight = Sight::load(conn, viewer)?;
    let mut waiting = Vec::new();
    for row in store::break_glass_waiting(conn, now.minus(LASTS))? {
        let record = store::by_id(conn, row.record)?;
        if row.asked_by == viewer.operator
            || !record.is_some_and(|record| sight.may_know(&record.sight()))
        {
            continue;
        }
        let (column, sealed) = ("sealed_reason", &row.sealed_reason);
        let reason = keys.open_text("break_glass", column, row.id.bytes(), sealed);
        let reason = seal::or_none("why a record is to be read", row.id, reason)
            .map(|text| text.to_string())
            .unwrap_or_default();
        let (request, record) = (row.id, row.record);
        waiting.push(Asked {
            request,
            record,
            asked_by: row.asked_by,
            asked_at: row.asked_at,
            reason,
        });
    }
    Ok(waiting)
}

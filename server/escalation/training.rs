//! Records to train on: CNIE 60210, in a queue of their own, of no person, with a folio like any
//! other.

use super::changed::Changed;
use super::error::EscalationError;
use super::jurisdiction::{PlacedBy, Placement};
use super::kinds;
use super::model::{Priority, RecordState};
use super::records::{self, NewRecord};
use super::store;
use super::viewer::Viewer;
use crate::clock::At;
use crate::db::Conn;
use crate::ids::{AlertId, PersonId, RecordId};
use crate::timeline::{self, Actor, Kind, NewEntry};

/// The made-up woman of a training record.
pub const NOBODY: PersonId = PersonId(uuid::Uuid::nil());

/// Puts a training record into the queue of the supervisor's centre. `cell`: a place to ~1 km to
/// work with.
///
/// # Errors
/// `Forbidden` for who is no supervisor, or the database.
pub fn begin(
    conn: &mut Conn,
    viewer: &Viewer,
    cell: Option<&str>,
    now: At,
) -> Result<(RecordId, Changed), EscalationError> {
    if !viewer.supervises() {
        return Err(EscalationError::Forbidden);
    }
    let new = NewRecord {
        id: RecordId::new(),
        alert: AlertId::new(),
        person: NOBODY,
        municipality: viewer.municipality,
        placement: Placement {
            centre: Some(viewer.centre),
            other_centre: None,
            by: PlacedBy::Home,
        },
        kind: kinds::TRAINING.to_owned(),
        priority: kinds::of(kinds::TRAINING).map_or(Priority::Low, |k| k.priority),
        training: true,
        state: RecordState::Queued,
        cell: cell.map(str::to_owned),
        accuracy_m: None,
        fix_at: None,
        raised_at: now,
    };
    records::insert(conn, &new, Some(false), now)?;
    timeline::append(
        conn,
        &NewEntry::new(
            new.alert,
            now,
            Kind::RecordQueued,
            Actor::Operator(viewer.operator),
        ),
    )?;
    let row = store::by_id(conn, new.id)?.ok_or(EscalationError::NotFound)?;
    Ok((new.id, Changed::of(&row)))
}

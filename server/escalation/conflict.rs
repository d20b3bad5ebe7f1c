//! Records of a person who named an officer of the very centre that is to help her.
//!
//! Such a record is marked (`mark`) when it is born or moves. It stands on the feeds of unlisted supervisors
//! and of the backup centre. Where none of them is connected within the wait, help comes first: it
//! is opened up to the centre's other operators, never to the named. The heartbeat of any feed of
//! the centre asks, so that it needs no clock of its own.

use std::time::Duration;

use super::acting::Acting;
use super::centres;
use super::changed::Changed;
use super::error::EscalationError;
use super::flags;
use super::model::RecordState;
use super::sight;
use super::store::{self, RecordRow};
use crate::clock::At;
use crate::db::Conn;
use crate::identity;
use crate::ids::CentreId;

/// Opens up the centre's records in conflict that have waited for `wait` without a supervisor or
/// backup there who may see them.
///
/// # Errors
/// The database.
pub fn open_up(
    conn: &mut Conn,
    centre: CentreId,
    wait: Duration,
    now: At,
) -> Result<Vec<Changed>, EscalationError> {
    let due = store::in_conflict(conn, centre, now.minus(wait))?;
    let mut changed = Vec::new();
    for id in due {
        let Some(mut row) = store::lock(conn, id)? else {
            continue;
        };
        let hidden = sight::is_hidden(&row.sight());
        if hidden && row.state == RecordState::Queued && !anybody_may(conn, &row, now)? {
            flags::raise(&mut row.flags, flags::CONFLICT_OPEN);
            store::save(conn, &mut row, now)?;
            changed.push(Changed::of(&row));
        }
    }
    Ok(changed)
}

/// Whether an operator is connected whose feed shows the record.
fn anybody_may(conn: &mut Conn, row: &RecordRow, now: At) -> Result<bool, EscalationError> {
    let named = identity::operators_named_by(conn, row.person)?;
    let backup = centres::by_id(conn, row.centre)?.and_then(|c| c.backup);
    Ok(!Acting::on(conn, row.sight(), backup, named, now)?.is_nobody())
}

//! Begins and ends the quarantine.

use crate::alerts::{AlertError, store};
use crate::clock::At;
use crate::db::{Conn, WritePriority, change_marks, take_alerts};
use crate::delivery;
use crate::delivery::model::FailReason;
use crate::escalation::flags;
use crate::escalation::records::{self, RecordChange};
use crate::foundation::Foundation;
use crate::ids::{AlertId, MunicipalityId};

/// Since when a restored database waits for its release.
///
/// # Errors
/// The database.
pub fn since(conn: &mut Conn) -> Result<Option<At>, AlertError> {
    let mark = change_marks::mark(conn, change_marks::RESTORED)?;
    Ok((mark > 0).then(|| At::from_micros(mark)))
}

/// Puts what the backup brought back under quarantine: what is queued ends unsent, alerts that are open
/// or whose end is still to be told wait, and their records are marked. A second restore begins anew.
pub(super) fn begin(conn: &mut Conn, now: At) -> Result<(), AlertError> {
    let speaking = store::speaking(conn)?;
    take_alerts(conn, &speaking)?;
    store::quarantine(conn, now)?;
    for alert in &speaking {
        records::change(conn, *alert, RecordChange::Flag(flags::RESTORED), now)?;
    }
    delivery::withdraw_all(conn, FailReason::Restored, now)?;
    Ok(change_marks::set_mark(
        conn,
        change_marks::RESTORED,
        now.micros(),
    )?)
}

/// Releases what a restore holds of one municipality, or all; its plans are asked at once. The restore
/// is over once nothing is held. How many alerts there were; `None`: no restore waits.
///
/// # Errors
/// The database.
pub async fn release(
    foundation: &Foundation,
    of: Option<MunicipalityId>,
) -> Result<Option<usize>, AlertError> {
    let now = foundation.clock.now();
    let released = foundation
        .db
        .write(WritePriority::Alert, move |conn| {
            if since(conn)?.is_none() {
                return Ok::<_, AlertError>(None);
            }
            let held = store::quarantined(conn, of)?;
            let alerts: Vec<AlertId> = held.iter().map(|row| row.id).collect();
            take_alerts(conn, &alerts)?;
            for row in &held {
                store::leave_quarantine(conn, row, now)?;
            }
            if store::quarantined(conn, None)?.is_empty() {
                change_marks::set_mark(conn, change_marks::RESTORED, 0)?;
            }
            Ok(Some(held.len()))
        })
        .await?;
    foundation.bus.nudge_engine();
    Ok(released)
}

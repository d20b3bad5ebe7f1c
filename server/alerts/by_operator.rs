//! What an operator does to the record of an alert, with the plan asked anew in the same
//! transaction.
//!
//! The rows of the person and of her alert are taken before the record's, as in every other step
//! (`db/lock_order.rs`). A training record has no alert and no plan.

use super::engine::step;
use super::model::AlertState;
use super::store;
use super::{AlertError, Alerts};
use crate::clock::At;
use crate::db::Conn;
use crate::escalation::EscalationError;
use crate::escalation::records::{self, Changed};
use crate::foundation::Foundation;
use crate::ids::RecordId;

/// Runs a verb of `escalation` on a record; afterwards feeds and the engine are told. The verb may
/// run again.
///
/// # Errors
/// What the verb refuses, `NotFound` for no such record, or the database.
pub async fn by_operator<T: Send + 'static>(
    alerts: &Alerts,
    record: RecordId,
    verb: impl Fn(&mut Conn, &Foundation, At) -> Result<(T, Changed), EscalationError>
    + Send
    + Sync
    + 'static,
) -> Result<T, AlertError> {
    let now = alerts.now();
    let (done, changed, stepped) = alerts
        .write_and_step(alerts.step_context(), move |conn, ctx| {
            let alert = records::alert_of(conn, record)?.ok_or(EscalationError::NotFound)?;
            let there = store::take(conn, alert)?.is_some();
            let (done, changed) = verb(conn, &ctx.foundation, now)?;
            // Also once she has ended her alert: the record goes on, and is loud again if nothing
            // follows.
            let stepped = if there {
                Some(step::step(conn, ctx, alert, now)?)
            } else {
                None
            };
            Ok::<_, AlertError>((done, changed, stepped))
        })
        .await?;
    changed.publish(&alerts.foundation.bus);
    if let Some(stepped) = stepped {
        alerts.after(stepped);
    }
    Ok(done)
}

/// Whether the alert of a record is open: an operator closes the one and not the other. Training
/// has none.
///
/// # Errors
/// `NotFound` for no such record, or the database.
pub fn is_open(conn: &mut Conn, record: RecordId) -> Result<bool, EscalationError> {
    let alert = records::alert_of(conn, record)?.ok_or(EscalationError::NotFound)?;
    Ok(store::by_id(conn, alert)?.is_some_and(|row| row.state == AlertState::Open))
}

//! The end of an alert, by her or by time: what changes with it, whichever it was.

use crate::alerts::AlertError;
use crate::alerts::model::{AlertState, CloseKind};
use crate::alerts::store::{self, AlertChange, AlertRow};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery;
use crate::delivery::model::FailReason;
use crate::escalation::records::{self, RecordChange};
use crate::identity;

/// How an alert ends.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    /// In which way.
    pub kind: CloseKind,
    /// Whether her PIN proved that it was she. Without a PIN any holder of the phone can end it.
    pub verified: bool,
    /// After so many wrong PINs a right one answers as ever, and the record stays open, flagged.
    /// The plan decides by the same setting
    /// ([`plan.wrong_pins`](crate::config::PlanConfig::wrong_pins)).
    pub most_wrong: u64,
}

impl Ending {
    /// What it changes in the alert's row and in the record. The plan withdraws the record where her
    /// PIN proved that it was she; else the record stays, marked, for a call-back.
    #[must_use]
    pub fn changes(self, row: &AlertRow, now: At) -> (AlertChange, RecordChange) {
        let change = AlertChange {
            state: Some(AlertState::Closed),
            closed_at: Some(Some(now)),
            close_kind: Some(Some(self.kind)),
            close_verified: Some(self.verified),
            plan_due_at: Some(None),
            restored_at: row.restored_at.map(|_| None),
            ..AlertChange::default()
        };
        let too_many = u64::try_from(row.wrong_pins).unwrap_or(0) >= self.most_wrong;
        let flag = match (self.kind, self.verified, too_many) {
            (CloseKind::Expired, ..) => Some("expired"),
            (_, true, false) => None,
            (_, true, true) => Some("wrong_pins"),
            (_, false, _) => Some("closed_unverified"),
        };
        (
            change,
            flag.map_or(RecordChange::AlertEnded, RecordChange::Flag),
        )
    }
}

/// Ends an alert: its own row, her count of open alerts, the record, and what is still queued.
///
/// # Errors
/// The database.
pub fn end(conn: &mut Conn, row: &AlertRow, ending: Ending, now: At) -> Result<(), AlertError> {
    let (alert_change, record_change) = ending.changes(row, now);
    store::change(conn, row.id, &alert_change)?;
    identity::alert_closed(conn, row.person)?;
    records::change(conn, row.id, record_change, now)?;
    call_back(conn, row, now)
}

/// Withdraws what is still queued of an alert that has ended.
///
/// # Errors
/// The database.
pub fn call_back(conn: &mut Conn, row: &AlertRow, now: At) -> Result<(), AlertError> {
    delivery::withdraw(conn, row.id.into(), None, FailReason::AlertClosed, now)?;
    Ok(())
}

//! What an administrator decides for a centre: its backup, and the times in which it differs from
//! the settings.
//!
//! Each change leaves a line that is never altered: who, when, and what held from then on. It holds
//! for the next press at once, and for a record that stands already from the next time its plan is
//! asked.

use super::store::{self, ChangeRow};
use super::times::CentreTimes;
use super::{Centre, TOPIC};
use crate::clock::At;
use crate::config::PlanConfig;
use crate::db::{Conn, DbError, change_marks};
use crate::escalation::EscalationError;
use crate::ids::{CentreId, EntryId, MunicipalityId, OperatorId};

/// Lines of the trail that are shown.
const SHOWN: i64 = 20;

/// A centre's policies, as an administrator sees them.
#[derive(Clone, Debug)]
pub struct Policies {
    /// The centre, as it stands.
    pub centre: Centre,
    /// Who changed them, the latest change first, 20 at most.
    pub changes: Vec<PolicyChange>,
}

/// A change: what held from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// When.
    pub at: At,
    /// Who; `None`: from the server's command line.
    pub operator: Option<OperatorId>,
    /// The backup from then on.
    pub backup: Option<CentreId>,
    /// The centre's own times from then on.
    pub times: CentreTimes,
}

/// What holds at a centre of that municipality; another's is as none.
///
/// # Errors
/// `NotFound`, or the database.
pub fn policies(
    conn: &mut Conn,
    municipality: MunicipalityId,
    centre: CentreId,
) -> Result<Policies, EscalationError> {
    let centre = own(store::by_id(conn, centre)?, municipality)?;
    shown(conn, centre)
}

/// Sets them, all at once. What changes nothing leaves no line.
///
/// # Errors
/// `NotFound`; `BadPolicies` for a backup that is no other centre of the municipality, and for
/// times that are out of range or order; or the database.
pub fn set_policies(
    conn: &mut Conn,
    administrator: OperatorId,
    municipality: MunicipalityId,
    centre: CentreId,
    (backup, times): (Option<CentreId>, CentreTimes),
    plan: &PlanConfig,
    now: At,
) -> Result<Policies, EscalationError> {
    let mut centre = own(store::lock(conn, centre)?, municipality)?;
    let mut faults: Vec<String> = times
        .faults(plan)
        .into_iter()
        .map(|name| format!("times.{name}"))
        .collect();
    if let Some(id) = backup {
        let other = store::by_id(conn, id)?
            .filter(|c| c.municipality == municipality && c.id != centre.id && !c.is_retired);
        faults.extend(other.is_none().then(|| "backup".to_owned()));
    }
    if !faults.is_empty() {
        return Err(EscalationError::BadPolicies(faults));
    }
    if (centre.backup, centre.times) != (backup, times) {
        (centre.backup, centre.times) = (backup, times);
        store::set_backup(conn, centre.id, backup, now)?;
        store::set_times(conn, centre.id, times)?;
        note(conn, &centre, Some(administrator), now)?;
        change_marks::bump_mark(conn, TOPIC)?;
    }
    shown(conn, centre)
}

/// Adds the line of a change that has just been made.
pub(super) fn note(
    conn: &mut Conn,
    centre: &Centre,
    operator: Option<OperatorId>,
    now: At,
) -> Result<(), DbError> {
    let (id, times) = (EntryId::new(), centre.times.to_text());
    let row = ChangeRow {
        id,
        centre: centre.id,
        at: now,
        operator,
        backup: centre.backup,
        times,
    };
    store::add_change(conn, &row)?;
    Ok(())
}

fn own(centre: Option<Centre>, municipality: MunicipalityId) -> Result<Centre, EscalationError> {
    centre
        .filter(|c| c.municipality == municipality)
        .ok_or(EscalationError::NotFound)
}

fn shown(conn: &mut Conn, centre: Centre) -> Result<Policies, EscalationError> {
    let changes = store::changes(conn, centre.id, SHOWN)?
        .into_iter()
        .map(|row| PolicyChange {
            at: row.at,
            operator: row.operator,
            backup: row.backup,
            times: CentreTimes::from_text(&row.times),
        });
    Ok(Policies {
        changes: changes.collect(),
        centre,
    })
}

//! Who sees which record. Pure but for [`Sight::load`].
//!
//! An operator sees the open records of the own centre, and those that a backup is to see. Withheld
//! and waiting ones exist for nobody. To an officer whom she named, hers do not exist at all. A
//! record *in conflict* (she named anybody of its centres) is kept to unlisted supervisors and the
//! backup centre, until it had to be opened up to the centre's others because none of those was
//! there.

use std::collections::{HashMap, HashSet};

use super::centres::{self, CentreTimes, Others};
use super::error::EscalationError;
use super::flags;
use super::model::Post;
use super::store::{RecordRow, SightRow};
use crate::config;
use crate::db::Conn;
use crate::identity::model::Role;
use crate::identity::{self, Operator};
use crate::ids::{CentreId, MunicipalityId, OperatorId, PersonId};

/// Somebody who works records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub operator: OperatorId,
    /// Of which centre.
    pub centre: CentreId,
    /// Whose employee.
    pub municipality: MunicipalityId,
    /// As what.
    pub post: Post,
}

impl Viewer {
    /// The signed-in operator as one who works records.
    ///
    /// # Errors
    /// `Forbidden` for administrators, auditors, and who has no centre.
    pub fn of(operator: &Operator) -> Result<Self, EscalationError> {
        let post = match (operator.role, operator.unlisted) {
            (Role::Operator, _) => Post::Operator,
            (Role::Supervisor, false) => Post::Supervisor,
            (Role::Supervisor, true) => Post::Unlisted,
            (Role::Administrator | Role::Auditor, _) => return Err(EscalationError::Forbidden),
        };
        let centre = operator.centre.ok_or(EscalationError::Forbidden)?;
        Ok(Self {
            operator: operator.id,
            centre,
            municipality: operator.municipality,
            post,
        })
    }

    /// Whether it is a supervisor, listed or not.
    #[must_use]
    pub const fn supervises(&self) -> bool {
        matches!(self.post, Post::Supervisor | Post::Unlisted)
    }
}

/// What one viewer may see at this moment.
pub(super) struct Sight {
    pub viewer: Viewer,
    /// Those who named this officer.
    excluded: HashSet<PersonId>,
    /// Centres whose backup is the viewer's.
    pub backs: Vec<CentreId>,
    /// Centres whose times are not the settings'.
    times: HashMap<CentreId, CentreTimes>,
}

impl Sight {
    pub fn load(conn: &mut Conn, viewer: &Viewer) -> Result<Self, EscalationError> {
        let excluded = identity::excluded_people(conn, viewer.operator)?
            .into_iter()
            .collect();
        let Others { backs, times } = centres::others(conn, viewer.centre)?;
        Ok(Self {
            viewer: *viewer,
            excluded,
            backs,
            times,
        })
    }

    /// Seconds without a step after which a record of that centre may be taken over.
    pub fn idle_s(&self, centre: CentreId, rules: &config::PlanConfig) -> u64 {
        self.times
            .get(&centre)
            .and_then(|times| times.idle_s)
            .unwrap_or(rules.idle_s)
    }

    /// Whether the record stands on this viewer's feed, or did until it was over.
    pub fn sees(&self, record: &SightRow) -> bool {
        if !self.may_know(record) {
            return false;
        }
        let hidden = flags::has(&record.flags, flags::CONFLICT)
            && !flags::has(&record.flags, flags::CONFLICT_OPEN);
        let has_it = record.claimed_by == Some(self.viewer.operator);
        !hidden || has_it || self.viewer.post == Post::Unlisted || !self.is_at(record)
    }

    /// Whether this viewer may learn at all that there is such a record: to ask for it by its id.
    pub fn may_know(&self, record: &SightRow) -> bool {
        let state = record.state();
        (state.is_open() || state.is_over())
            && record.folio.is_some()
            && !self.excluded.contains(&record.person)
            && (self.is_at(record) || self.backs_up(record))
    }

    fn is_at(&self, record: &SightRow) -> bool {
        record.centre == self.viewer.centre || record.other_centre == Some(self.viewer.centre)
    }

    fn backs_up(&self, record: &SightRow) -> bool {
        let called = record.widened_at.is_some() || flags::has(&record.flags, flags::CONFLICT);
        called && self.backs.contains(&record.centre)
    }
}

/// Whether `row` is in the viewer's sight, read anew in the caller's transaction.
pub(super) fn sees(
    conn: &mut Conn,
    viewer: &Viewer,
    row: &RecordRow,
) -> Result<bool, EscalationError> {
    Ok(Sight::load(conn, viewer)?.sees(&row.sight()))
}

#[cfg(test)]
#[path = "sight_tests.rs"]
mod tests;

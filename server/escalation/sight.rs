//! Who sees which record. Pure but for [`Sight::load`].
//!
//! An operator sees the open records of the own centre, and those that a backup is to see. Withheld
//! and waiting ones exist for no operator. To an officer that she named, hers do not exist at all.
//! A record *in conflict* (she named an officer of its centres) is kept to unlisted supervisors and
//! the backup centre, until it had to be opened up to the centre's others because none of those was
//! there.

use std::collections::{HashMap, HashSet};

use super::centres::{self, CentreTimes, Others};
use super::error::EscalationError;
use super::flags;
use super::model::Post;
use super::store::{RecordRow, SightRow};
use super::viewer::Viewer;
use crate::config;
use crate::db::Conn;
use crate::identity;
use crate::ids::{CentreId, PersonId};

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
        let state = record.state;
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

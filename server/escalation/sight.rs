//! Who sees which record. [`may_know`] and [`shows`] are the one rule: a feed asks it of one viewer
//! and many records ([`Sight`]), the plan of one record and all who are connected
//! ([`Acting`](super::acting::Acting)). Pure but for [`Sight::load`].
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
use crate::ids::{CentreId, OperatorId, PersonId};

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
        is_on_feeds(record) && shows(record, &self.onlooker(record))
    }

    /// Whether this viewer may learn at all that there is such a record: to ask for it by its id.
    pub fn may_know(&self, record: &SightRow) -> bool {
        is_on_feeds(record) && may_know(record, &self.onlooker(record))
    }

    fn onlooker(&self, record: &SightRow) -> Onlooker {
        Onlooker {
            operator: self.viewer.operator,
            centre: self.viewer.centre,
            post: self.viewer.post,
            named: self.excluded.contains(&record.person),
            backs: self.backs.contains(&record.centre),
        }
    }
}

/// One person at 911 beside one record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Onlooker {
    pub operator: OperatorId,
    pub centre: CentreId,
    pub post: Post,
    /// She who pressed named this officer.
    pub named: bool,
    /// This centre backs up the record's.
    pub backs: bool,
}

fn is_on_feeds(record: &SightRow) -> bool {
    (record.state.is_open() || record.state.is_over()) && record.folio.is_some()
}

/// Whether this person may learn that there is such a record, once it is on feeds.
pub(super) fn may_know(record: &SightRow, who: &Onlooker) -> bool {
    !who.named && (is_at(record, who) || (who.backs && backup_is_told(record)))
}

/// Whether the record stands on this person's feed, once it is on feeds.
pub(super) fn shows(record: &SightRow, who: &Onlooker) -> bool {
    let has_it = record.claimed_by == Some(who.operator);
    let kept_from = is_hidden(record) && who.post != Post::Unlisted && is_at(record, who);
    may_know(record, who) && (has_it || !kept_from)
}

/// Whether it is kept from the listed of its own centres.
pub(super) fn is_hidden(record: &SightRow) -> bool {
    flags::has(&record.flags, flags::CONFLICT) && !flags::has(&record.flags, flags::CONFLICT_OPEN)
}

/// Whether the backup of its centre sees it.
pub(super) fn backup_is_told(record: &SightRow) -> bool {
    record.widened_at.is_some() || flags::has(&record.flags, flags::CONFLICT)
}

fn is_at(record: &SightRow, who: &Onlooker) -> bool {
    record.centre == who.centre || record.other_centre == Some(who.centre)
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

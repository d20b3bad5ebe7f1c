//! That a record has changed, for those who publish it after the commit.

use super::store::RecordRow;
use crate::bus::{Bus, Event};
use crate::ids::{AlertId, CentreId, RecordId};

/// A record's new version, to be published after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub record: RecordId,
    /// Its alert.
    pub alert: AlertId,
    /// Its new version.
    pub version: i64,
    /// Where.
    pub centre: CentreId,
    /// And where else.
    pub other_centre: Option<CentreId>,
}

impl Changed {
    pub(super) fn of(row: &RecordRow) -> Self {
        Self {
            record: row.id,
            alert: row.alert,
            version: row.version,
            centre: row.centre,
            other_centre: row.other_centre,
        }
    }

    /// Tells the feeds of the centres that see it. Call it after the commit.
    pub fn publish(&self, bus: &Bus) {
        for centre in [Some(self.centre), self.other_centre].into_iter().flatten() {
            bus.publish(Event::RecordChanged {
                record: self.record,
                centre,
            });
        }
    }
}

//! What is done to a record, and what is published of it afterwards.

use super::jurisdiction::Placement;
use super::store::RecordRow;
use crate::bus::{Bus, Event};
use crate::clock::At;
use crate::ids::{AlertId, CentreId, RecordId};

/// Stands for the centre on a server that has none: a record is always born, and
/// [`RecordChange::Placed`] finds it one.
pub const NO_CENTRE: CentreId = CentreId(uuid::Uuid::nil());

/// What the alert or the plan does to a record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordChange {
    /// Into the queue, with a folio; a closed one again, one louder.
    Queue,
    /// As loud as that, 0 to [`LOUDEST`](super::model::LOUDEST).
    Level(i64),
    /// The backup centre sees it too.
    Widen,
    /// She called it off; only before the first claim.
    Withdraw,
    /// She ended her alert, beyond doubt: no supervisor has to look at a record that was closed
    /// before.
    AlertEnded,
    /// A code to stand out by.
    Flag(&'static str),
    /// She pressed again: louder; a closed one queues again.
    PressedAgain,
    /// Her place is known, or known better. A centre may be added; the first keeps its claim.
    Placed {
        /// Which centre the place points to.
        placement: Placement,
        /// Her place to ~1 km.
        cell: Option<String>,
        /// The fix's radius in metres.
        accuracy_m: Option<f64>,
        /// When she was there; `None`: the hour is unknown.
        fix_at: Option<At>,
    },
}

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

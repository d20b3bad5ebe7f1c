//! What one connection sends: pure. State sync by (record, version).
//!
//! The connection remembers what it has sent. A look at the database says what stands
//! ([`Feed::stale`] tells which records to read in full), and what was read becomes events
//! ([`Feed::take`]). Each (record, version) is sent once; a record that left the view is told as
//! gone; one that is over is told with its last version.

use std::collections::HashMap;
use std::sync::Arc;

use crate::escalation::RecordSummary;
use crate::escalation::queue::Standing;
use crate::ids::RecordId;

/// Something for the client.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The record as of its version.
    Record(Arc<RecordSummary>),
    /// It is no longer in this operator's view.
    Gone(RecordId),
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    version: i64,
    over: bool,
}

/// What this connection has sent.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    sent: HashMap<RecordId, Sent>,
}

impl Feed {
    /// A resumed connection: the client has what stands, but for `again`, which is sent anyway.
    #[must_use]
    pub fn resumed(standing: &[Standing], again: &[RecordId]) -> Self {
        let known = standing.iter().filter(|(id, _)| !again.contains(id));
        Self {
            sent: known
                .map(|(id, version)| {
                    (
                        *id,
                        Sent {
                            version: *version,
                            over: false,
                        },
                    )
                })
                .collect(),
        }
    }

    /// Whether this connection has sent that record before.
    #[must_use]
    pub fn knows(&self, id: RecordId) -> bool {
        self.sent.contains_key(&id)
    }

    /// Given all that stands open in view: the records to read, because they are newer than what
    /// was sent, or because they were sent and stand no more.
    #[must_use]
    pub fn stale(&self, standing: &[Standing]) -> Vec<RecordId> {
        let now: HashMap<RecordId, i64> = standing.iter().copied().collect();
        let newer = standing
            .iter()
            .filter(|(id, v)| self.sent.get(id).is_none_or(|s| s.over || s.version < *v));
        let left = self
            .sent
            .iter()
            .filter(|(id, sent)| !sent.over && !now.contains_key(id));
        let mut ids: Vec<RecordId> = newer
            .map(|(id, _)| *id)
            .chain(left.map(|(id, _)| *id))
            .collect();
        ids.sort_unstable();
        ids
    }

    /// Given what was found of the records asked for (what is not in view was not found): what to
    /// send. `told_over`: records that are over are sent even if this connection never showed them,
    /// as a resumed one must.
    pub fn take(
        &mut self,
        asked: &[RecordId],
        found: Vec<Arc<RecordSummary>>,
        told_over: bool,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut seen: HashMap<RecordId, Arc<RecordSummary>> =
            found.into_iter().map(|r| (r.id, r)).collect();
        for id in asked {
            let before = self.sent.get(id).copied();
            match seen.remove(id) {
                Some(record) => {
                    let over = record.is_over();
                    let sent = Sent {
                        version: record.version,
                        over,
                    };
                    let news =
                        before.map_or(!over || told_over, |before| before.version < record.version);
                    if news {
                        self.sent.insert(*id, sent);
                        changes.push(Change::Record(record));
                    }
                }
                None => {
                    if self.sent.remove(id).is_some_and(|sent| !sent.over) {
                        changes.push(Change::Gone(*id));
                    }
                }
            }
        }
        changes
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;

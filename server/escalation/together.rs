//! What several viewers look at in one read.
//!
//! A change of a record wakes every feed of its centre. Each of them reading by itself, a thousand
//! feeds would read a thousand times what is the same for all of them. Here the rows are read once,
//! and each viewer's sight decides in memory what that viewer is shown, by the same rules as in
//! [`queue`](super::queue). Invariant: all that is answered was read after it was asked for: a value
//! of this kind lives for one read and is thrown away. On failure: the whole read fails.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::EscalationError;
use super::queue::{Standing, stands};
use super::sight::Sight;
use super::store::{self, RecordRow};
use super::summary::RecordSummary;
use super::viewer::Viewer;
use crate::config;
use crate::db::Conn;
use crate::ids::RecordId;

/// What was read so far.
pub struct Together<'c> {
    conn: &'c mut Conn,
    rules: &'c config::PlanConfig,
    rows: HashMap<RecordId, RecordRow>,
    sights: HashMap<Viewer, Sight>,
    standing: HashMap<(Viewer, bool), Arc<Vec<Standing>>>,
    summaries: HashMap<(Viewer, RecordId), Arc<RecordSummary>>,
}

impl<'c> Together<'c> {
    /// Reads the records that any of the viewers asks for.
    ///
    /// # Errors
    /// The database.
    pub fn read(
        conn: &'c mut Conn,
        rules: &'c config::PlanConfig,
        asked: impl Iterator<Item = RecordId>,
    ) -> Result<Self, EscalationError> {
        let mut ids: Vec<RecordId> = asked.collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = store::by_ids(conn, &ids)?;
        Ok(Self {
            conn,
            rules,
            rows: rows.into_iter().map(|row| (row.id, row)).collect(),
            sights: HashMap::new(),
            standing: HashMap::new(),
            summaries: HashMap::new(),
        })
    }

    /// The connection, for what else is read of a viewer.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// As [`queue::standing`](super::queue::standing).
    ///
    /// # Errors
    /// The database.
    pub fn standing(
        &mut self,
        viewer: &Viewer,
        training: bool,
    ) -> Result<Arc<Vec<Standing>>, EscalationError> {
        if let Some(known) = self.standing.get(&(*viewer, training)) {
            return Ok(Arc::clone(known));
        }
        let sight = sight(&mut self.sights, self.conn, viewer)?;
        let rows = stands(self.conn, sight, training)?;
        let standing: Arc<Vec<Standing>> =
            Arc::new(rows.iter().map(|row| (row.id, row.version)).collect());
        self.standing
            .insert((*viewer, training), Arc::clone(&standing));
        Ok(standing)
    }

    /// As [`queue::read`](super::queue::read), of records that were asked for at the beginning.
    ///
    /// # Errors
    /// The database.
    pub fn records(
        &mut self,
        viewer: &Viewer,
        training: bool,
        ids: &[RecordId],
    ) -> Result<Vec<Arc<RecordSummary>>, EscalationError> {
        let mut seen = Vec::with_capacity(ids.len());
        let sight = sight(&mut self.sights, self.conn, viewer)?;
        for row in ids.iter().filter_map(|id| self.rows.get(id)) {
            if row.training != training {
                continue;
            }
            if let Some(known) = self.summaries.get(&(*viewer, row.id)) {
                seen.push(Arc::clone(known));
            } else if sight.sees(&row.sight()) {
                let summary = Arc::new(RecordSummary::of(row, sight, self.rules));
                self.summaries
                    .insert((*viewer, row.id), Arc::clone(&summary));
                seen.push(summary);
            }
        }
        Ok(seen)
    }
}

fn sight<'s>(
    sights: &'s mut HashMap<Viewer, Sight>,
    conn: &mut Conn,
    viewer: &Viewer,
) -> Result<&'s Sight, EscalationError> {
    use std::collections::hash_map::Entry;
    Ok(match sights.entry(*viewer) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(Sight::load(conn, viewer)?),
    })
}

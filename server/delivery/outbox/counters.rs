//! Counts of outcomes, for the metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::delivery::model::Channel;

/// Outcomes by channel and word since the start.
#[derive(Debug, Default)]
pub(in crate::delivery) struct Counters(Mutex<BTreeMap<(Channel, &'static str), u64>>);

impl Counters {
    pub(in crate::delivery) fn count(&self, channel: Channel, outcome: &'static str) {
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry((channel, outcome))
            .or_default() += 1;
    }

    /// All counts: channel, word, how many.
    pub(in crate::delivery) fn all(&self) -> Vec<(Channel, &'static str, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|((channel, outcome), count)| (*channel, *outcome, *count))
            .collect()
    }
}

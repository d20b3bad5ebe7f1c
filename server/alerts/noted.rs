//! What the records have been told of her place, so that not every fix changes a record.

use std::time::Duration;

use crate::clock::At;
use crate::ids::AlertId;
use crate::location::Latest;

/// How often a record that no operator has open takes over a newer age of the fix, if the cell stays
/// the same.
const RECORD_EVERY: Duration = Duration::from_secs(60);

/// What a record is told of a place: its cell, and whether its hour is known.
pub fn word(latest: &Latest) -> String {
    let known = if latest.hour().is_some() { "" } else { "?" };
    latest.fix().cell() + known
}

/// Which cell of which alert the records know, so that a fix every ten seconds does not change a
/// record every ten seconds. Forgetting costs one more change.
#[derive(Debug, Default)]
pub struct Noted(std::sync::Mutex<Cells>);

#[derive(Debug, Default)]
struct Cells {
    known: std::collections::HashMap<AlertId, (String, At)>,
    /// The alerts in the order in which they were first told.
    order: std::collections::VecDeque<AlertId>,
}

impl Noted {
    /// Past so many alerts the one that was first told is forgotten.
    const MOST: usize = 10_000;

    /// Whether the record is to be told.
    pub fn is_news(&self, alert: AlertId, cell: &str, now: At) -> bool {
        !self
            .cells()
            .known
            .get(&alert)
            .is_some_and(|(c, at)| c == cell && now.since(*at) < RECORD_EVERY)
    }

    /// The record was told, and that is committed.
    pub fn told(&self, alert: AlertId, cell: &str, now: At) {
        let mut cells = self.cells();
        if cells.known.insert(alert, (cell.to_owned(), now)).is_none() {
            cells.order.push_back(alert);
        }
        if cells.order.len() > Self::MOST
            && let Some(oldest) = cells.order.pop_front()
        {
            cells.known.remove(&oldest);
        }
    }

    fn cells(&self) -> std::sync::MutexGuard<'_, Cells> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_what_was_committed_counts_as_told() {
        let (noted, now) = (Noted::default(), At::from_micros(0));
        let alert = AlertId::new();
        assert!(noted.is_news(alert, "a", now));
        assert!(
            noted.is_news(alert, "a", now),
            "the write failed: it is asked again"
        );
        noted.told(alert, "a", now);
        assert!(!noted.is_news(alert, "a", now));
        assert!(noted.is_news(alert, "b", now));
        assert!(noted.is_news(alert, "a", now.plus(RECORD_EVERY)));
    }

    #[test]
    fn past_the_limit_the_oldest_alert_alone_is_forgotten() {
        let (noted, now) = (Noted::default(), At::from_micros(0));
        let alert = |n: usize| AlertId(Uuid::from_u128(n as u128));
        for n in 0..=Noted::MOST {
            noted.told(alert(n), "a", now);
        }
        assert!(noted.is_news(alert(0), "a", now));
        let known = (1..=Noted::MOST).filter(|n| !noted.is_news(alert(*n), "a", now));
        assert_eq!(known.count(), Noted::MOST);
    }
}

//! Which alarm is told when. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::At;
use crate::delivery::outbox::retry::PROVIDER_FAILS;
use crate::ids::NotificationId;
use crate::telemetry::alarms::Alarm;

/// Different alarms kept at once; more are counted and not kept.
const MOST: usize = 64;

/// What is to be told of one alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The same at each try.
    pub id: NotificationId,
    /// Which.
    pub alarm: Alarm,
    /// When it first came since it was last told.
    pub since: At,
    /// How often it came since it was last told.
    pub count: u64,
    /// How many alarms of any kind there was no room for.
    pub dropped: u64,
}

impl Report {
    /// A word for machines, made of the alarm's own words.
    #[must_use]
    pub fn code(&self) -> String {
        let words = self
            .alarm
            .what
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty());
        words
            .map(str::to_ascii_lowercase)
            .collect::<Vec<_>>()
            .join("-")
    }
}

/// One alarm that came and may come again.
#[derive(Debug)]
struct Line {
    /// Not told yet: since when, how often.
    waiting: Option<(At, u64)>,
    /// Drawn at the first try.
    id: Option<NotificationId>,
    /// Not before.
    not_before: At,
    /// Tries in a row that failed.
    failed: u32,
}

/// All of them.
#[derive(Debug)]
pub struct Book {
    again: Duration,
    lines: BTreeMap<Alarm, Line>,
    dropped: u64,
}

impl Book {
    /// An empty one; the same alarm is told again after `again` at the earliest.
    #[must_use]
    pub fn new(again: Duration) -> Self {
        Self {
            again,
            lines: BTreeMap::new(),
            dropped: 0,
        }
    }

    /// Puts one down.
    pub fn note(&mut self, alarm: Alarm, now: At) {
        if !self.lines.contains_key(&alarm) && self.lines.len() >= MOST {
            // What was told, and could be told again by now, makes room.
            self.lines
                .retain(|_, line| line.waiting.is_some() || line.not_before > now);
            if self.lines.len() >= MOST {
                self.dropped += 1;
                return;
            }
        }
        let line = self.lines.entry(alarm).or_insert(Line {
            waiting: None,
            id: None,
            not_before: now,
            failed: 0,
        });
        let (since, count) = line.waiting.unwrap_or((now, 0));
        line.waiting = Some((since, count + 1));
    }

    /// Adds what was lost before it came here.
    pub fn drop_count(&mut self, dropped: u64) {
        self.dropped += dropped;
    }

    /// What is to be told now.
    pub fn due(&mut self, now: At) -> Vec<Report> {
        // One report carries it.
        let mut dropped = self.dropped;
        let due = self
            .lines
            .iter_mut()
            .filter(|(_, line)| line.not_before <= now);
        due.filter_map(|(alarm, line)| {
            let (since, count) = line.waiting?;
            let id = *line.id.get_or_insert_with(NotificationId::new);
            Some(Report {
                id,
                alarm: alarm.clone(),
                since,
                count,
                dropped: std::mem::take(&mut dropped),
            })
        })
        .collect()
    }

    /// It was told, or not: then it is due again, later each time.
    pub fn ended(&mut self, report: &Report, told: bool, now: At) {
        let Some(line) = self.lines.get_mut(&report.alarm) else {
            return;
        };
        if !told {
            line.failed += 1;
            line.not_before = PROVIDER_FAILS.next(now, line.failed, None, 0.5);
            return;
        }
        // What came while it was being told waits for the next time.
        let later = line
            .waiting
            .map_or(0, |(_, count)| count.saturating_sub(report.count));
        let waiting = (later > 0).then_some((now, later));
        *line = Line {
            waiting,
            id: None,
            not_before: now.plus(self.again),
            failed: 0,
        };
        self.dropped = self.dropped.saturating_sub(report.dropped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> At {
        At::from_micros((1_795_000_000 + s) * 1_000_000)
    }

    fn told(book: &mut Book, s: i64) -> Vec<(String, u64)> {
        let due = book.due(at(s));
        due.iter()
            .for_each(|report| book.ended(report, true, at(s)));
        due.into_iter()
            .map(|report| (report.alarm.what, report.count))
            .collect()
    }

    #[test]
    fn the_same_alarm_is_told_once_in_ten_minutes_with_its_count() {
        let mut book = Book::new(Duration::from_secs(600));
        book.note(Alarm::new("a"), at(0));
        assert_eq!(told(&mut book, 0), [("a".to_owned(), 1)]);
        for s in [1, 2, 300] {
            book.note(Alarm::new("a"), at(s));
        }
        book.note(Alarm::new("b"), at(300));
        assert_eq!(told(&mut book, 300), [("b".to_owned(), 1)]);
        assert!(told(&mut book, 599).is_empty());
        assert_eq!(book.due(at(600))[0].since, at(1));
        assert_eq!(told(&mut book, 600), [("a".to_owned(), 3)]);
        assert!(told(&mut book, 5_000).is_empty(), "nothing has come since");
    }

    #[test]
    fn what_was_not_taken_is_tried_again_under_the_same_id_ever_more_slowly() {
        let mut book = Book::new(Duration::from_secs(600));
        book.note(Alarm::new("a"), at(0));
        let first = book.due(at(0)).remove(0);
        book.ended(&first, false, at(0));
        assert!(book.due(at(0)).is_empty());
        book.note(Alarm::new("a"), at(1));
        let second = book.due(at(1)).remove(0);
        assert_eq!(
            (second.id, second.count, second.since),
            (first.id, 2, at(0))
        );
        book.ended(&second, false, at(1));
        assert!(book.due(at(2)).is_empty());
        let third = book.due(at(3)).remove(0);
        book.note(Alarm::new("a"), at(3));
        book.ended(&third, true, at(3));
        assert_eq!(
            told(&mut book, 603),
            [("a".to_owned(), 1)],
            "what came while it was told is told next"
        );
    }

    #[test]
    fn a_flood_of_different_alarms_is_bounded_and_counted() {
        let mut book = Book::new(Duration::from_secs(600));
        for n in 0..100 {
            book.note(Alarm::new(&format!("alarm {n}")), at(0));
        }
        let due = book.due(at(0));
        assert_eq!((due.len(), due[0].dropped), (MOST, 36));
        assert_eq!(due[0].code(), "alarm-0");
        due.iter()
            .for_each(|report| book.ended(report, true, at(0)));
        book.note(Alarm::new("one more"), at(600));
        assert_eq!(told(&mut book, 600), [("one more".to_owned(), 1)]);
    }
}

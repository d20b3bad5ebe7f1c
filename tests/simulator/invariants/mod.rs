//! What must hold at every moment, whatever broke: read from the database alone, and from what
//! people know.

mod told;

use std::collections::BTreeMap;
use std::time::Duration;

use ampara::clock::At;
use ampara::delivery::model::FailReason;
use ampara::ids::{AddressId, AlertId, InboundId, NotificationId};
use ampara::plan::model::Step;

use super::node::State;
use super::people::friend_of;
use super::rows::{AlertRow, Picture, RecordRow, Row};
use super::world::{Broken, World};

/// A moment, and how long nobody had been well by then.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    pub at: At,
    ill: Duration,
}

/// A notification as it was seen last.
#[derive(Clone, Debug)]
pub struct Entry {
    pub who: String,
    pub number: usize,
    pub born: Since,
    pub step: i64,
    alert: AlertId,
    state: String,
    changed: Since,
    waits: Option<Since>,
    orphaned: Option<Since>,
}

#[derive(Clone, Debug)]
pub struct AlertSeen {
    pub first: Since,
    /// When it became an alarm, of what began as a drill.
    pub real: Since,
    pub drill: bool,
    pub closed: Option<Since>,
    pub call_911: bool,
}

#[derive(Clone, Debug)]
struct RecordSeen {
    state: String,
    /// It may be claimed and given back within one moment.
    queued_at: Option<At>,
    since: Since,
    /// The longest that it has been queued without a claim.
    unclaimed: Duration,
}

/// All that was seen so far.
#[derive(Default)]
pub struct Book {
    pub entries: BTreeMap<NotificationId, Entry>,
    pub alerts: BTreeMap<AlertId, AlertSeen>,
    records: BTreeMap<AlertId, RecordSeen>,
    /// When each friend was told of an alarm last.
    told: BTreeMap<(AlertId, usize), Since>,
    /// What was said by key or text and is unread.
    pub unread: BTreeMap<InboundId, Since>,
    ill: Duration,
    due: Option<At>,
    any_sending: bool,
}

pub type Check = Result<(), Broken>;

pub fn broken(rule: &'static str, what: impl Into<String>) -> Check {
    Err(Broken {
        rule,
        what: what.into(),
    })
}

impl Book {
    pub fn time_passes(&mut self, from: At, to: At, well: bool) {
        if !well {
            self.ill += to.since(from);
        }
    }

    pub fn next_due(&self) -> Option<At> {
        self.due
    }

    pub fn is_due(&self, now: At) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// Whether a row is being sent.
    pub fn any_sending(&self) -> bool {
        self.any_sending
    }

    pub fn unclaimed(&self, alert: AlertId) -> Duration {
        self.records
            .get(&alert)
            .map_or(Duration::ZERO, |r| r.unclaimed)
    }

    pub fn since(&self, now: At) -> Since {
        Since {
            at: now,
            ill: self.ill,
        }
    }

    /// How long ago, without the time in which nobody was well.
    pub fn for_how_long(&self, since: Since, now: At) -> Duration {
        now.since(since.at)
            .saturating_sub(self.ill.saturating_sub(since.ill))
    }
}

impl Entry {
    pub fn alert_id(&self) -> AlertId {
        self.alert
    }
}

impl World {
    /// What a process that is well may take for what it does at once, clocks being as they are.
    pub fn slack(&self) -> Duration {
        Duration::from_secs(15 + self.memory.most_off_s)
    }

    /// Looks at every rule.
    pub fn look_around(&mut self) {
        self.picture = self.look();
        self.counts_what_was_read();
        let mut book = std::mem::take(&mut self.book);
        let checked = self.check(&mut book, &self.picture);
        self.book = book;
        if let Err(broken) = checked {
            self.breaks(broken.rule, broken.what);
        }
    }

    fn check(&self, book: &mut Book, picture: &Picture) -> Check {
        let plans = picture.alerts.iter().filter_map(|a| a.plan_due_at);
        let queued = picture
            .rows
            .iter()
            .filter(|r| r.state == "queued")
            .map(|r| r.due_at);
        let unread = picture
            .inbound
            .iter()
            .filter(|i| i.read_at.is_none())
            .map(|i| i.at);
        book.due = plans.chain(queued).chain(unread).min();
        book.any_sending = picture.rows.iter().any(|r| r.state == "sending");
        picture
            .alerts
            .iter()
            .try_for_each(|alert| self.check_alert(book, alert))?;
        picture
            .records
            .iter()
            .for_each(|record| self.see_record(book, record));
        picture
            .rows
            .iter()
            .try_for_each(|row| self.check_row(book, row))?;
        self.what_is_said_is_read(book, picture)?;
        picture
            .alerts
            .iter()
            .filter(|a| a.drill)
            .try_for_each(|drill| self.check_drill(book, drill, picture))?;
        for alert in picture
            .alerts
            .iter()
            .filter(|a| a.state == "open" && !a.drill)
        {
            for friend in 0..self.friends().len() {
                self.never_quiet(book, alert, friend, picture)?;
                self.next_way_after_a_refusal(book, alert, friend, picture)?;
            }
        }
        picture
            .records
            .iter()
            .try_for_each(|record| self.record_gets_louder(book, record, picture))
    }

    fn check_alert(&self, book: &mut Book, alert: &AlertRow) -> Check {
        let now = book.since(self.now);
        let fresh = AlertSeen {
            first: now,
            real: now,
            drill: alert.drill,
            closed: None,
            call_911: false,
        };
        let seen = book.alerts.entry(alert.id).or_insert(fresh);
        match (seen.drill, alert.drill) {
            (true, false) => (seen.drill, seen.real) = (false, now),
            (false, true) => return broken("an alarm never becomes a drill", "it did"),
            _ => {}
        }
        let was_told = std::mem::replace(&mut seen.call_911, alert.call_911);
        if alert.state == "open" {
            if seen.closed.is_some() {
                return broken("a closed alert stays closed", "it is open again");
            }
            if was_told && !alert.call_911 {
                return broken("the bit is never taken back", "call_911 is gone");
            }
            if alert.plan_due_at.is_none() {
                return broken(
                    "an open alert has a next moment",
                    "its plan is never asked again",
                );
            }
            return Ok(());
        }
        let expired = alert.close_kind.as_deref() == Some("expired");
        if seen.closed.is_none() {
            seen.closed = Some(now);
            let asked = self.memory.ends_asked.contains(&alert.id);
            if !expired && !asked {
                return broken("only she ends it", format!("{:?}", alert.close_kind));
            }
        }
        Ok(())
    }

    fn see_record(&self, book: &mut Book, record: &RecordRow) {
        let now = book.since(self.now);
        let fresh = RecordSeen {
            state: String::new(),
            queued_at: None,
            since: now,
            unclaimed: Duration::ZERO,
        };
        let seen = book.records.entry(record.alert).or_insert(fresh);
        if seen.state == "queued" {
            seen.unclaimed = seen.unclaimed.max(self.now.since(seen.since.at));
        }
        if (&seen.state, seen.queued_at) != (&record.state, record.queued_at) {
            (seen.state, seen.queued_at, seen.since) =
                (record.state.clone(), record.queued_at, now);
        }
    }

    fn check_row(&self, book: &mut Book, row: &Row) -> Check {
        let now = book.since(self.now);
        let number = book.entries.len();
        let fresh = || Entry {
            who: self.whose(row.recipient),
            number,
            born: now,
            step: row.step,
            alert: row.subject.alert(),
            state: row.state.clone(),
            changed: now,
            waits: None,
            orphaned: None,
        };
        let entry = book.entries.entry(row.id).or_insert_with(fresh);
        if let Some(friend) =
            friend_of(&entry.who).filter(|_| entry.born.at == self.now && row.step < 7)
        {
            book.told.insert((entry.alert, friend), now);
        }
        if entry.state != row.state {
            let name = format!("#{} of {}", entry.number, entry.who);
            if !may_follow(&entry.state, row, self.memory.lost.contains(&row.id)) {
                return broken(
                    "what is settled stays",
                    format!("{name}: {} became {}", entry.state, row.state),
                );
            }
            if row.reason.as_deref() == Some("dead_letter") {
                return broken("nothing is set aside", name);
            }
            (entry.state, entry.changed) = (row.state.clone(), now);
        }
        let due = row.state == "queued" && row.due_at <= self.now;
        let orphan = row.state == "sending"
            && !self
                .nodes
                .iter()
                .any(|n| n.state == State::Up && n.holds(row.id));
        entry.waits = due.then(|| entry.waits.unwrap_or(now));
        entry.orphaned = orphan.then(|| entry.orphaned.unwrap_or(now));
        let (waits, orphaned, number, who) =
            (entry.waits, entry.orphaned, entry.number, entry.who.clone());
        let too_long = |since: Option<Since>| {
            since.is_some_and(|s| book.for_how_long(s, self.now) > self.slack())
        };
        if too_long(waits) {
            return broken("what is due is sent", format!("#{number} of {who} waits"));
        }
        if too_long(orphaned) {
            return broken(
                "what a dead process held is taken over",
                format!("#{number} of {who} is with nobody"),
            );
        }
        Ok(())
    }

    /// At the end of all: every queued message has ended.
    pub fn look_back(&mut self) {
        let picture = self.look();
        for row in &picture.rows {
            let name = self
                .book
                .entries
                .get(&row.id)
                .map_or(String::new(), |e| format!("#{} of {}", e.number, e.who));
            let over = row.deadline.plus(self.slack()) < self.now;
            if over && (row.state == "queued" || row.state == "sending") {
                return self.breaks(
                    "every owed notification ends",
                    format!("{name} is {}", row.state),
                );
            }
        }
        for client_id in self.memory.acknowledged.clone() {
            if !self.knows(client_id) {
                return self.breaks("what is acknowledged is kept", "a press is gone".to_owned());
            }
        }
        let open = |alert: &AlertId| {
            picture
                .alerts
                .iter()
                .any(|a| a.id == *alert && a.state == "open")
        };
        if self.memory.ends.iter().any(open) {
            self.breaks("what is acknowledged is kept", "an end is gone".to_owned());
        }
    }
}

fn is_hard(row: &Row) -> bool {
    let reason = row.reason.as_deref().and_then(FailReason::parse);
    row.state == "failed" && reason.is_some_and(FailReason::hard)
}

fn is_reached(row: &Row) -> bool {
    matches!(row.state.as_str(), "delivered" | "seen")
}

/// What a carrier took back, and what a phone says after all, may still change what was settled.
fn may_follow(before: &str, row: &Row, lost: bool) -> bool {
    let reached = is_reached(row);
    match before {
        "queued" | "sending" => true,
        "sent" => {
            matches!(row.state.as_str(), "delivered" | "seen") || (lost && row.state == "failed")
        }
        "delivered" => row.state == "seen",
        "failed" | "expired" => reached,
        _ => false,
    }
}

//! What happened to an alert and when, for those who run the server: from the story, the messages
//! with their attempts, and who read the record. By ids and codes alone: whatever looks like a
//! name, a number or a place is left out, even if a row should hold one.

use serde::Serialize;
use serde_json::Value;

use super::{AlertError, store};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::model::{FailReason, NotificationState};
use crate::delivery::{Attempt, NotificationFact, attempts_of, notifications_of};
use crate::escalation::records;
use crate::escalation::{RecordState, alert_of_folio};
use crate::ids::{AlertId, MunicipalityId, RecordId};
use crate::plan::model::Step;
use crate::timeline::{self, Actor, Entry, reads};

/// Entries of a story that are read, the newest; an alert of a day has some hundreds.
const STORY: i64 = 10_000;
/// A code is no longer than that.
const LONGEST_CODE: usize = 40;

/// An alert, as it went.
#[derive(Debug, Serialize)]
pub struct Trace {
    /// Our id.
    pub alert: AlertId,
    /// Whose.
    pub municipality: MunicipalityId,
    /// `open` or `closed`.
    pub state: String,
    /// When 911 was to be told.
    pub policy: String,
    /// A rehearsal.
    pub drill: bool,
    /// From where the milliseconds count: the press, or for a drill that became real that moment.
    pub raised_at: At,
    /// The record at 911.
    pub record: Option<TracedRecord>,
    /// In the order of time.
    pub lines: Vec<Line>,
}

/// The record of an alert.
#[derive(Debug, Serialize)]
pub struct TracedRecord {
    /// Its id.
    pub id: RecordId,
    /// What people say on the phone.
    pub folio: Option<String>,
    /// Where it stands.
    pub state: RecordState,
}

/// Something that happened.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Milliseconds since the press.
    pub ms: i64,
    /// When.
    pub at: At,
    /// `timeline_text`, `message`, `attempt` or `read`.
    pub what: &'static str,
    /// In words.
    pub words: String,
}

/// By the alert's id, the record's id or its folio.
///
/// # Errors
/// `NotFound`; the database.
pub fn trace(conn: &mut Conn, which: &str, now: At) -> Result<Trace, AlertError> {
    let id = match (which.parse::<AlertId>(), which.parse::<RecordId>()) {
        (Ok(alert), Ok(record)) => records::alert_of(conn, record)?.unwrap_or(alert),
        _ => alert_of_folio(conn, which)?.ok_or(AlertError::NotFound)?,
    };
    let row = store::by_id(conn, id)?.ok_or(AlertError::NotFound)?;
    let record = records::facts(conn, id)?;
    let mut lines = Lines {
        from: row.raised_at,
        all: Vec::new(),
    };
    for entry in timeline::latest(conn, id, None, STORY)?.into_iter().rev() {
        lines.add(entry.at, "story", timeline_text(&entry));
    }
    messages(conn, id, &mut lines, now)?;
    if let Some(record) = &record {
        for reads::ReadEntry { read, .. } in reads::by_record(conn, record.id, 0)? {
            lines.add(
                read.at,
                "read",
                format!(
                    "her data was opened ({}) by operator {}",
                    read.action, read.operator
                ),
            );
        }
    }
    lines.all.sort_by_key(|line| line.at);
    Ok(Trace {
        alert: id,
        municipality: row.municipality,
        state: row.state.to_string(),
        policy: row.policy.to_string(),
        drill: row.drill,
        raised_at: row.raised_at,
        record: record.map(|r| TracedRecord {
            id: r.id,
            folio: r.folio,
            state: r.state,
        }),
        lines: lines.all,
    })
}

struct Lines {
    from: At,
    all: Vec<Line>,
}

impl Lines {
    fn add(&mut self, at: At, what: &'static str, words: String) {
        let ms = (at.micros() - self.from.micros()).div_euclid(1_000);
        self.all.push(Line {
            ms,
            at,
            what,
            words,
        });
    }
}

fn timeline_text(entry: &Entry) -> String {
    let kind = entry
        .kind
        .map_or("something that this release does not know", |kind| {
            kind.as_str()
        });
    let mut words = format!("{kind} by {}", entry.actor.kind());
    match entry.actor {
        Actor::Contact(id) => words.push_str(&format!(" {id}")),
        Actor::Operator(id) => words.push_str(&format!(" {id}")),
        Actor::Her | Actor::System => {}
    }
    for code in codes("", &entry.detail) {
        words.push_str(&format!(", {code}"));
    }
    words
}

/// `key=value` for each code in it, however deep.
fn codes(at: &str, detail: &Value) -> Vec<String> {
    let under = |key: &str| {
        if at.is_empty() {
            key.to_owned()
        } else {
            format!("{at}.{key}")
        }
    };
    match detail {
        Value::Null => Vec::new(),
        Value::Bool(_) => vec![format!("{at}={detail}")],
        // Seconds, levels, counts; a place would have a point.
        Value::Number(number) if number.is_i64() => vec![format!("{at}={number}")],
        Value::Number(_) => vec![format!("{at}=…")],
        Value::String(text) if is_code(text) => vec![format!("{at}={text}")],
        Value::String(_) => vec![format!("{at}=…")],
        Value::Array(items) => items.iter().flat_map(|item| codes(at, item)).collect(),
        Value::Object(parts) => parts
            .iter()
            .flat_map(|(key, part)| codes(&under(key), part))
            .collect(),
    }
}

/// A word of ours, an id, a folio or a moment. No name is in lower case, no phone has a letter, no
/// place is without a comma or point.
fn is_code(text: &str) -> bool {
    let word = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
    let folio = text
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    let spelt = text.bytes().any(|b| b.is_ascii_alphabetic()) || text.len() <= 6;
    let known = word
        || (folio && text.contains('-'))
        || uuid::Uuid::try_parse(text).is_ok()
        || At::parse(text).is_ok();
    text.len() <= LONGEST_CODE && spelt && known
}

fn messages(conn: &mut Conn, alert: AlertId, lines: &mut Lines, now: At) -> Result<(), AlertError> {
    let facts = notifications_of(conn, alert.into(), now)?;
    let ids: Vec<_> = facts.iter().map(|fact| fact.id).collect();
    for fact in &facts {
        let (id, to) = (fact.id, fact.key.recipient);
        let step = Step::from_number(fact.key.step).map_or("unknown step", Step::as_str);
        let owed = format!(
            "owed {id} over {} to {to}, step {step}, repetition {}",
            fact.channel, fact.key.repeat
        );
        lines.add(fact.created_at, "message", owed);
    }
    for attempt in attempts_of(conn, &ids)? {
        lines.add(attempt.started_at, "attempt", tried(&attempt));
    }
    for fact in &facts {
        let id = fact.id;
        let mut add = |at: Option<At>, words: &str| {
            if let Some(at) = at {
                lines.add(at, "message", format!("{words} {id}"));
            }
        };
        add(fact.sent_at, "the provider took");
        add(fact.delivered_at, "the phone has");
        add(fact.seen_at, "was looked at:");
        if let Some((at, words)) = end(fact) {
            lines.add(at, "message", format!("{words} {id}"));
        }
    }
    Ok(())
}

fn tried(attempt: &Attempt) -> String {
    let took = attempt.ended_at.since(attempt.started_at).as_millis();
    let cause = attempt.cause.as_deref().unwrap_or("no cause");
    format!(
        "{} of {}: {} after {took} ms ({cause})",
        attempt.n, attempt.notification, attempt.outcome
    )
}

/// How it ended, where it came to nothing; or why it waits.
fn end(fact: &NotificationFact) -> Option<(At, String)> {
    match fact.state {
        NotificationState::Expired => Some((
            fact.deadline,
            "nothing confirmed by its deadline".to_owned(),
        )),
        NotificationState::Failed(reason) => Some((
            fact.ended_at.unwrap_or(fact.created_at),
            format!("failed, {}:", in_words(reason)),
        )),
        NotificationState::Queued | NotificationState::Sending => {
            let why = fact
                .reason
                .map(|reason| format!(", {}", in_words(reason)))
                .unwrap_or_default();
            Some((fact.due_at, format!("due{why}:")))
        }
        NotificationState::Sent | NotificationState::Delivered | NotificationState::Seen => None,
    }
}

fn in_words(reason: FailReason) -> String {
    let words = match reason {
        FailReason::Unregistered => "the provider no longer knows the address, which is retired",
        FailReason::BadAddress => "the provider says that the address is malformed; it is retired",
        FailReason::BadRequest => "the provider refused what we built: a fault of ours",
        FailReason::SenderMismatch => "the address belongs to another project",
        FailReason::NotAuthorised => "the provider does not take our account",
        FailReason::NotConfigured => "nothing is set up for this channel",
        FailReason::AddressRetired => "the address ended before it left",
        FailReason::OptedOut => "the number said STOP",
        FailReason::Undelivered => "the carrier took it and could not deliver it",
        FailReason::Rejected => "the carrier refused it",
        FailReason::Quota => "over the provider's quota",
        FailReason::TimedOut => "no answer in time: it may have arrived",
        FailReason::DeadLetter => "the code failed on it three times: set aside",
        FailReason::AlertClosed => "the alert was closed before it left",
        FailReason::PressedAgain => "she pressed again before it left",
        FailReason::ContactRemoved => "the contact ended before it left",
        FailReason::Restored => "it was queued before the restore",
        // A word that says it all, or that of a channel with more to say.
        other => return other.as_str().replace('_', " "),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_are_shown_and_what_could_be_somebody_is_not() {
        let detail = json!({
            "answer": "on_my_way", "folio": "CUU-26-000123", "level": 3, "verified": true, "until": "2026-11-25T03:40:07.250Z",
            "told": [{ "contact": "01936a2e-8c1f-7c55-9f0e-2b7c5a1f2d99", "step": "push" }],
            "name": "Ana Prueba", "alias": "Ana", "cell": "28.63,-106.08", "lat": 28.6353, "phone": "+526144100001",
            "local": "6144100001", "words": "tercer piso", "nothing": null,
        });
        let shown = codes("", &detail).join(" ");
        for code in [
            "answer=on_my_way",
            "folio=CUU-26-000123",
            "level=3",
            "verified=true",
            "until=2026",
            "told.step=push",
        ] {
            assert!(shown.contains(code), "{code}: {shown}");
        }
        for personal in ["Ana", "28.6", "-106", "614410", "piso"] {
            assert!(!shown.contains(personal), "{personal}: {shown}");
        }
    }
}

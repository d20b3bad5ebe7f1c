//! What contacts say by SMS and by the keys of a call: rows that came in from outside, read by the
//! engine.
//!
//! `1` and VOY are on my way, `2` and NO cannot help; any other word changes nothing and is noted.
//! A key answers the alert that its call was about; a text the open alert of which its number was
//! told last, whichever woman raised it. An answer to a drill does not count for the alarm that it
//! became.

use super::answer::{self, GivenAnswer};
use super::engine::context::StepContext;
use super::engine::messages::SUBJECT;
use super::{AlertError, Alerts, store};
use crate::clock::At;
use crate::db::{Conn, WritePriority, take_alerts};
use crate::delivery::facts::{self, NotificationFact};
use crate::delivery::inbound::{self, Unread};
use crate::delivery::model::Medium;
use crate::delivery::receipts::{self, Receipt};
use crate::ids::{AlertId, ContactId, NotificationId};
use crate::network;
use crate::network::model::Answer;
use crate::plan::model::{Purpose, Step};
use crate::timeline::{self, Actor, Kind, NewEntry};

/// Rows read in one look at the database.
const BATCH: i64 = 100;

/// What is answered.
struct Asked {
    /// The call in which the key was pressed, or the text: a call that rings meanwhile has not
    /// reached the contact.
    by: Option<NotificationId>,
    alert: AlertId,
    contact: ContactId,
    /// The last message to this contact was about a drill.
    to_drill: bool,
}

/// Reads all that came in. The number of rows.
///
/// # Errors
/// The database, when not even the list can be read.
pub(super) async fn read(alerts: &Alerts) -> Result<usize, AlertError> {
    let unread = alerts
        .foundation
        .db
        .read(|conn| inbound::unread(conn, BATCH))
        .await?;
    let mut taken = 0;
    for one in unread {
        taken += usize::from(take(alerts, one).await);
    }
    Ok(taken)
}

/// One row, in a transaction of its own. One that fails every time is set aside, so that it holds
/// up no other; while the database is away it waits. Whether it is read now.
async fn take(alerts: &Alerts, one: Unread) -> bool {
    let (now, id) = (alerts.now(), one.id);
    let taken = alerts
        .write_and_step(alerts.step_context(), move |conn, step| {
            apply(conn, step, &one, now)
        })
        .await;
    match taken {
        Ok(put) => {
            if let Some(put) = put {
                put.announce(alerts);
            }
            true
        }
        Err(AlertError::Db(error)) if error.is_passing() => {
            tracing::warn!(%error, "an answer from outside waits for the database");
            false
        }
        Err(error) => {
            tracing::error!(alarm = true, inbound = %id, %error, "an answer from outside cannot be read: set aside");
            let aside = move |conn: &mut Conn| inbound::mark_read(conn, &[id], now);
            alerts
                .foundation
                .db
                .write(WritePriority::Alert, aside)
                .await
                .is_ok()
        }
    }
}

fn apply(
    conn: &mut Conn,
    ctx: &StepContext,
    one: &Unread,
    now: At,
) -> Result<Option<answer::RecordedAnswer>, AlertError> {
    // Another node may have read it since.
    if inbound::mark_read(conn, &[one.id], now)? == 0 {
        return Ok(None);
    }
    let asked = match (one.notification, &one.phone_lookup) {
        (Some(call), _) => by_call(conn, call)?,
        (None, Some(number)) => by_number(conn, number, one.at)?,
        (None, None) => None,
    };
    let Some(Asked {
        by,
        alert,
        contact,
        to_drill,
    }) = asked
    else {
        return Ok(None);
    };
    let Some(answer) = meaning(&one.word) else {
        timeline::append(
            conn,
            &NewEntry::new(alert, now, Kind::Replied, Actor::Contact(contact)),
        )?;
        return Ok(None);
    };
    take_alerts(conn, &[alert])?;
    if let Some(seen) = by {
        receipts::receipt(conn, seen, Receipt::Seen, now)?;
    }
    match answer::put(
        conn,
        ctx,
        alert,
        contact,
        GivenAnswer { answer, to_drill },
        now,
    ) {
        Err(AlertError::BecameReal) => Ok(None),
        put => put,
    }
}

/// What a word or key says.
fn meaning(word: &str) -> Option<Answer> {
    match word {
        "1" | "VOY" => Some(Answer::OnMyWay),
        "2" | "NO" => Some(Answer::CannotHelp),
        _ => None,
    }
}

/// The alert that a call was about, if its words asked who comes.
fn by_call(conn: &mut Conn, call: NotificationId) -> Result<Option<Asked>, AlertError> {
    let Some(found) = receipts::find(conn, call)?.filter(|found| found.subject_kind == SUBJECT)
    else {
        return Ok(None);
    };
    let to_drill = match Step::from_number(found.key.step).map(Step::purpose) {
        Some(Purpose::Alarm | Purpose::PressedAgain) => false,
        Some(Purpose::Drill) => true,
        _ => return Ok(None),
    };
    let contact = found.key.recipient.contact();
    Ok(Some(Asked {
        by: Some(call),
        alert: found.key.subject.alert(),
        contact,
        to_drill,
    }))
}

/// The open alert of which this number was told last before the reply came, as one of her contacts.
/// Where no provider has confirmed anything it was told what it was owed: a text may arrive
/// although its provider's answer did not.
fn by_number(
    conn: &mut Conn,
    phone_lookup: &[u8],
    came_at: At,
) -> Result<Option<Asked>, AlertError> {
    let mut latest: Option<((bool, At), Asked)> = None;
    for watched in network::watching_with(conn, phone_lookup)? {
        let Some(row) = store::open_of(conn, watched.person)? else {
            continue;
        };
        let facts = facts::notifications_of(conn, row.id.into(), came_at)?;
        let of_this_number = |fact: &&NotificationFact| {
            let over_number = matches!(fact.channel.medium(), Medium::Text | Medium::Call);
            over_number
                && fact.key.recipient == watched.contact.into()
                && fact.created_at <= came_at
        };
        let told = |fact: &&NotificationFact| {
            fact.sent_at
                .filter(|at| *at <= came_at)
                .map_or((false, fact.created_at), |at| (true, at))
        };
        let mine = facts.iter().filter(of_this_number);
        let Some(last) = mine.clone().max_by_key(told) else {
            continue;
        };
        if latest
            .as_ref()
            .is_none_or(|(other, _)| *other <= told(&last))
        {
            let text = mine
                .filter(|fact| fact.channel.medium() == Medium::Text)
                .max_by_key(told);
            let (by, to_drill) = (
                text.map(|fact| fact.id),
                last.key.step == Step::Drill.number(),
            );
            latest = Some((
                told(&last),
                Asked {
                    by,
                    alert: row.id,
                    contact: watched.contact,
                    to_drill,
                },
            ));
        }
    }
    Ok(latest.map(|(_, asked)| asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_words_answer_and_no_other_does() {
        assert_eq!([meaning("1"), meaning("VOY")], [Some(Answer::OnMyWay); 2]);
        assert_eq!([meaning("2"), meaning("NO")], [Some(Answer::CannotHelp); 2]);
        for word in ["", "11", "SI", "OK", "NOSE", "QUIEN"] {
            assert_eq!(meaning(word), None, "{word}");
        }
    }
}

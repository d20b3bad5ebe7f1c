//! What contacts say by SMS and by the keys of a call: rows that came in from outside, read by the
//! engine.
//!
//! What: a key answers the alert that its call was about. A text was read when it came
//! ([`wording::replies`](crate::wording::replies)); here it is decided which alert it is about.
//! Invariant: an answer is credited to one alert or to none. A number that was told of several open
//! alerts is asked which one it means, by the aliases it knows and a letter for each ([`ask`]), and
//! until it says so no woman sees an answer. Path: [`read`] takes the rows oldest first, each in a
//! transaction of its own; [`told`] finds the open alerts of which the number was told, by the
//! sender it wrote to. A text from the number shows that our last text arrived there, so that one
//! becomes `delivered`; that a person looked is shown by a key or a page alone. A text that is not
//! understood is answered once an alert with how to answer; what a phone writes by itself is not.
//! What is said to a drill is no answer to the alarm that it became. On failure: a row that fails
//! every time is set aside with an alarm; while the database is away rows wait.

mod ask;
mod model;
mod told;

use model::{Asked, Taken};

use super::answer::{self, GivenAnswer};
use super::engine::context::StepContext;
use super::engine::messages::SUBJECT;
use super::{AlertError, Alerts};
use crate::clock::At;
use crate::db::{Conn, WritePriority, take_alerts};
use crate::delivery::inbound::{self, Said, Unread};
use crate::delivery::receipts::{self, Receipt};
use crate::ids::{AlertId, NotificationId};
use crate::network::model::Answer;
use crate::plan::model::{Purpose, Step};
use crate::timeline::{self, Actor, Kind, NewEntry};
use crate::wording::replies::Meaning;

/// Rows read in one look at the database.
const BATCH: i64 = 100;

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
        // What this one waits for, the others would wait for too.
        if !take(alerts, one).await {
            break;
        }
        taken += 1;
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
        Ok(Taken::Answered(answered)) => {
            answered.announce(alerts);
            true
        }
        Ok(Taken::AsksBack) => {
            alerts.foundation.bus.nudge_delivery();
            true
        }
        Ok(Taken::Noted) => true,
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

fn apply(conn: &mut Conn, ctx: &StepContext, one: &Unread, now: At) -> Result<Taken, AlertError> {
    // Another node may have read it since.
    if inbound::mark_read(conn, &[one.id], now)? == 0 {
        return Ok(Taken::Noted);
    }
    match (&one.said, one.notification, &one.phone_lookup) {
        (Said::Key(key), Some(call), _) => by_key(conn, ctx, call, key, now),
        (Said::Text(meaning, choice), _, Some(number)) => {
            let text = told::Text {
                number,
                sender: one.sender.as_deref(),
                at: one.at,
            };
            by_text(conn, ctx, &text, (*meaning, *choice), now)
        }
        _ => Ok(Taken::Noted),
    }
}

/// A key that was pressed in a call.
fn by_key(
    conn: &mut Conn,
    ctx: &StepContext,
    call: NotificationId,
    key: &str,
    now: At,
) -> Result<Taken, AlertError> {
    let Some(asked) = by_call(conn, call)? else {
        return Ok(Taken::Noted);
    };
    let answer = match key {
        "1" => Answer::OnMyWay,
        "2" => Answer::CannotHelp,
        _ => return noted(conn, asked, now),
    };
    take_alerts(conn, &[asked.alert])?;
    receipts::receipt(conn, call, Receipt::Seen, now)?;
    answered(conn, ctx, asked, answer, now)
}

/// A text of a contact's number.
fn by_text(
    conn: &mut Conn,
    ctx: &StepContext,
    text: &told::Text<'_>,
    (meaning, choice): (Meaning, Option<u8>),
    now: At,
) -> Result<Taken, AlertError> {
    let told = told::of_number(conn, text)?;
    let Some(last) = told.iter().max_by_key(|told| told.last) else {
        return Ok(Taken::Noted);
    };
    let all: Vec<AlertId> = told.iter().map(|told| told.asked.alert).collect();
    take_alerts(conn, &all)?;
    if let Some(arrived) = last.text {
        receipts::receipt(conn, arrived, Receipt::Delivered, now)?;
    }
    let answer = match meaning {
        Meaning::OnMyWay => Some(Answer::OnMyWay),
        Meaning::WithHer => Some(Answer::WithHer),
        Meaning::CannotHelp => Some(Answer::CannotHelp),
        Meaning::Machine => return Ok(Taken::Noted),
        Meaning::Question | Meaning::Stop | Meaning::Start => None,
    };
    match (told::meant(conn, text.number, &told, choice)?, answer) {
        (told::Meant::One(asked), Some(answer)) => answered(conn, ctx, asked, answer, now),
        (told::Meant::One(asked), None) => {
            noted(conn, asked, now)?;
            // A drill's text asks for no answer.
            match asked.to_drill {
                true => Ok(Taken::Noted),
                false => ask::how(conn, &ctx.foundation, asked, now),
            }
        }
        (told::Meant::Several(which), _) => {
            for asked in &which {
                noted(conn, *asked, now)?;
            }
            ask::which(conn, &ctx.foundation, text.number, &which, now)
        }
        (told::Meant::Over, _) => Ok(Taken::Noted),
    }
}

fn answered(
    conn: &mut Conn,
    ctx: &StepContext,
    asked: Asked,
    answer: Answer,
    now: At,
) -> Result<Taken, AlertError> {
    let said = GivenAnswer {
        answer,
        to_drill: asked.to_drill,
    };
    match answer::put(conn, ctx, asked.alert, asked.contact, said, now) {
        Err(AlertError::BecameReal) => Ok(Taken::Noted),
        put => Ok(put?.map_or(Taken::Noted, Taken::Answered)),
    }
}

/// The contact replied, and it is no answer yet.
fn noted(conn: &mut Conn, asked: Asked, now: At) -> Result<Taken, AlertError> {
    let by = Actor::Contact(asked.contact);
    timeline::append(conn, &NewEntry::new(asked.alert, now, Kind::Replied, by))?;
    Ok(Taken::Noted)
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
    Ok(Some(Asked {
        alert: found.key.subject.alert(),
        contact: found.key.recipient.contact(),
        to_drill,
    }))
}

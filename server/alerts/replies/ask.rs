//! The texts that go back to a contact: how to answer, and which alert is meant.

use std::time::Duration;

use super::model::{Asked, Taken};
use crate::alerts::engine::messages::SUBJECT;
use crate::alerts::{AlertError, store};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::model::Channel;
use crate::delivery::{self, Content, MessageKey, NewNotification, addresses};
use crate::foundation::Foundation;
use crate::ids::RecipientId;
use crate::municipality::{self, Municipality};
use crate::network::{self, HerAsKnown};
use crate::plan::model::Step;
use crate::wording::say;

/// Answers once an alert how to answer.
pub(super) fn how(
    conn: &mut Conn,
    foundation: &Foundation,
    asked: Asked,
    now: At,
) -> Result<Taken, AlertError> {
    let known = network::called_by(conn, &foundation.keys, asked.contact)?;
    let words = say(known.language, "sms-how-to-answer", &[]);
    send(conn, foundation, (asked, Step::HowToAnswer), words, now)
}

/// Asks which of several alerts is meant: once for each alert that is new among them.
pub(super) fn which(
    conn: &mut Conn,
    foundation: &Foundation,
    number: &[u8],
    among: &[Asked],
    now: At,
) -> Result<Taken, AlertError> {
    let Some(newest) = among.last() else {
        return Ok(Taken::Noted);
    };
    let mut given = store::choices_of(conn, number)?;
    let open = |alert| among.iter().any(|asked| asked.alert == alert);
    if !given.iter().any(|(_, alert)| open(*alert)) {
        store::forget_choices(conn, number)?;
        given.clear();
    }
    let mut names = Vec::with_capacity(among.len());
    for asked in among {
        let letter = match given.iter().find(|(_, alert)| *alert == asked.alert) {
            Some((letter, _)) => *letter,
            None => {
                let letter = given
                    .iter()
                    .map(|(letter, _)| letter + 1)
                    .max()
                    .unwrap_or(0);
                store::add_choice(conn, number, letter, (asked.alert, asked.contact), now)?;
                given.push((letter, asked.alert));
                letter
            }
        };
        let known = network::called_by(conn, &foundation.keys, asked.contact)?;
        let name = name(conn, *asked, &known)?;
        names.push(format!("{} {name}", spoken(letter)));
    }
    let language = network::called_by(conn, &foundation.keys, newest.contact)?.language;
    let args = [("list", &*names.join(", "))];
    let words = say(language, "sms-which-alert", &args);
    send(conn, foundation, (*newest, Step::WhichAlert), words, now)
}

/// A letter as it is written: A is 0.
fn spoken(letter: i64) -> char {
    let nth = u8::try_from(letter.rem_euclid(26)).unwrap_or_default();
    char::from(b'A' + nth)
}

/// What the contact knows an alert by: the alias agreed on, else when it began.
fn name(conn: &mut Conn, asked: Asked, known: &HerAsKnown) -> Result<String, AlertError> {
    if let Some(alias) = &known.alias {
        return Ok(alias.clone());
    }
    let row = store::by_id(conn, asked.alert)?.ok_or(AlertError::NotFound)?;
    let zone = municipality::by_id(conn, row.municipality)?.map_or(chrono_tz::UTC, |m| m.zone);
    let at = row.raised_at.utc().with_timezone(&zone).format("%H:%M");
    Ok(say(known.language, "alert-of", &[("at", &at.to_string())]))
}

fn send(
    conn: &mut Conn,
    foundation: &Foundation,
    (asked, step): (Asked, Step),
    text: String,
    now: At,
) -> Result<Taken, AlertError> {
    let row = store::by_id(conn, asked.alert)?.ok_or(AlertError::NotFound)?;
    let municipality: Option<Municipality> = municipality::by_id(conn, row.municipality)?;
    let senders = municipality.map(|m| m.senders().texts).unwrap_or_default();
    let recipient = RecipientId::from(asked.contact);
    let live = addresses::ways(addresses::live_for(conn, &[recipient])?, false);
    let Some(address) = live.iter().find(|a| a.channel == Channel::Sms) else {
        return Ok(Taken::Noted);
    };
    let deadline = Duration::from_secs(foundation.config.plan.alarm_deadline_s);
    let message = NewNotification {
        subject_kind: SUBJECT.into(),
        key: MessageKey {
            subject: asked.alert.into(),
            recipient,
            address: address.id,
            step: step.number(),
            repeat: 0,
        },
        channel: Channel::Sms,
        senders,
        to: address.to(&foundation.keys),
        content: Content::Sms {
            text,
            despite_stop: false,
        },
        deadline: now.plus(deadline),
        due_at: now,
    };
    delivery::enqueue(conn, &foundation.keys, now, None, &[message])?;
    Ok(Taken::AsksBack)
}

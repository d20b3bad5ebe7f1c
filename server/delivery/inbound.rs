//! What came in from a number: replies and keys. Nothing calls upward: each is a row that the
//! engine reads.
//!
//! A gateway may report the same reply or key twice, and the second time late. Its row has an id
//! that follows from the gateway's reference and the words, so that a repeat finds the row there and
//! changes nothing: neither an answer that the contact has changed since, nor texts that were allowed
//! again after STOP. Rows are kept for [`delivery.ended_address_days`](crate::config::Delivery) after
//! they are read.

use std::sync::Arc;

use super::addresses::PHONE_LOOKUP;
use super::error::DeliveryError;
use super::model::{Channel, NotificationEvent};
use super::outbox::sender::Delivery;
use super::receipts::happened;
use super::stops;
use super::store::inbound as store;
use crate::clock::At;
use crate::db::{Conn, DbError, WritePriority};
use crate::ids::{InboundId, NotificationId};
use crate::phone::Phone;
use crate::seal::Keyring;
use crate::wording::replies::{self, Meaning, Reply};

const REPORT_LOOKUP: &str = "inbound-report";

/// A reply or a key that is not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its id.
    pub id: InboundId,
    /// Of a key: the notification that the call carried.
    pub notification: Option<NotificationId>,
    /// Of a reply: the number's lookup in the domain [`PHONE_LOOKUP`].
    pub phone_lookup: Option<Vec<u8>>,
    /// Of a reply: to which of our senders it came, where the gateway said so.
    pub sender: Option<String>,
    /// What was said.
    pub said: Said,
    /// When it came.
    pub at: At,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A key of the phone.
    Key(String),
    /// A text, with the letter of the alarm that it answers where it has one.
    Text(Meaning, Option<u8>),
}

/// A text message as the gateway hands it over.
pub(in crate::delivery) struct Text {
    /// The gateway's reference of it, where it gives one.
    pub reference: Option<String>,
    /// The number it came from, as the gateway writes it.
    pub from: String,
    /// Our number or service that it was sent to; the first is the number.
    pub to: Vec<String>,
    /// What it says.
    pub body: String,
}

/// A key that was pressed in a call.
pub(in crate::delivery) struct PressedKey {
    /// The gateway's reference of the call, where it gives one.
    pub reference: Option<String>,
    /// The key.
    pub key: String,
}

/// The row of what the gateway knows by `reference` and that says `words`; without a reference each
/// counts as another.
fn id_of(keys: &Keyring, reference: Option<&str>, from: &str, words: &str) -> InboundId {
    match reference.filter(|reference| !reference.is_empty()) {
        Some(reference) => {
            let report = format!("{reference}\n{from}\n{words}");
            InboundId::of_report(&keys.lookup(REPORT_LOOKUP, &report))
        }
        None => InboundId::new(),
    }
}

/// Takes a text: STOP and its opposites take effect here, the meaning of another is stored for the
/// engine. A text that came before changes nothing. Whether the engine may have something to read:
/// also where this transaction runs again, after a commit of which nothing is known.
fn take(
    conn: &mut Conn,
    keys: &Keyring,
    (id, from): (InboundId, &Phone),
    to: &[String],
    reply: Reply,
    now: At,
) -> Result<bool, DbError> {
    let lookup = keys.lookup(PHONE_LOOKUP, from.as_str());
    let came = store::From {
        id,
        channel: Channel::Sms.as_str(),
        kind: "reply",
        notification: None,
        phone_lookup: Some(&lookup),
        sender: to.first().map(String::as_str),
    };
    let is_new = store::insert(conn, &came, &word_of(reply), now)?;
    let for_the_engine = match reply.meaning {
        _ if !is_new => return Ok(true),
        Meaning::Stop => {
            stops::stop(conn, &lookup, to, now)?;
            false
        }
        meaning => {
            let revived = reply.revives && stops::start(conn, &lookup, to, now)?;
            !revived && meaning != Meaning::Start
        }
    };
    if !for_the_engine {
        store::mark_read(conn, &[id], now)?;
    }
    Ok(for_the_engine)
}

/// As the column holds it: `on_my_way`, or `on_my_way 1` for the second letter.
fn word_of(reply: Reply) -> String {
    match reply.choice {
        Some(nth) => format!("{} {nth}", reply.meaning),
        None => reply.meaning.as_str().to_owned(),
    }
}

/// Reads the column. A word of an older server is the first of the text, and is read as a text is.
fn of_word(word: &str) -> Said {
    let (meaning, nth) = word.split_once(' ').unwrap_or((word, ""));
    match Meaning::parse(meaning) {
        Some(meaning) => Said::Text(meaning, nth.parse().ok()),
        None => Said::Text(replies::read(word).meaning, None),
    }
}

/// Takes a key that was pressed in the call that carries `notification`. Whether it is new.
fn take_key(
    conn: &mut Conn,
    keys: &Keyring,
    notification: NotificationId,
    pressed: &PressedKey,
    now: At,
) -> Result<bool, DbError> {
    let (call, key) = (notification.to_string(), pressed.key.as_str());
    let from = store::From {
        id: id_of(keys, pressed.reference.as_deref(), &call, key),
        channel: Channel::Voice.as_str(),
        kind: "key",
        notification: Some(notification),
        phone_lookup: None,
        sender: None,
    };
    store::insert(conn, &from, key, now)
}

/// What came in and is not read yet, oldest first.
///
/// # Errors
/// What the database says.
pub fn unread(conn: &mut Conn, limit: i64) -> Result<Vec<Unread>, DbError> {
    let rows = store::unread(conn, limit)?;
    Ok(rows
        .into_iter()
        .map(|(id, notification, phone_lookup, sender, word, at)| {
            let word = word.unwrap_or_default();
            let said = match notification {
                Some(_) => Said::Key(word),
                None => of_word(&word),
            };
            Unread {
                id,
                notification,
                phone_lookup,
                sender,
                said,
                at,
            }
        })
        .collect())
}

/// Marks them as read; returns how many were unread.
///
/// # Errors
/// What the database says.
pub fn mark_read(conn: &mut Conn, ids: &[InboundId], now: At) -> Result<usize, DbError> {
    store::mark_read(conn, ids, now)
}

impl Delivery {
    /// Takes a text message, and nudges the engine if it may be an answer. One that comes from no
    /// telephone number (a short code, a name) is passed over: no contact writes from there.
    pub(in crate::delivery) async fn takes_reply(&self, text: Text) -> Result<(), DeliveryError> {
        // Gateways hand on what carriers write: `+521614…`, or ten digits alone.
        let Ok(from) = Phone::parse(&text.from, "") else {
            return Ok(());
        };
        let from = from.phone;
        let reply = replies::read(&text.body);
        let to: Vec<String> = text.to.iter().map(|to| as_configured(to)).collect();
        let (keys, now) = (Arc::clone(&self.parts().foundation.keys), self.now());
        let id = id_of(&keys, text.reference.as_deref(), from.as_str(), &text.body);
        let for_the_engine = self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                take(conn, &keys, (id, &from), &to, reply, now)
            })
            .await?;
        if for_the_engine {
            self.parts().foundation.bus.nudge_engine();
        }
        Ok(())
    }

    /// Takes a key that a contact or supervisor pressed in a call: it is stored for the engine.
    pub(in crate::delivery) async fn takes_key(
        &self,
        id: NotificationId,
        pressed: PressedKey,
    ) -> Result<(), DeliveryError> {
        let (keys, now) = (Arc::clone(&self.parts().foundation.keys), self.now());
        let write = move |conn: &mut Conn| match take_key(conn, &keys, id, &pressed, now)? {
            true => happened(conn, id, NotificationEvent::Seen, now),
            false => Ok(None),
        };
        self.takes_report(id, write).await?;
        self.parts().foundation.bus.nudge_engine();
        Ok(())
    }
}

/// A sender as a municipality's settings write it: a number in E.164, anything else as it is.
fn as_configured(sender: &str) -> String {
    Phone::parse(sender, "").map_or_else(|_| sender.to_owned(), |it| it.phone.as_str().to_owned())
}

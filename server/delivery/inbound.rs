//! What came in from a number: replies and keys. Nothing calls upward: each is a row that the
//! engine reads.

use std::sync::Arc;

use super::addresses::PHONE_LOOKUP;
use super::channels::sms::callback::{Reply, reply};
use super::error::DeliveryError;
use super::model::{Channel, NotificationEvent};
use super::outbox::sender::Delivery;
use super::receipts::{happened, lock_owner};
use super::store::inbound as store;
use crate::clock::At;
use crate::db::{Conn, DbError, WritePriority};
use crate::ids::{InboundId, NotificationId};
use crate::seal::Keyring;

/// A reply or a key that is not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its id.
    pub id: InboundId,
    /// Of a key: the notification that the call carried.
    pub notification: Option<NotificationId>,
    /// Of a reply: the number's lookup in the domain [`PHONE_LOOKUP`].
    pub phone_lookup: Option<Vec<u8>>,
    /// The key, or the reply's first word: at most sixteen letters and digits, upper case.
    pub word: String,
    /// When it came.
    pub at: At,
}

/// Takes a reply: STOP and its opposites take effect here, another word is stored for the engine.
fn take(
    conn: &mut Conn,
    keys: &Keyring,
    from: &str,
    body: &str,
    now: At,
) -> Result<Reply, DbError> {
    let lookup = keys.lookup(PHONE_LOOKUP, from);
    let said = reply(body);
    match &said {
        Reply::Stop => store::stop(conn, &lookup, now)?,
        Reply::Start => store::start(conn, &lookup)?,
        Reply::Word(word) => {
            let from = store::From {
                channel: Channel::Sms.as_str(),
                kind: "reply",
                notification: None,
                phone_lookup: Some(&lookup),
            };
            store::insert(conn, &from, word, now)?;
        }
        Reply::Nothing => {}
    }
    Ok(said)
}

/// Takes a key that was pressed in the call that carries `notification`.
fn take_key(
    conn: &mut Conn,
    notification: NotificationId,
    key: &str,
    now: At,
) -> Result<(), DbError> {
    let from = store::From {
        channel: Channel::Voice.as_str(),
        kind: "key",
        notification: Some(notification),
        phone_lookup: None,
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
        .map(|(id, notification, phone_lookup, word, at)| Unread {
            id,
            notification,
            phone_lookup,
            word: word.unwrap_or_default(),
            at,
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
    /// Takes a text message from the number `from`, and nudges the engine if it may be an answer.
    pub(in crate::delivery) async fn takes_reply(
        &self,
        from: String,
        text: String,
    ) -> Result<(), DeliveryError> {
        let (keys, now) = (Arc::clone(&self.parts().foundation.keys), self.now());
        let said = self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                take(conn, &keys, &from, &text, now)
            })
            .await?;
        if matches!(said, Reply::Word(_)) {
            self.parts().foundation.bus.nudge_engine();
        }
        Ok(())
    }

    /// Takes a key that a contact or supervisor pressed in a call: it is stored for the engine.
    pub(in crate::delivery) async fn takes_key(
        &self,
        id: NotificationId,
        key: String,
    ) -> Result<(), DeliveryError> {
        let outcome_hook = Arc::clone(&self.parts().outcome_hook);
        let now = self.now();
        let settled = self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                lock_owner(conn, outcome_hook.as_ref(), id)?;
                let settled = happened(conn, id, NotificationEvent::Seen, now)?;
                take_key(conn, id, &key, now)?;
                if let Some(one) = &settled {
                    outcome_hook.settle(conn, now, std::slice::from_ref(one))?;
                }
                Ok::<_, DbError>(settled)
            })
            .await?;
        self.after_commit(settled.as_slice());
        self.parts().foundation.bus.nudge_engine();
        Ok(())
    }
}

//! What came in from a number and is somebody else's to understand. Nothing calls upward: it is a row until it is read.

use super::addresses::PHONE_LOOKUP;
use super::model::Channel;
use super::sms::callback::{Reply, reply};
use super::store::inbound as store;
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::ids::InboundId;
use crate::seal::Keyring;

/// A reply that nobody has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its id.
    pub id: InboundId,
    /// Over what it came.
    pub channel: Channel,
    /// The number's lookup in the domain [`PHONE_LOOKUP`].
    pub phone_lookup: Vec<u8>,
    /// Its first word: at most sixteen letters and digits, upper case.
    pub word: String,
    /// When it came.
    pub at: At,
}

/// Takes a reply: STOP and its opposites are done here, another word is put down for whoever asked.
pub(super) fn take(conn: &mut Conn, keys: &Keyring, from: &str, body: &str, now: At) -> Result<Reply, DbError> {
    let lookup = keys.lookup(PHONE_LOOKUP, from);
    let said = reply(body);
    match &said {
        Reply::Stop => store::stop(conn, &lookup, now)?,
        Reply::Start => store::start(conn, &lookup)?,
        Reply::Word(word) => store::insert(conn, Channel::Sms.as_str(), &lookup, word, now)?,
        Reply::Nothing => {}
    }
    Ok(said)
}

/// Replies that nobody has read, oldest first.
///
/// # Errors
/// What the database says.
pub fn unread(conn: &mut Conn, limit: i64) -> Result<Vec<Unread>, DbError> {
    let rows = store::unread(conn, limit)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, channel, lookup, word, at)| {
            Some(Unread { id, channel: Channel::parse(&channel)?, phone_lookup: lookup?, word: word?, at })
        })
        .collect())
}

/// Marks replies as read.
///
/// # Errors
/// What the database says.
pub fn mark_read(conn: &mut Conn, ids: &[InboundId], now: At) -> Result<usize, DbError> {
    store::mark_read(conn, ids, now)
}

//! Rows of `inbound`, `suppressions` and `message_counts`.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::{inbound as i, message_counts as m, suppressions as s};
use crate::db::{Conn, DbError};
use crate::ids::{InboundId, NotificationId};
use crate::{load_skip_locked, on};

/// The senders to which a number said STOP; the empty one is all of them.
pub(in crate::delivery) fn stopped_senders(
    conn: &mut Conn,
    lookup: &[u8],
) -> Result<Vec<String>, DbError> {
    Ok(on!(conn, |c| s::table
        .filter(s::phone_lookup.eq(lookup))
        .select(s::sender)
        .load(c))?)
}

pub(in crate::delivery) fn stop(
    conn: &mut Conn,
    lookup: &[u8],
    sender: &str,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(s::table)
        .values((
            s::phone_lookup.eq(lookup),
            s::sender.eq(sender),
            s::at.eq(now)
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Takes back what was said to these senders. The number of stops that there were.
pub(in crate::delivery) fn start(
    conn: &mut Conn,
    lookup: &[u8],
    senders: &[String],
) -> Result<usize, DbError> {
    let stops = s::table
        .filter(s::phone_lookup.eq(lookup))
        .filter(s::sender.eq_any(senders));
    Ok(on!(conn, |c| diesel::delete(stops).execute(c))?)
}

/// Counts one more, if that stays within `max`.
pub(in crate::delivery) fn count(
    conn: &mut Conn,
    lookup: &[u8],
    purpose: &str,
    day: &str,
    max: i64,
) -> Result<bool, DbError> {
    on!(conn, |c| diesel::insert_into(m::table)
        .values((
            m::phone_lookup.eq(lookup),
            m::purpose.eq(purpose),
            m::day.eq(day),
            m::n.eq(0)
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    let counted = on!(conn, |c| diesel::update(
        m::table
            .filter(m::phone_lookup.eq(lookup))
            .filter(m::purpose.eq(purpose))
            .filter(m::day.eq(day))
            .filter(m::n.lt(max)),
    )
    .set(m::n.eq(m::n + 1))
    .execute(c))?;
    Ok(counted == 1)
}

/// What came in and is not read yet.
pub(in crate::delivery) type Unread = (
    InboundId,
    Option<NotificationId>,
    Option<Vec<u8>>,
    Option<String>,
    Option<String>,
    At,
);

/// Where something came from.
pub(in crate::delivery) struct From<'x> {
    pub id: InboundId,
    pub channel: &'x str,
    pub kind: &'x str,
    pub notification: Option<NotificationId>,
    pub phone_lookup: Option<&'x [u8]>,
    pub sender: Option<&'x str>,
}

/// Writes what came in. Whether it is new: a report that came before stays as it is.
pub(in crate::delivery) fn insert(
    conn: &mut Conn,
    from: &From<'_>,
    word: &str,
    now: At,
) -> Result<bool, DbError> {
    let new = on!(conn, |c| diesel::insert_into(i::table)
        .values((
            i::id.eq(from.id),
            i::channel.eq(from.channel),
            i::kind.eq(from.kind),
            i::notification.eq(from.notification),
            i::phone_lookup.eq(from.phone_lookup),
            i::word.eq(Some(word)),
            i::at.eq(now),
            i::read_at.eq(None::<At>),
            i::sender.eq(from.sender),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(new == 1)
}

pub(in crate::delivery) fn unread(conn: &mut Conn, limit: i64) -> Result<Vec<Unread>, DbError> {
    Ok(on!(conn, |c| i::table
        .filter(i::read_at.is_null())
        .order(i::at)
        .limit(limit)
        .select((
            i::id,
            i::notification,
            i::phone_lookup,
            i::sender,
            i::word,
            i::at
        ))
        .load(c))?)
}

pub(in crate::delivery) fn mark_read(
    conn: &mut Conn,
    ids: &[InboundId],
    now: At,
) -> Result<usize, DbError> {
    let unread = i::table
        .filter(i::id.eq_any(ids))
        .filter(i::read_at.is_null());
    Ok(on!(conn, |c| diesel::update(unread)
        .set(i::read_at.eq(Some(now)))
        .execute(c))?)
}

/// Forgets what was read before a moment, some at a time.
pub(in crate::delivery) fn forget_read(
    conn: &mut Conn,
    before: At,
    limit: i64,
) -> Result<usize, DbError> {
    let read: Vec<InboundId> = load_skip_locked!(
        conn,
        i::table
            .filter(i::read_at.le(before))
            .limit(limit)
            .select(i::id)
    )?;
    Ok(on!(conn, |c| diesel::delete(
        i::table.filter(i::id.eq_any(read))
    )
    .execute(c))?)
}

/// Forgets the counts of one day before `day`, the earliest there is.
pub(in crate::delivery) fn forget_counts(conn: &mut Conn, day: &str) -> Result<usize, DbError> {
    let first: Option<String> = on!(conn, |c| m::table
        .filter(m::day.lt(day))
        .select(diesel::dsl::min(m::day))
        .get_result(c))?;
    Ok(on!(conn, |c| diesel::delete(
        m::table.filter(m::day.nullable().eq(first))
    )
    .execute(c))?)
}

/// All stops: the number's look-up hash, and the sender.
pub(in crate::delivery) fn all_stops(
    conn: &mut Conn,
) -> Result<HashSet<(Vec<u8>, String)>, DbError> {
    let all: Vec<(Vec<u8>, String)> = on!(conn, |c| s::table
        .select((s::phone_lookup, s::sender))
        .load(c))?;
    Ok(all.into_iter().collect())
}

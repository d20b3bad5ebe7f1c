//! Rows of `nodes`, and who has leased which row of `notifications`.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::clock::At;
use crate::db::prepared::prepared;
use crate::db::schema::{nodes as d, notifications as n};
use crate::db::{Conn, DbError};
use crate::delivery::outbox::message::Lease;
use crate::ids::{AddressId, BootId, NotificationId, SubjectId};
use crate::{load_skip_locked, on};

/// Written out, since a bound word would keep either engine from the partial index that holds just
/// these rows.
fn queued() -> SqlLiteral<Bool> {
    sql("notifications.state = 'queued'")
}

fn sending() -> SqlLiteral<Bool> {
    sql("notifications.state = 'sending'")
}

/// Says that this process lives until `alive_until`.
pub(in crate::delivery) fn beat(
    conn: &mut Conn,
    boot: BootId,
    alive_until: At,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(d::table)
        .values((
            d::boot.eq(boot),
            d::alive_until.eq(alive_until),
            d::started_at.eq(now)
        ))
        .on_conflict(d::boot)
        .do_update()
        .set(d::alive_until.eq(alive_until))
        .execute(c))?;
    Ok(())
}

/// Forgets processes that have been dead for long.
pub(in crate::delivery) fn forget_nodes(conn: &mut Conn, dead_before: At) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(
        d::table.filter(d::alive_until.lt(dead_before))
    )
    .execute(c))?;
    Ok(())
}

/// Processes that live.
pub(in crate::delivery) fn living(conn: &mut Conn, now: At) -> Result<Vec<BootId>, DbError> {
    Ok(on!(conn, |c| d::table
        .filter(d::alive_until.gt(now))
        .select(d::boot)
        .load(c))?)
}

/// Whether a lease is dead: its time has passed, or its owner is none of `living`.
pub(in crate::delivery) fn any_dead(
    conn: &mut Conn,
    living: &[BootId],
    now: At,
) -> Result<bool, DbError> {
    let found: Option<NotificationId> = on!(conn, |c| n::table
        .filter(sending())
        .filter(n::lease_until.le(now).or(n::lease_boot.ne_all(living)))
        .select(n::id)
        .first(c)
        .optional())?;
    Ok(found.is_some())
}

/// Frees rows whose lease is dead. The fence goes up: what their owner still learns is refused.
pub(in crate::delivery) fn free_dead(
    conn: &mut Conn,
    living: &[BootId],
    now: At,
) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::update(
        n::table
            .filter(sending())
            .filter(n::lease_until.le(now).or(n::lease_boot.ne_all(living))),
    )
    .set((
        n::state.eq("queued"),
        n::lease_boot.eq(None::<BootId>),
        n::lease_until.eq(None::<At>),
        n::fence.eq(n::fence + 1),
    ))
    .execute(c))?)
}

/// Frees one row that this process holds and will not send. A receipt for an earlier try may have
/// settled it meanwhile.
pub(in crate::delivery) fn free(
    conn: &mut Conn,
    id: NotificationId,
    fence: i64,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(
        n::table
            .filter(n::id.eq(id))
            .filter(n::fence.eq(fence))
            .filter(sending())
    )
    .set((
        n::state.eq("queued"),
        n::lease_boot.eq(None::<BootId>),
        n::lease_until.eq(None::<At>),
        n::fence.eq(n::fence + 1),
    ))
    .execute(c))?;
    Ok(())
}

/// Frees what a process leased of one subject and never handed to its senders.
pub(in crate::delivery) fn free_subject(
    conn: &mut Conn,
    subject: SubjectId,
    boot: BootId,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(
        n::table
            .filter(n::subject.eq(subject))
            .filter(n::lease_boot.eq(Some(boot)))
            .filter(sending())
    )
    .set((
        n::state.eq("queued"),
        n::lease_boot.eq(None::<BootId>),
        n::lease_until.eq(None::<At>),
        n::fence.eq(n::fence + 1),
    ))
    .execute(c))?;
    Ok(())
}

/// Renews one lease; the row's deadline as it is now, or `None` if the right has passed to another.
pub(in crate::delivery) fn renew(
    conn: &mut Conn,
    id: NotificationId,
    fence: i64,
    until: At,
) -> Result<Option<At>, DbError> {
    Ok(on!(conn, |c| prepared(
        diesel::update(n::table.filter(n::id.eq(id)).filter(n::fence.eq(fence)))
            .set(n::lease_until.eq(Some(until)))
            .returning(n::deadline)
    )
    .get_result(c)
    .optional())?)
}

/// A row that was claimed, still sealed.
#[derive(Queryable, Selectable)]
#[diesel(table_name = n)]
pub(in crate::delivery) struct Claimed {
    pub id: NotificationId,
    pub subject_kind: String,
    pub subject: SubjectId,
    pub recipient: Vec<u8>,
    pub address: AddressId,
    pub channel: String,
    pub sender: Option<String>,
    #[diesel(column_name = rung)]
    pub step: i64,
    #[diesel(column_name = rep)]
    pub repeat: i64,
    pub sealed: Option<Vec<u8>>,
    pub deadline: At,
    pub attempts: i64,
    pub fence: i64,
}

/// The moment at which the row that has waited longest became due, if any is due.
pub(in crate::delivery) fn oldest_due(conn: &mut Conn, now: At) -> Result<Option<At>, DbError> {
    Ok(on!(conn, |c| n::table
        .filter(queued())
        .filter(n::due_at.le(now))
        .order(n::due_at)
        .select(n::due_at)
        .first(c)
        .optional())?)
}

/// Leases up to `limit` due rows, the longest waiting first.
pub(in crate::delivery) fn claim(
    conn: &mut Conn,
    lease: &Lease,
    now: At,
    limit: i64,
) -> Result<Vec<Claimed>, DbError> {
    let ids: Vec<NotificationId> = load_skip_locked!(
        conn,
        n::table
            .filter(queued())
            .filter(n::due_at.le(now))
            .order(n::due_at)
            .limit(limit)
            .select(n::id)
    )?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(conn, |c| prepared(
        diesel::update(n::table.filter(n::id.eq_any(&ids)).filter(queued()))
            .set((
                n::state.eq("sending"),
                n::lease_boot.eq(Some(lease.boot)),
                n::lease_until.eq(Some(lease.until)),
                n::fence.eq(n::fence + 1),
            ))
            .returning(Claimed::as_returning())
    )
    .get_results(c))?)
}

/// How many rows are in each state that is not final.
pub(in crate::delivery) fn open_rows(conn: &mut Conn) -> Result<Vec<(String, i64)>, DbError> {
    let mut out = Vec::new();
    for (state, is) in [("queued", queued()), ("sending", sending())] {
        let count: i64 = on!(conn, |c| n::table.filter(is.clone()).count().get_result(c))?;
        out.push((state.to_owned(), count));
    }
    Ok(out)
}

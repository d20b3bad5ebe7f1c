//! Rows of `nodes`, and who has leased which row of `notifications`.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::clock::At;
use crate::db::prepared::prepared;
use crate::db::schema::{nodes as d, notifications as n};
use crate::db::{Conn, DbError};
use crate::delivery::model::StateWord;
use crate::delivery::outbox::message::Lease;
use crate::delivery::store::key::StoredKey;
use crate::ids::{BootId, NotificationId, SubjectId};
use crate::{load_locked, load_skip_locked, on, prepared};

/// Written out, since a bound word would keep either engine from the partial index that holds just
/// these rows.
fn queued() -> SqlLiteral<Bool> {
    sql("notifications.state = 'queued'")
}

fn sending() -> SqlLiteral<Bool> {
    sql("notifications.state = 'sending'")
}

/// Says that this process lives until `alive_until`, and whether its clock is off.
pub(in crate::delivery) fn beat(
    conn: &mut Conn,
    boot: BootId,
    (now, alive_until): (At, At),
    clock_off: bool,
) -> Result<(), DbError> {
    let says = (d::alive_until.eq(alive_until), d::clock_off.eq(clock_off));
    on!(conn, |c| diesel::insert_into(d::table)
        .values((d::boot.eq(boot), says, d::started_at.eq(now)))
        .on_conflict(d::boot)
        .do_update()
        .set(says)
        .execute(c))?;
    Ok(())
}

/// Forgets processes that have been dead for long. One that comes to life meanwhile holds its row.
pub(in crate::delivery) fn forget_nodes(conn: &mut Conn, dead_before: At) -> Result<(), DbError> {
    let dead: Vec<BootId> = load_skip_locked!(
        conn,
        d::table
            .filter(d::alive_until.lt(dead_before))
            .select(d::boot)
    )?;
    if !dead.is_empty() {
        on!(conn, |c| diesel::delete(
            d::table.filter(d::boot.eq_any(&dead))
        )
        .execute(c))?;
    }
    Ok(())
}

/// Processes that live: their sign of life reaches past now, and no further than it can.
pub(in crate::delivery) fn living(
    conn: &mut Conn,
    (now, latest): (At, At),
) -> Result<Vec<BootId>, DbError> {
    Ok(on!(conn, |c| d::table
        .filter(d::alive_until.gt(now))
        .filter(d::alive_until.le(latest))
        .select(d::boot)
        .load(c))?)
}

/// Whether one lives, other than `boot`, whose clock is as it should be.
pub(in crate::delivery) fn another_keeps_time(
    conn: &mut Conn,
    boot: BootId,
    (now, latest): (At, At),
) -> Result<bool, DbError> {
    let others = d::table
        .filter(d::boot.ne(boot))
        .filter(d::clock_off.eq(false))
        .filter(d::alive_until.gt(now))
        .filter(d::alive_until.le(latest));
    let found: Option<BootId> = on!(conn, |c| others.select(d::boot).first(c).optional())?;
    Ok(found.is_some())
}

/// Whether a lease is dead: its time has passed or is further off than it can be (`latest`), or its
/// owner is none of `living`.
pub(in crate::delivery) fn any_dead(
    conn: &mut Conn,
    living: &[BootId],
    (now, latest): (At, At),
) -> Result<bool, DbError> {
    let over = n::lease_until.le(now).or(n::lease_until.gt(latest));
    let found: Option<NotificationId> = on!(conn, |c| n::table
        .filter(sending())
        .filter(over.or(n::lease_boot.ne_all(living)))
        .select(n::id)
        .first(c)
        .optional())?;
    Ok(found.is_some())
}

/// A row whose lease was given up. The fence goes up: an outcome from its last holder is refused.
#[derive(AsChangeset)]
#[diesel(table_name = n, treat_none_as_null = true)]
struct Freed {
    state: StateWord,
    lease_boot: Option<BootId>,
    lease_until: Option<At>,
}

const FREED: Freed = Freed {
    state: StateWord::Queued,
    lease_boot: None,
    lease_until: None,
};

/// Frees these rows, which this transaction has locked while they were being sent.
fn free_locked(conn: &mut Conn, ids: &[NotificationId]) -> Result<usize, DbError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let rows = n::table.filter(n::id.eq_any(ids)).filter(sending());
    Ok(on!(conn, |c| diesel::update(rows)
        .set((FREED, n::fence.eq(n::fence + 1)))
        .execute(c))?)
}

/// Frees rows whose lease is dead, but for those that another transaction is just settling, renewing
/// or withdrawing.
pub(in crate::delivery) fn free_dead(
    conn: &mut Conn,
    living: &[BootId],
    (now, latest): (At, At),
) -> Result<usize, DbError> {
    let over = n::lease_until.le(now).or(n::lease_until.gt(latest));
    let dead: Vec<NotificationId> = load_skip_locked!(
        conn,
        n::table
            .filter(sending())
            .filter(over.or(n::lease_boot.ne_all(living)))
            .select(n::id)
    )?;
    if dead.is_empty() {
        return Ok(0);
    }
    // The process that died may have sent them.
    on!(conn, |c| diesel::update(
        n::table
            .filter(n::id.eq_any(&dead))
            .filter(n::unsure_at.is_null())
    )
    .set(n::unsure_at.eq(Some(now)))
    .execute(c))?;
    free_locked(conn, &dead)
}

/// Frees rows that this process holds, by their fences, and will not send. A receipt for an earlier
/// try may have settled one meanwhile. Those that another transaction has locked are left as they
/// are and returned.
pub(in crate::delivery) fn free(
    conn: &mut Conn,
    held: &[(NotificationId, i64)],
) -> Result<Vec<(NotificationId, i64)>, DbError> {
    let ids: Vec<NotificationId> = held.iter().map(|(id, _)| *id).collect();
    let rows = n::table.filter(n::id.eq_any(&ids));
    let seen: Vec<(NotificationId, i64, StateWord)> =
        load_skip_locked!(conn, rows.select((n::id, n::fence, n::state)))?;
    let ours = |(id, fence, state): &(NotificationId, i64, StateWord)| {
        (*state == StateWord::Sending && held.contains(&(*id, *fence))).then_some(*id)
    };
    free_locked(conn, &seen.iter().filter_map(ours).collect::<Vec<_>>())?;
    let passed_over = |(id, _): &&(NotificationId, i64)| seen.iter().all(|(one, ..)| one != id);
    Ok(held.iter().filter(passed_over).copied().collect())
}

/// Frees what a process leased of one subject and never handed to its senders. The caller has taken
/// the subject's own row.
pub(in crate::delivery) fn free_subject(
    conn: &mut Conn,
    subject: SubjectId,
    boot: BootId,
) -> Result<(), DbError> {
    let rows = n::table
        .filter(n::subject.eq(subject))
        .filter(n::lease_boot.eq(Some(boot)))
        .filter(sending())
        .order(n::id)
        .select(n::id);
    let ids: Vec<NotificationId> = load_locked!(conn, rows)?;
    free_locked(conn, &ids)?;
    Ok(())
}

/// Renews one lease; the row's deadline as it is now, or `None` if the right has passed to another.
pub(in crate::delivery) fn renew(
    conn: &mut Conn,
    id: NotificationId,
    fence: i64,
    until: At,
) -> Result<Option<At>, DbError> {
    Ok(on!(conn, |c| prepared!(
        diesel::update(
            n::table
                .filter(n::id.eq(id))
                .filter(n::fence.eq(fence))
                .filter(n::state.eq(StateWord::Sending))
        )
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
    #[diesel(embed)]
    pub key: StoredKey,
    pub channel: String,
    pub sender: Option<String>,
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
                n::state.eq(StateWord::Sending),
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

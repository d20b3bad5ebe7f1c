//! Outcomes are written by id and fence alone: a test on `state` invites PostgreSQL into an index
//! that is full of dead rows. The fence goes up with the outcome, so a second one, or one of a
//! process that lost its lease, finds nothing.
//!
//! A receipt may have overtaken the outcome; what the phone said stands.

use diesel::dsl::case_when;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};

use crate::clock::At;

use crate::db::schema::{attempts as a, notifications as n};
use crate::db::{Conn, DbError};
use crate::delivery::model::{FailReason, StateWord};
use crate::delivery::outbox::outcome::SendAttempt;
use crate::ids::{BootId, NotificationId};
use crate::{on, one_or_several, prepared};

/// What one try came to.
pub(in crate::delivery) struct Row<'x> {
    pub id: NotificationId,
    pub fence: i64,
    pub state: StateWord,
    pub reason: Option<FailReason>,
    pub due_at: At,
    /// How often a provider had been asked before.
    pub attempts: i64,
    /// Each time that one was asked since; none if the row was only put back or ended.
    pub tries: &'x [SendAttempt],
    pub ended_at: At,
    pub provider_ref: Option<&'x str>,
}

impl Row<'_> {
    fn tried(&self) -> i64 {
        i64::try_from(self.tries.len()).unwrap_or(i64::MAX)
    }

    /// When an attempt ended that may have brought the message to the provider all the same.
    fn unsure_at(&self) -> Option<At> {
        let mut unsure = self.tries.iter().filter(|one| one.answer.may_have_arrived);
        unsure.next().map(|one| one.ended_at)
    }

    /// The rows of its attempts, each with its number.
    fn attempts(&self) -> impl Iterator<Item = (i64, &SendAttempt)> {
        (self.attempts.saturating_add(1)..).zip(self.tries)
    }
}

/// Writes them; returns, of those whose fence held, the id and the state the row is in now. What a
/// phone or a carrier has said meanwhile (`final_at`) stands: no outcome of a send opens it again.
pub(in crate::delivery) fn settle(
    conn: &mut Conn,
    rows: &[Row<'_>],
) -> Result<Vec<(NotificationId, StateWord)>, DbError> {
    one_or_several!(
        conn,
        |c| Ok(Settle(rows.iter().fold(Columns::default(), Columns::and)).load(c)?),
        |c| {
            let mut held = Vec::with_capacity(rows.len());
            for row in rows {
                if let Some(state) = settle_one(c, row)? {
                    held.push((row.id, state));
                }
            }
            Ok(held)
        }
    )
}

fn settle_one(c: &mut SqliteConnection, row: &Row<'_>) -> QueryResult<Option<StateWord>> {
    let failed_for_now = (row.state == StateWord::Queued).then_some(row.ended_at);
    let sent = (row.state == StateWord::Sent).then_some(row.ended_at);
    let ended = matches!(row.state, StateWord::Failed | StateWord::Expired).then_some(row.ended_at);
    let wipe = row.state != StateWord::Queued;
    let held: Option<StateWord> = prepared!(
        diesel::update(
            n::table
                .filter(n::id.eq(row.id))
                .filter(n::fence.eq(row.fence)),
        )
        .set((
            n::fence.eq(n::fence + 1),
            n::lease_boot.eq(None::<BootId>),
            n::lease_until.eq(None::<At>),
            n::attempts.eq(n::attempts + row.tried()),
            n::due_at.eq(row.due_at),
            n::state.eq(case_when(n::final_at.is_not_null(), n::state)
                .otherwise(row.state.into_sql::<Text>())),
            n::reason.eq(case_when(n::final_at.is_not_null(), n::reason)
                .otherwise(row.reason.into_sql::<Nullable<Text>>())),
            n::sealed.eq(case_when(
                n::final_at.is_null().and((!wipe).into_sql::<Bool>()),
                n::sealed,
            )),
            n::failing_since.eq(case_when(
                n::failing_since.is_null(),
                failed_for_now.into_sql::<Nullable<BigInt>>(),
            )
            .otherwise(n::failing_since)),
            n::unsure_at.eq(case_when(
                n::unsure_at.is_null(),
                row.unsure_at().into_sql::<Nullable<BigInt>>(),
            )
            .otherwise(n::unsure_at)),
            n::provider_ref.eq(case_when(
                row.provider_ref.is_some().into_sql::<Bool>(),
                row.provider_ref.into_sql::<Nullable<Text>>(),
            )
            .otherwise(n::provider_ref)),
            n::sent_at.eq(
                case_when(n::sent_at.is_null(), sent.into_sql::<Nullable<BigInt>>())
                    .otherwise(n::sent_at),
            ),
            n::final_at.eq(
                case_when(n::final_at.is_null(), ended.into_sql::<Nullable<BigInt>>())
                    .otherwise(n::final_at),
            ),
        ))
        .returning(n::state),
    )
    .get_result(c)
    .optional()?;
    if held.is_some() {
        insert_attempts(c, row)?;
    }
    Ok(held)
}

fn insert_attempts(c: &mut SqliteConnection, row: &Row<'_>) -> QueryResult<()> {
    for (attempt, one) in row.attempts() {
        diesel::insert_into(a::table)
            .values((
                a::notification.eq(row.id),
                a::n.eq(attempt),
                a::started_at.eq(one.started_at),
                a::ended_at.eq(one.ended_at),
                a::outcome.eq(one.word()),
                a::cause.eq(Some(one.answer.cause.as_str())),
                a::provider_ref.eq(one.answer.provider_ref.as_deref()),
            ))
            .execute(c)?;
    }
    Ok(())
}

/// Writes the provider's later word over that of the last attempt: it took the message, and it came
/// to nothing.
pub(in crate::delivery) fn explain(
    conn: &mut Conn,
    id: NotificationId,
    cause: &str,
) -> Result<(), DbError> {
    let last: Option<i64> = on!(conn, |c| a::table
        .filter(a::notification.eq(id))
        .select(diesel::dsl::max(a::n))
        .get_result(c))?;
    if let Some(last) = last {
        on!(conn, |c| diesel::update(a::table.find((id, last)))
            .set((a::outcome.eq("failed"), a::cause.eq(Some(cause))))
            .execute(c))?;
    }
    Ok(())
}

#[derive(Default)]
struct Columns<'x> {
    id: Vec<NotificationId>,
    fence: Vec<i64>,
    state: Vec<StateWord>,
    reason: Vec<Option<FailReason>>,
    due_at: Vec<At>,
    tried: Vec<i64>,
    ended_at: Vec<At>,
    provider_ref: Vec<Option<&'x str>>,
    unsure_at: Vec<Option<At>>,
    of: Vec<NotificationId>,
    nth: Vec<i64>,
    began: Vec<At>,
    ended: Vec<At>,
    outcome: Vec<&'x str>,
    cause: Vec<&'x str>,
    their_ref: Vec<Option<&'x str>>,
}

impl<'x> Columns<'x> {
    fn and(mut self, row: &'x Row<'x>) -> Self {
        self.id.push(row.id);
        self.fence.push(row.fence);
        self.state.push(row.state);
        self.reason.push(row.reason);
        self.due_at.push(row.due_at);
        self.tried.push(row.tried());
        self.ended_at.push(row.ended_at);
        self.provider_ref.push(row.provider_ref);
        self.unsure_at.push(row.unsure_at());
        for (attempt, one) in row.attempts() {
            self.of.push(row.id);
            self.nth.push(attempt);
            self.began.push(one.started_at);
            self.ended.push(one.ended_at);
            self.outcome.push(one.word());
            self.cause.push(&one.answer.cause);
            self.their_ref.push(one.answer.provider_ref.as_deref());
        }
        self
    }
}

/// A group in one statement, prepared once.
struct Settle<'x>(Columns<'x>);

impl QueryId for Settle<'_> {
    type QueryId = Settle<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Settle<'_> {
    type SqlType = (Binary, Text);
}

impl RunQueryDsl<PgConnection> for Settle<'_> {}

impl QueryFragment<Pg> for Settle<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let o = &self.0;
        out.push_sql("with o as (select * from unnest(");
        out.push_bind_param::<Array<Binary>, _>(&o.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&o.fence)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&o.state)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&o.reason)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&o.due_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&o.tried)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&o.ended_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&o.provider_ref)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&o.unsure_at)?;
        out.push_sql(TRIES);
        out.push_bind_param::<Array<Binary>, _>(&o.of)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&o.nth)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&o.began)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&o.ended)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&o.outcome)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&o.cause)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&o.their_ref)?;
        out.push_sql(SETTLE);
        Ok(())
    }
}

const TRIES: &str = ") as t(id, fence, state, reason, due_at, tried, ended_at, provider_ref, unsure_at)), \
    r as (select * from unnest(";

const SETTLE: &str = ") as t(id, n, started_at, ended_at, outcome, cause, provider_ref)), \
    l as materialized (select n.id from notifications n where n.id = any(array(select o.id from o)) order by n.id \
      for no key update), \
    u as (update notifications n set \
      fence = n.fence + 1, lease_boot = null, lease_until = null, attempts = n.attempts + o.tried, due_at = o.due_at, \
      state = case when n.final_at is null then o.state else n.state end, \
      reason = case when n.final_at is null then o.reason else n.reason end, \
      sealed = case when n.final_at is null and o.state = 'queued' then n.sealed end, \
      failing_since = coalesce(n.failing_since, case when o.state = 'queued' then o.ended_at end), \
      provider_ref = coalesce(o.provider_ref, n.provider_ref), unsure_at = coalesce(n.unsure_at, o.unsure_at), \
      sent_at = coalesce(n.sent_at, case when o.state = 'sent' then o.ended_at end), \
      final_at = coalesce(n.final_at, case when o.state in ('failed', 'expired') then o.ended_at end) \
      from l join o on o.id = l.id where n.id = l.id and n.fence = o.fence returning n.id, n.state), \
    a as (insert into attempts (notification, n, started_at, ended_at, outcome, cause, provider_ref) \
      select r.id, r.n, r.started_at, r.ended_at, r.outcome, r.cause, r.provider_ref from r join u on u.id = r.id) \
    select id, state from u";

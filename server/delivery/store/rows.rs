//! Rows of `notifications`: born, read, withdrawn, and moved on by receipts.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use crate::clock::At;

use crate::db::schema::notifications as n;
use crate::db::{Batch, Conn, DbError};
use crate::delivery::model::{FailReason, StateWord};
use crate::delivery::store::key::{MessageKey, StoredKey};
use crate::ids::{AddressId, BootId, NotificationId, RecipientId, SubjectId};
use crate::{on, one_or_several, prepared};

/// A row that is born.
#[derive(Insertable)]
#[diesel(table_name = n, treat_none_as_default_value = false)]
pub(in crate::delivery) struct NewRow<'x> {
    pub id: NotificationId,
    pub subject_kind: &'x str,
    #[diesel(embed)]
    pub key: MessageKey,
    pub channel: &'x str,
    pub sender: Option<String>,
    pub state: StateWord,
    pub reason: Option<FailReason>,
    pub sealed: Option<Vec<u8>>,
    pub deadline: At,
    pub due_at: At,
    pub attempts: i64,
    pub lease_boot: Option<BootId>,
    pub fence: i64,
    pub lease_until: Option<At>,
    pub failing_since: Option<At>,
    pub provider_ref: Option<&'x str>,
    pub created_at: At,
    pub sent_at: Option<At>,
    pub delivered_at: Option<At>,
    pub seen_at: Option<At>,
    pub final_at: Option<At>,
}

/// Writes them; those that are there already by [`MessageKey`] stay as they are.
/// Returns the new ones.
pub(in crate::delivery) fn insert(
    conn: &mut Conn,
    rows: &[NewRow<'_>],
) -> Result<Vec<NotificationId>, DbError> {
    one_or_several!(conn, |c| Ok(Born::of(rows).load(c)?), |c| {
        let mut born = Vec::with_capacity(rows.len());
        for row in rows {
            let insert = diesel::insert_into(n::table)
                .values(row)
                .on_conflict_do_nothing();
            let written = prepared!(insert).execute(c)?;
            if written == 1 {
                born.push(row.id);
            }
        }
        Ok(born)
    })
}

/// Writes them with what else is written; those that are there already stay as they are.
pub(in crate::delivery) fn add<'a>(
    batch: &mut Batch<'a>,
    rows: &'a [NewRow<'_>],
) -> Result<(), DbError> {
    let each = rows.iter().map(|row| {
        prepared!(
            diesel::insert_into(n::table)
                .values(row)
                .on_conflict_do_nothing()
        )
    });
    batch.add_rows(|| Born::of(rows), each)
}

/// One statement for any number of rows, prepared once: columns as arrays.
struct Born<'x> {
    id: Vec<NotificationId>,
    subject_kind: Vec<&'x str>,
    subject: Vec<SubjectId>,
    recipient: Vec<RecipientId>,
    address: Vec<AddressId>,
    channel: Vec<&'x str>,
    sender: Vec<Option<&'x str>>,
    step: Vec<i64>,
    repeat: Vec<i64>,
    state: Vec<StateWord>,
    sealed: Vec<Option<&'x [u8]>>,
    deadline: Vec<At>,
    due_at: Vec<At>,
    lease_boot: Vec<Option<BootId>>,
    fence: Vec<i64>,
    lease_until: Vec<Option<At>>,
    created_at: Vec<At>,
}

impl<'x> Born<'x> {
    fn of(rows: &'x [NewRow<'_>]) -> Self {
        Self {
            id: rows.iter().map(|r| r.id).collect(),
            subject_kind: rows.iter().map(|r| r.subject_kind).collect(),
            subject: rows.iter().map(|r| r.key.subject).collect(),
            recipient: rows.iter().map(|r| r.key.recipient).collect(),
            address: rows.iter().map(|r| r.key.address).collect(),
            channel: rows.iter().map(|r| r.channel).collect(),
            sender: rows.iter().map(|r| r.sender.as_deref()).collect(),
            step: rows.iter().map(|r| r.key.step).collect(),
            repeat: rows.iter().map(|r| r.key.repeat).collect(),
            state: rows.iter().map(|r| r.state).collect(),
            sealed: rows.iter().map(|r| r.sealed.as_deref()).collect(),
            deadline: rows.iter().map(|r| r.deadline).collect(),
            due_at: rows.iter().map(|r| r.due_at).collect(),
            lease_boot: rows.iter().map(|r| r.lease_boot).collect(),
            fence: rows.iter().map(|r| r.fence).collect(),
            lease_until: rows.iter().map(|r| r.lease_until).collect(),
            created_at: rows.iter().map(|r| r.created_at).collect(),
        }
    }
}

impl diesel::query_builder::QueryId for Born<'_> {
    type QueryId = Born<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl diesel::query_builder::Query for Born<'_> {
    type SqlType = Binary;
}

impl RunQueryDsl<PgConnection> for Born<'_> {}

impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for Born<'_> {
    fn walk_ast<'b>(
        &'b self,
        mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
    ) -> QueryResult<()> {
        out.push_sql(
            "insert into notifications (id, subject_kind, subject, recipient, address, channel, sender, rung, rep, \
             state, sealed, deadline, due_at, lease_boot, fence, lease_until, created_at, attempts) \
             select *, 0 from unnest(",
        );
        out.push_bind_param::<Array<Binary>, _>(&self.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.subject_kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.subject)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.recipient)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.address)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.channel)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.sender)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.step)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.repeat)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.state)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Binary>>, _>(&self.sealed)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.deadline)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.due_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Binary>>, _>(&self.lease_boot)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.fence)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.lease_until)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.created_at)?;
        out.push_sql(") on conflict do nothing returning id");
        Ok(())
    }
}

/// What is read of a row by those who ask about it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = n)]
pub(in crate::delivery) struct NotificationRow {
    pub id: NotificationId,
    pub subject_kind: String,
    #[diesel(embed)]
    pub key: StoredKey,
    pub channel: String,
    pub state: StateWord,
    pub reason: Option<FailReason>,
    pub deadline: At,
    pub due_at: At,
    pub attempts: i64,
    pub failing_since: Option<At>,
    pub created_at: At,
    pub sent_at: Option<At>,
    pub delivered_at: Option<At>,
    pub seen_at: Option<At>,
    pub final_at: Option<At>,
    pub unsure_at: Option<At>,
}

pub(in crate::delivery) fn of_subject(
    conn: &mut Conn,
    subject: SubjectId,
) -> Result<Vec<NotificationRow>, DbError> {
    Ok(on!(conn, |c| n::table
        .filter(n::subject.eq(subject))
        .order(n::id)
        .select(NotificationRow::as_select())
        .load(c))?)
}

pub(in crate::delivery) fn find(
    conn: &mut Conn,
    id: NotificationId,
) -> Result<Option<NotificationRow>, DbError> {
    Ok(on!(conn, |c| n::table
        .filter(n::id.eq(id))
        .select(NotificationRow::as_select())
        .get_result(c)
        .optional())?)
}

/// What an event outside of a send changes: a receipt, or a carrier's late refusal.
pub(in crate::delivery) struct Moved {
    pub state: StateWord,
    pub reason: Option<FailReason>,
    pub delivered_at: Option<At>,
    pub seen_at: Option<At>,
    pub final_at: Option<At>,
}

/// Moves a row on whose state is still `from`; false if another transaction moved it meanwhile.
pub(in crate::delivery) fn move_on(
    conn: &mut Conn,
    id: NotificationId,
    from: StateWord,
    to: &Moved,
) -> Result<bool, DbError> {
    let moved = on!(conn, |c| prepared!(
        diesel::update(n::table.filter(n::id.eq(id)).filter(n::state.eq(from))).set((
            n::state.eq(to.state),
            n::reason.eq(to.reason),
            n::delivered_at.eq(to.delivered_at),
            n::seen_at.eq(to.seen_at),
            n::final_at.eq(to.final_at),
            n::sealed.eq(None::<Vec<u8>>),
        ))
    )
    .execute(c))?;
    Ok(moved == 1)
}

/// Ends rows that the caller has locked and that are not being sent.
pub(in crate::delivery) fn fail(
    conn: &mut Conn,
    ids: &[NotificationId],
    why: FailReason,
    now: At,
) -> Result<(), DbError> {
    if ids.is_empty() {
        return Ok(());
    }
    on!(conn, |c| diesel::update(n::table.filter(n::id.eq_any(ids)))
        .set((
            n::state.eq(StateWord::Failed),
            n::reason.eq(Some(why)),
            n::sealed.eq(None::<Vec<u8>>),
            n::fence.eq(n::fence + 1),
            n::lease_boot.eq(None::<BootId>),
            n::lease_until.eq(None::<At>),
            n::final_at.eq(Some(now)),
        ))
        .execute(c))?;
    Ok(())
}

//! Rows of `addresses`.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::addresses as a;
use crate::db::{Conn, DbError, Lenient};
use crate::ids::{AddressId, DeviceId, RecipientId};
use crate::{load_locked, load_skip_locked, on, one_or_several};

/// The state of a number that takes calls and no texts. Binaries that do not know it leave the
/// number alone, as they left one that had ended.
pub(in crate::delivery) const CALLS_ONLY: &str = "calls_only";

/// A row that is written.
#[derive(Insertable)]
#[diesel(table_name = a, treat_none_as_default_value = false)]
pub(in crate::delivery) struct NewRow<'x> {
    pub id: AddressId,
    pub owner_kind: &'x str,
    pub owner: RecipientId,
    pub device: Option<DeviceId>,
    pub channel: &'x str,
    pub app_id: Option<&'x str>,
    pub sealed: Vec<u8>,
    pub lookup: &'x [u8],
    pub state: &'x str,
    pub reason: Option<&'x str>,
    pub created_at: At,
    pub seen_at: At,
}

/// Owner kind, owner, device and channel of a row.
type Held = (
    AddressId,
    String,
    Lenient<RecipientId>,
    Option<DeviceId>,
    String,
    Option<String>,
);

/// All rows of one token or number over one channel.
pub(in crate::delivery) fn by_lookup(
    conn: &mut Conn,
    channel: &str,
    lookup: &[u8],
) -> Result<Vec<Held>, DbError> {
    Ok(on!(conn, |c| a::table
        .filter(a::lookup.eq(lookup))
        .filter(a::channel.eq(channel))
        .select((
            a::id,
            a::owner_kind,
            a::owner,
            a::device,
            a::channel,
            a::app_id
        ))
        .load(c))?)
}

pub(in crate::delivery) fn insert(conn: &mut Conn, row: &NewRow<'_>) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(a::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// Locks what a device has and what leads to the same phone, by id, before any of it is changed.
pub(in crate::delivery) fn take_push(
    conn: &mut Conn,
    channel: &str,
    lookup: &[u8],
    device: DeviceId,
) -> Result<(), DbError> {
    let same = a::channel.eq(channel).and(a::lookup.eq(lookup));
    let rows = a::table.filter(a::device.eq(device).or(same.nullable()));
    let _: Vec<AddressId> = load_locked!(conn, rows.order(a::id).select(a::id))?;
    Ok(())
}

/// Makes it live again.
pub(in crate::delivery) fn revive(
    conn: &mut Conn,
    id: AddressId,
    device: Option<DeviceId>,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(a::table.filter(a::id.eq(id)))
        .set((
            a::state.eq("live"),
            a::reason.eq(None::<String>),
            a::seen_at.eq(now),
            a::device.eq(device)
        ))
        .execute(c))?;
    Ok(())
}

/// Makes the addresses of a number live again that ended because it had said STOP. How many.
pub(in crate::delivery) fn revive_opted_out(
    conn: &mut Conn,
    lookup: &[u8],
    now: At,
) -> Result<usize, DbError> {
    let ended = a::table
        .filter(a::lookup.eq(lookup))
        .filter(a::state.eq("disabled"))
        .filter(a::reason.eq("opted_out"));
    let _: Vec<AddressId> = load_locked!(conn, ended.order(a::id).select(a::id))?;
    Ok(on!(conn, |c| diesel::update(ended)
        .set((
            a::state.eq("live"),
            a::reason.eq(None::<String>),
            a::seen_at.eq(now)
        ))
        .execute(c))?)
}

/// What an address becomes when it ends: it is taken from its device, so that the device may have
/// another.
#[derive(AsChangeset)]
#[diesel(table_name = a, treat_none_as_null = true)]
struct Ended<'x> {
    state: &'x str,
    reason: Option<&'x str>,
    seen_at: At,
    device: Option<DeviceId>,
}

impl<'x> Ended<'x> {
    fn of(state: &'x str, why: &'x str, now: At) -> Self {
        Self {
            state,
            reason: Some(why),
            seen_at: now,
            device: None,
        }
    }
}

/// Ends it.
pub(in crate::delivery) fn end(
    conn: &mut Conn,
    id: AddressId,
    state: &str,
    why: &str,
    now: At,
) -> Result<(), DbError> {
    let row = a::table.filter(a::id.eq(id.kept()));
    on!(conn, |c| diesel::update(row)
        .set(Ended::of(state, why, now))
        .execute(c))?;
    Ok(())
}

/// Ends what the device has, other than `keep`.
pub(in crate::delivery) fn end_device(
    conn: &mut Conn,
    device: DeviceId,
    keep: Option<AddressId>,
    why: &str,
    now: At,
) -> Result<usize, DbError> {
    let keep = keep.unwrap_or(AddressId(uuid::Uuid::nil()));
    let rows = a::table.filter(a::device.eq(device)).filter(a::id.ne(keep));
    let _: Vec<AddressId> = load_locked!(conn, rows.order(a::id).select(a::id))?;
    Ok(on!(conn, |c| diesel::update(rows)
        .set(Ended::of("retired", why, now))
        .execute(c))?)
}

/// Ends all that the owner has.
pub(in crate::delivery) fn end_owner(
    conn: &mut Conn,
    owner: RecipientId,
    why: &str,
    now: At,
) -> Result<usize, DbError> {
    let rows = a::table
        .filter(a::owner.eq(owner))
        .filter(a::state.ne("retired"));
    let _: Vec<AddressId> = load_locked!(conn, rows.order(a::id).select(a::id))?;
    Ok(on!(conn, |c| diesel::update(rows)
        .set(Ended::of("retired", why, now))
        .execute(c))?)
}

/// Ends what the owner has over one channel.
pub(in crate::delivery) fn end_channel(
    conn: &mut Conn,
    owner: RecipientId,
    channel: &str,
    why: &str,
    now: At,
) -> Result<usize, DbError> {
    let live = a::table
        .filter(a::owner.eq(owner))
        .filter(a::channel.eq(channel))
        .filter(a::state.eq("live").or(a::state.eq(CALLS_ONLY)));
    let _: Vec<AddressId> = load_locked!(conn, live.order(a::id).select(a::id))?;
    Ok(on!(conn, |c| diesel::update(live)
        .set(Ended::of("retired", why, now))
        .execute(c))?)
}

/// Forgets up to `limit` rows that ended at `before` or earlier, and says how many.
pub(in crate::delivery) fn forget_ended(
    conn: &mut Conn,
    before: At,
    limit: i64,
) -> Result<usize, DbError> {
    let ended: Vec<AddressId> = load_skip_locked!(
        conn,
        a::table
            .filter(a::state.ne("live").and(a::state.ne(CALLS_ONLY)))
            .filter(a::seen_at.le(before))
            .limit(limit)
            .select(a::id)
    )?;
    // Asked again: one of them may have come to life since it was read.
    let ended = a::table
        .filter(a::id.eq_any(ended))
        .filter(a::state.ne("live").and(a::state.ne(CALLS_ONLY)));
    Ok(on!(conn, |c| diesel::delete(ended).execute(c))?)
}

/// A live row.
pub(in crate::delivery) type Live = (
    AddressId,
    Lenient<RecipientId>,
    String,
    Option<String>,
    Vec<u8>,
    String,
);

/// The live rows of these owners, oldest first, those that take calls only included.
pub(in crate::delivery) fn live_for(
    conn: &mut Conn,
    owners: &[RecipientId],
) -> Result<Vec<Live>, DbError> {
    let columns = (a::id, a::owner, a::channel, a::app_id, a::sealed, a::state);
    let live = a::table
        .filter(a::state.eq("live").or(a::state.eq(CALLS_ONLY)))
        .order(a::id)
        .select(columns);
    one_or_several!(
        conn,
        |c| Ok(live.filter(a::owner.eq_any(owners)).load(c)?),
        |c| {
            let mut all = Vec::with_capacity(owners.len() * 2);
            for owner in owners {
                all.extend(live.filter(a::owner.eq(owner)).load::<Live>(c)?);
            }
            Ok(all)
        }
    )
}

/// When each of these was last registered.
pub(in crate::delivery) fn seen(
    conn: &mut Conn,
    ids: &[AddressId],
) -> Result<Vec<(AddressId, At)>, DbError> {
    Ok(on!(conn, |c| a::table
        .filter(a::id.eq_any(ids))
        .select((a::id, a::seen_at))
        .load(c))?)
}

/// The live row of a device.
pub(in crate::delivery) fn live_of_device(
    conn: &mut Conn,
    device: DeviceId,
) -> Result<Option<Live>, DbError> {
    Ok(on!(conn, |c| a::table
        .filter(a::device.eq(device))
        .filter(a::state.eq("live"))
        .select((a::id, a::owner, a::channel, a::app_id, a::sealed, a::state))
        .first(c)
        .optional())?)
}

/// Of these the ones that are no longer live, as they are asked for: a number that takes calls only
/// is live as what is called. An id without a row (a number that was only typed in) is not among
/// them.
pub(in crate::delivery) fn not_live(
    conn: &mut Conn,
    ids: &[AddressId],
) -> Result<Vec<AddressId>, DbError> {
    let kept: Vec<AddressId> = ids.iter().map(|id| id.kept()).collect();
    let ended: Vec<(AddressId, String)> = on!(conn, |c| a::table
        .filter(a::id.eq_any(kept))
        .filter(a::state.ne("live"))
        .select((a::id, a::state))
        .load(c))?;
    let over = |id: &&AddressId| {
        let state = ended.iter().find(|(kept, _)| *kept == id.kept());
        state.is_some_and(|(kept, state)| state != CALLS_ONLY || **id == *kept)
    };
    Ok(ids.iter().filter(over).copied().collect())
}

/// Who owns it.
pub(in crate::delivery) fn owner(
    conn: &mut Conn,
    id: AddressId,
) -> Result<Option<(String, Lenient<RecipientId>)>, DbError> {
    Ok(on!(conn, |c| a::table
        .filter(a::id.eq(id.kept()))
        .select((a::owner_kind, a::owner))
        .get_result(c)
        .optional())?)
}

//! The rows of tracks.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool};

use super::model::TrailMark;
use crate::clock::At;
use crate::db::schema::fixes;
use crate::db::{Batch, Conn, DbError};
use crate::ids::{AlertId, DeviceId};
use crate::{hot_statement, on, one_or_several, prepared};

/// A fix as it is stored: its place sealed under its alert's key.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = fixes, treat_none_as_default_value = false)]
pub struct SealedFix {
    pub(super) alert: AlertId,
    pub(super) device: DeviceId,
    pub(super) seq: i64,
    pub(super) effective_at: At,
    pub(super) received_at: At,
    pub(super) plausible: bool,
    pub(super) sealed: Vec<u8>,
}

hot_statement! {
    /// Many rows at once.
    struct Many on diesel::pg::Pg {
        "insert into fixes (alert, device, seq, effective_at, received_at, plausible, sealed) select * from unnest(",
        alert: Array<Binary> as Vec<AlertId>,
        ", ", device: Array<Binary> as Vec<DeviceId>,
        ", ", seq: Array<BigInt> as Vec<i64>,
        ", ", effective_at: Array<BigInt> as Vec<At>,
        ", ", received_at: Array<BigInt> as Vec<At>,
        ", ", plausible: Array<Bool> as Vec<bool>,
        ", ", sealed: Array<Binary> as Vec<Vec<u8>>,
    } ") on conflict do nothing"
}

impl Many {
    fn of(rows: &[SealedFix]) -> Self {
        Self {
            alert: rows.iter().map(|r| r.alert).collect(),
            device: rows.iter().map(|r| r.device).collect(),
            seq: rows.iter().map(|r| r.seq).collect(),
            effective_at: rows.iter().map(|r| r.effective_at).collect(),
            received_at: rows.iter().map(|r| r.received_at).collect(),
            plausible: rows.iter().map(|r| r.plausible).collect(),
            sealed: rows.iter().map(|r| r.sealed.clone()).collect(),
        }
    }
}

/// Statements that stay prepared: one for many rows on PostgreSQL, one a row on SQLite.
pub(super) fn append(conn: &mut Conn, rows: &[SealedFix]) -> Result<usize, DbError> {
    if let [row] = rows {
        let insert = diesel::insert_into(fixes::table)
            .values(row)
            .on_conflict_do_nothing();
        return Ok(on!(conn, |c| prepared!(insert).execute(c))?);
    }
    one_or_several!(conn, |c| Ok(Many::of(rows).execute(c)?), |c| {
        let mut accepted = 0;
        for row in rows {
            let insert = diesel::insert_into(fixes::table)
                .values(row)
                .on_conflict_do_nothing();
            accepted += prepared!(insert).execute(c)?;
        }
        Ok(accepted)
    })
}

pub(super) fn add(batch: &mut Batch<'_>, row: SealedFix) -> Result<(), DbError> {
    batch.add(prepared!(
        diesel::insert_into(fixes::table)
            .values(row)
            .on_conflict_do_nothing()
    ))
}

/// The fix with the greatest number of the first device before `before`, in the order of devices
/// from the last; `None`: no other device has sent one.
pub(super) fn newest_of_next(
    conn: &mut Conn,
    alert: AlertId,
    before: Option<DeviceId>,
) -> Result<Option<SealedFix>, DbError> {
    let before = before.unwrap_or(DeviceId(uuid::Uuid::max()));
    Ok(on!(conn, |c| fixes::table
        .filter(fixes::alert.eq(alert))
        .filter(fixes::device.lt(before))
        .order((fixes::device.desc(), fixes::seq.desc()))
        .select(SealedFix::as_select())
        .first(c)
        .optional())?)
}

/// The fixes of a device with the greatest believed times up to `until`, ties by `seq`.
pub(super) fn believed(
    conn: &mut Conn,
    (alert, device): (AlertId, DeviceId),
    until: At,
    limit: i64,
) -> Result<Vec<SealedFix>, DbError> {
    Ok(on!(conn, |c| fixes::table
        .filter(fixes::alert.eq(alert))
        .filter(fixes::device.eq(device))
        .filter(fixes::plausible.eq(true))
        .filter(fixes::effective_at.le(until))
        .order((fixes::effective_at.desc(), fixes::seq.desc()))
        .limit(limit)
        .select(SealedFix::as_select())
        .load(c))?)
}

/// Those of a device's fixes that have one of these numbers.
pub(super) fn with_seqs(
    conn: &mut Conn,
    alert: AlertId,
    device: DeviceId,
    seqs: &[i64],
) -> Result<Vec<SealedFix>, DbError> {
    let hers = fixes::table
        .filter(fixes::alert.eq(alert))
        .filter(fixes::device.eq(device));
    match seqs {
        [] => Ok(Vec::new()),
        // Most requests carry one fix: a statement that stays prepared.
        [seq] => Ok(on!(conn, |c| hers
            .filter(fixes::seq.eq(*seq))
            .select(SealedFix::as_select())
            .load(c))?),
        seqs => Ok(on!(conn, |c| hers
            .filter(fixes::seq.eq_any(seqs))
            .select(SealedFix::as_select())
            .load(c))?),
    }
}

pub(super) fn trail(
    conn: &mut Conn,
    alert: AlertId,
    after: Option<TrailMark>,
    limit: i64,
) -> Result<Vec<SealedFix>, DbError> {
    let mark = after.unwrap_or(TrailMark {
        effective_at: At::from_micros(i64::MIN),
        seq: i64::MIN,
        device: DeviceId(uuid::Uuid::nil()),
    });
    let same = fixes::effective_at.eq(mark.effective_at);
    Ok(on!(conn, |c| fixes::table
        .filter(fixes::alert.eq(alert))
        .filter(
            fixes::effective_at.gt(mark.effective_at).or(same.and(
                fixes::seq
                    .gt(mark.seq)
                    .or(fixes::seq.eq(mark.seq).and(fixes::device.gt(mark.device)))
            ))
        )
        .order((fixes::effective_at, fixes::seq, fixes::device))
        .limit(limit)
        .select(SealedFix::as_select())
        .load(c))?)
}

pub(super) fn forget(conn: &mut Conn, alert: AlertId) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::delete(
        fixes::table.filter(fixes::alert.eq(alert))
    )
    .execute(c))?)
}

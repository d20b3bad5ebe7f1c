//! Reads places back: the latest for those who watch, the trail for the one who claimed.

use super::append::{COLUMN, Place, TABLE, row_name};
use super::error::LocationError;
use super::model::{Fix, TrailMark};
use super::store::{self, SealedFix};
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::ids::AlertId;
use crate::seal::AlertKey;

/// A page of a trail, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// The fixes.
    pub fixes: Vec<Fix>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<TrailMark>,
}

/// Where she is as far as is known: the fix of the greatest effective time, ties by `seq`.
///
/// # Errors
/// [`LocationError::Sealed`] where the key of the epoch is gone; what the database says.
pub fn latest(
    conn: &mut Conn,
    key: &AlertKey,
    alert: AlertId,
) -> Result<Option<Fix>, LocationError> {
    store::latest(conn, alert)?
        .map(|row| open(key, &row))
        .transpose()
}

/// When the latest place came in, and how full the battery was by it; the second also `None` where
/// no key opens it.
///
/// # Errors
/// What the database says.
pub fn last_sign(
    conn: &mut Conn,
    key: Option<&AlertKey>,
    alert: AlertId,
) -> Result<Option<(At, Option<f64>)>, DbError> {
    let battery = |row: &SealedFix| {
        key.and_then(|key| open(key, row).ok())
            .and_then(|fix| fix.battery)
    };
    Ok(store::latest(conn, alert)?.map(|row| (row.received_at, battery(&row))))
}

/// Up to `limit` fixes after a mark, in the order of their effective times.
///
/// # Errors
/// As [`latest`].
pub fn trail(
    conn: &mut Conn,
    key: &AlertKey,
    alert: AlertId,
    after: Option<TrailMark>,
    limit: i64,
) -> Result<Trail, LocationError> {
    let limit = limit.clamp(1, 1_000);
    let mut rows = store::trail(conn, alert, after, limit + 1)?;
    let more = i64::try_from(rows.len()).is_ok_and(|n| n > limit);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| TrailMark {
        effective_at: row.effective_at,
        seq: row.seq,
        device: row.device,
    });
    let fixes = rows
        .iter()
        .map(|row| open(key, row))
        .collect::<Result<_, _>>()?;
    Ok(Trail { fixes, next })
}

fn open(key: &AlertKey, row: &SealedFix) -> Result<Fix, LocationError> {
    let plain = key.open(
        TABLE,
        COLUMN,
        &row_name(row.alert, row.device, row.seq),
        &row.sealed,
    )?;
    let place: Place = serde_json::from_slice(&plain).map_err(|_| LocationError::Unreadable)?;
    Ok(Fix {
        seq: row.seq,
        effective_at: row.effective_at,
        received_at: row.received_at,
        plausible: row.plausible,
        lat: place.lat,
        lon: place.lon,
        accuracy_m: place.accuracy_m,
        altitude_m: place.altitude_m,
        speed_mps: place.speed_mps,
        heading_deg: place.heading_deg,
        battery: place.battery,
        mock: place.mock,
        provider: place.provider,
    })
}

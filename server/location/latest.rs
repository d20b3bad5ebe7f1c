//! Reads places back: the latest for those who watch, the trail for the operator who claimed.
//!
//! [`latest`] is the one rule of which place is shown. Contacts (API and page), operators (detail,
//! live place, list), the record and the printed page all read [`places`], which asks it, so they
//! cannot differ.

use std::collections::BTreeMap;

use super::append::{COLUMN, Place, TABLE, row_name};
use super::model::{AHEAD, Fix, Latest, Places, Stamp, TrailMark};
use super::store::{self, SealedFix};
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, DeviceId};
use crate::seal::{self, AlertKey, SealError};

/// How many fixes before one that does not open are tried: the track of a quarter of an hour.
const LOOKED_BACK: i64 = 100;

/// A page of a trail, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// The fixes.
    pub fixes: Vec<Fix>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<TrailMark>,
}

/// Which of one device's fixes is shown, and with which hour. `None`: there is no fix.
///
/// The greatest believed time, ties by `seq`. A fix of unknown hour is shown only where none is
/// believed, and then the one with the greatest `seq`, as unknown.
#[must_use]
pub fn latest(fixes: impl IntoIterator<Item = Fix>, now: At) -> Option<Latest> {
    let fix = fixes.into_iter().max_by_key(|fix| fix.stamp().rank(now))?;
    let hour = fix.stamp().hour(now);
    Some(Latest { fix, hour })
}

/// The latest place of each device in this alert, as [`latest`] has it at `now`.
///
/// A place that does not open is left out, and the one before it is shown with its age.
///
/// # Errors
/// What the database says.
pub fn places(conn: &mut Conn, key: &AlertKey, alert: AlertId, now: At) -> Result<Places, DbError> {
    let mut places = BTreeMap::new();
    for (device, rows) in candidates(conn, alert, now)? {
        let mut fixes = open_all(key, &rows);
        if fixes.is_empty() {
            let before = store::believed(conn, (alert, device), now.plus(AHEAD), LOOKED_BACK)?;
            fixes = open_all(key, &before);
        }
        if let Some(latest) = latest(fixes, now) {
            places.insert(device, latest);
        }
    }
    Ok(Places(places))
}

/// Where she is as far as is known: [`Places::shown`] of [`places`].
///
/// # Errors
/// As [`places`].
pub fn shown(
    conn: &mut Conn,
    key: &AlertKey,
    alert: AlertId,
    now: At,
) -> Result<Option<Latest>, DbError> {
    Ok(places(conn, key, alert, now)?.shown(now))
}

/// Of each device the fixes of which one is the latest: the last that is believed, and the one with
/// the greatest number. What the index gives at once; a track of a day has thousands.
fn candidates(
    conn: &mut Conn,
    alert: AlertId,
    now: At,
) -> Result<Vec<(DeviceId, Vec<SealedFix>)>, DbError> {
    let (mut all, mut before) = (Vec::new(), None);
    while let Some(newest) = store::newest_of_next(conn, alert, before)? {
        let device = newest.device;
        let mut rows = vec![newest];
        rows.extend(store::believed(conn, (alert, device), now.plus(AHEAD), 1)?);
        all.push((device, rows));
        before = Some(device);
    }
    Ok(all)
}

/// When the phones were last heard by a place, and how full the battery was by it; the second also
/// `None` where no key opens it.
///
/// # Errors
/// What the database says.
pub fn last_sign(
    conn: &mut Conn,
    key: Option<&AlertKey>,
    alert: AlertId,
    now: At,
) -> Result<Option<(At, Option<f64>)>, DbError> {
    let battery = |row: &SealedFix| {
        key.and_then(|key| open(key, row).ok())
            .and_then(|fix| fix.battery)
    };
    let rows = candidates(conn, alert, now)?;
    let newest = rows
        .into_iter()
        .flat_map(|(_, rows)| rows)
        .max_by_key(|row| (row.received_at, row.stamp().rank(now)));
    Ok(newest.map(|row| (row.received_at, battery(&row))))
}

/// What this device has sent under these numbers before.
///
/// # Errors
/// As [`places`].
pub fn sent_before(
    conn: &mut Conn,
    alert: AlertId,
    device: DeviceId,
    seqs: &[i64],
) -> Result<Vec<SealedFix>, DbError> {
    store::with_seqs(conn, alert, device, seqs)
}

/// Opens fixes that were read sealed; one that does not open costs itself.
pub fn open_all(key: &AlertKey, rows: &[SealedFix]) -> Vec<Fix> {
    rows.iter()
        .filter_map(|row| seal::or_none("a place", row.alert, open(key, row)))
        .collect()
}

/// Up to `limit` fixes after a mark, in the order of their effective times.
///
/// # Errors
/// As [`places`].
pub fn trail(
    conn: &mut Conn,
    key: &AlertKey,
    alert: AlertId,
    after: Option<TrailMark>,
    limit: i64,
) -> Result<Trail, DbError> {
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
    let fixes = open_all(key, &rows);
    Ok(Trail { fixes, next })
}

impl SealedFix {
    const fn stamp(&self) -> Stamp {
        Stamp {
            seq: self.seq,
            effective_at: self.effective_at,
            received_at: self.received_at,
            plausible: self.plausible,
        }
    }
}

fn open(key: &AlertKey, row: &SealedFix) -> Result<Fix, SealError> {
    let plain = key.open(
        TABLE,
        COLUMN,
        &row_name(row.alert, row.device, row.seq),
        &row.sealed,
    )?;
    let place: Place = serde_json::from_slice(&plain).map_err(|_| SealError::Tampered)?;
    Ok(Fix {
        seq: row.seq,
        effective_at: row.effective_at,
        received_at: row.received_at,
        plausible: row.plausible,
        phone_at: place.phone_at_us.map(At::from_micros),
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

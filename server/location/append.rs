//! Puts fixes on the track of an alert.
//!
//! Sealing is kept out of the write closure, which SQLite's one writer runs for all callers;
//! what reaches it is rows.

use serde::{Deserialize, Serialize};

use super::model::Fix;
use super::store;
use crate::clock::At;
use crate::db::{Batch, Conn, DbError};
use crate::ids::{AlertId, DeviceId};
use crate::seal::AlertKey;

pub use super::store::SealedFix;

pub(super) const TABLE: &str = "fixes";
pub(super) const COLUMN: &str = "sealed";

/// What is sealed of a fix: all that says where she is or what she holds. Times and numbers stay
/// outside, for order.
#[derive(Serialize, Deserialize)]
pub(super) struct Place {
    pub lat: f64,
    pub lon: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altitude_m: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed_mps: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<f64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mock: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What the phone's clock said, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_at_us: Option<i64>,
}

/// Seals fixes for their alert. Outside the write closure.
#[must_use]
pub fn seal_fixes(
    key: &AlertKey,
    alert: AlertId,
    device: DeviceId,
    fixes: &[Fix],
) -> Vec<SealedFix> {
    let seal = |fix: &Fix| {
        let place = Place {
            lat: fix.lat,
            lon: fix.lon,
            accuracy_m: fix.accuracy_m,
            altitude_m: fix.altitude_m,
            speed_mps: fix.speed_mps,
            heading_deg: fix.heading_deg,
            battery: fix.battery,
            mock: fix.mock,
            provider: fix.provider.clone(),
            phone_at_us: fix.phone_at.map(At::micros),
        };
        // Finite numbers and text always serialise.
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&place).unwrap_or_default());
        SealedFix {
            alert,
            device,
            seq: fix.seq,
            effective_at: fix.effective_at,
            received_at: fix.received_at,
            plausible: fix.plausible,
            sealed: key.seal(TABLE, COLUMN, &row_name(alert, device, fix.seq), &plain),
        }
    };
    fixes.iter().map(seal).collect()
}

/// Appends sealed fixes in the caller's transaction and says how many are new. One that is there
/// already by (alert, device, `seq`) stays as it was.
///
/// # Errors
/// What the database says.
pub fn append(conn: &mut Conn, rows: &[SealedFix]) -> Result<usize, DbError> {
    store::append(conn, rows)
}

/// As [`append`], with what else is written.
///
/// # Errors
/// What the database says.
pub fn append_with(batch: &mut Batch<'_>, rows: Vec<SealedFix>) -> Result<(), DbError> {
    rows.into_iter().try_for_each(|row| store::add(batch, row))
}

/// Removes the track of an alert, on schedule. How many fixes it had.
///
/// # Errors
/// What the database says.
pub fn forget(conn: &mut Conn, alert: AlertId) -> Result<usize, DbError> {
    store::forget(conn, alert)
}

/// The name under which a fix is sealed, so that one row's place cannot be put into another's.
pub(super) fn row_name(alert: AlertId, device: DeviceId, seq: i64) -> [u8; 40] {
    let mut name = [0; 40];
    let parts = alert
        .bytes()
        .iter()
        .chain(device.bytes())
        .copied()
        .chain(seq.to_be_bytes());
    name.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    name
}

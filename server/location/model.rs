//! What a place is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::At;
use crate::ids::DeviceId;

/// A place as a phone reported it, judged. Its `Debug` prints no place.
#[derive(Clone, PartialEq)]
pub struct Fix {
    /// The phone's running number of it; unique per alert and device.
    pub seq: i64,
    /// The phone's time where it is plausible, else the moment of arrival.
    pub effective_at: At,
    /// When it arrived.
    pub received_at: At,
    /// Whether `effective_at` is the phone's own.
    pub plausible: bool,
    /// Degrees north, WGS 84, −90 to 90.
    pub lat: f64,
    /// Degrees east, WGS 84, −180 to 180.
    pub lon: f64,
    /// Radius in metres within which she is with 68 %; `None` where the phone did not know. May be
    /// kilometres.
    pub accuracy_m: Option<f64>,
    /// Metres above the ellipsoid.
    pub altitude_m: Option<f64>,
    /// Metres a second.
    pub speed_mps: Option<f64>,
    /// Degrees clockwise from true north, 0 to 360.
    pub heading_deg: Option<f64>,
    /// How full the battery is, 0 to 1.
    pub battery: Option<f64>,
    /// The phone says that another app made this place up. Kept and shown, never dropped: it may
    /// still be right.
    pub mock: bool,
    /// What measured it: `gps`, `network`, `fused` …; as sent, at most 32 characters.
    pub provider: Option<String>,
}

impl Fix {
    /// The cell of about 1 km that a record may show before it is claimed: the corner nearest to
    /// zero of a hundredth of a degree, as `28.63,-106.07`. Where the fix itself is coarser than
    /// that, so is what it tells.
    #[must_use]
    pub fn cell(&self) -> String {
        let hundredth = |degrees: f64| (degrees * 100.0).trunc() / 100.0 + 0.0;
        format!("{:.2},{:.2}", hundredth(self.lat), hundredth(self.lon))
    }

    /// Whether this place supersedes the other: the later time, ties by `seq`.
    #[must_use]
    pub fn is_later_than(&self, other: &Self) -> bool {
        (self.effective_at, self.seq) > (other.effective_at, other.seq)
    }
}

impl fmt::Debug for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fix")
            .field("seq", &self.seq)
            .field("effective_at", &self.effective_at)
            .finish_non_exhaustive()
    }
}

/// A part of a lenient body that was left out, and why; never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Warning {
    /// Where in the body, as `fixes[3].lat`.
    pub path: String,
    /// A stable code, as `out-of-range`.
    pub code: String,
}

impl Warning {
    /// A warning about one part of a body.
    #[must_use]
    pub fn new(path: impl Into<String>, code: &str) -> Self {
        Self {
            path: path.into(),
            code: code.to_owned(),
        }
    }
}

/// How far a reader of the trail has come. Opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailMark {
    /// Time of the last fix read.
    pub effective_at: At,
    /// Its number.
    pub seq: i64,
    /// Its device: two devices may send the same number in the same microsecond.
    pub device: DeviceId,
}

impl fmt::Display for TrailMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}.{}",
            self.effective_at.micros(),
            self.seq,
            self.device.0.simple()
        )
    }
}

/// A mark that this server never gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a mark of this list")]
pub struct NoMark;

impl FromStr for TrailMark {
    type Err = NoMark;

    fn from_str(text: &str) -> Result<Self, NoMark> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(NoMark);
        let effective_at = At::from_micros(part()?.parse().map_err(|_| NoMark)?);
        let seq = part()?.parse().map_err(|_| NoMark)?;
        let device = part()?.parse().map_err(|_| NoMark)?;
        Ok(Self {
            effective_at,
            seq,
            device,
        })
    }
}

//! What a place is.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::At;
use crate::ids::DeviceId;

/// A place as a phone reported it, judged. Its `Debug` prints no place.
#[derive(Clone, PartialEq)]
pub struct Fix {
    /// The phone's running number of it; unique per alert and device. Negative where the phone gave
    /// none.
    pub seq: i64,
    /// When she was there, by our clock, where that is believed (`plausible`); else when the fix
    /// arrived, which gives it its place on the trail and says nothing of its age.
    pub effective_at: At,
    /// When it arrived.
    pub received_at: At,
    /// Whether the hour is known. If not, it is shown as unknown.
    pub plausible: bool,
    /// What the phone's clock said, as sent.
    pub phone_at: Option<At>,
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

    /// Where it stands in time.
    #[must_use]
    pub const fn stamp(&self) -> Stamp {
        Stamp {
            seq: self.seq,
            effective_at: self.effective_at,
            received_at: self.received_at,
            plausible: self.plausible,
        }
    }

    /// Whether both are one place that was sent twice: a number used for two places is a counter
    /// that was begun anew.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        // JSON may round the last bit of a number; 1e-9 degrees are a tenth of a millimetre.
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let at_once =
            self.phone_at == other.phone_at || self.phone_at.is_none() || other.phone_at.is_none();
        near(self.lat, other.lat) && near(self.lon, other.lon) && at_once
    }
}

/// How far a fix's time may lie ahead of ours and still be believed: clocks differ by as much.
pub(super) const AHEAD: Duration = Duration::from_secs(2 * 60);

/// What of a fix decides which is the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// As [`Fix::seq`].
    pub seq: i64,
    /// As [`Fix::effective_at`].
    pub effective_at: At,
    /// As [`Fix::received_at`].
    pub received_at: At,
    /// As [`Fix::plausible`].
    pub plausible: bool,
}

impl Stamp {
    /// The fix's time, if it is believed at `now`. A stored time that lies ahead is not: our own
    /// clock was put back since, and what comes in now must not wait for it.
    fn believed(self, now: At) -> Option<At> {
        Some(self.effective_at).filter(|at| self.plausible && *at <= now.plus(AHEAD))
    }

    /// The later ranks higher: believed before unknown, then the later time, ties by `seq`. Among
    /// fixes of unknown hour the phone's own count decides: a queue that is emptied late has lower
    /// numbers than the fix that came before it.
    #[must_use]
    pub fn rank(self, now: At) -> impl Ord + Copy + use<> {
        (self.believed(now), self.seq, self.received_at)
    }

    /// When she was there, never a moment to come. `None`: the hour is unknown, and must be shown
    /// as unknown ("hora desconocida").
    #[must_use]
    pub fn hour(self, now: At) -> Option<At> {
        self.believed(now).map(|at| at.min(now))
    }
}

/// The one place of a device that is shown: to contacts, operators, on the record and on paper.
/// Only [`latest`](super::latest) makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Latest {
    pub(super) fix: Fix,
    pub(super) hour: Option<At>,
}

impl Latest {
    /// The place.
    #[must_use]
    pub const fn fix(&self) -> &Fix {
        &self.fix
    }

    /// When she was there; `None`: the hour is unknown.
    #[must_use]
    pub const fn hour(&self) -> Option<At> {
        self.hour
    }
}

/// The latest place of each device that has sent one in this alert.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places(pub(super) BTreeMap<DeviceId, Latest>);

impl Places {
    /// By device.
    #[must_use]
    pub const fn by_device(&self) -> &BTreeMap<DeviceId, Latest> {
        &self.0
    }

    /// The one that is shown where one is shown: the latest of all.
    #[must_use]
    pub fn shown(self, now: At) -> Option<Latest> {
        self.0
            .into_values()
            .max_by_key(|latest| latest.fix.stamp().rank(now))
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

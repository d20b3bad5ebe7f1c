//! Reads fixes as real phones send them.
//!
//! Lenient, fix by fix and field by field: numbers in quotes, times in milliseconds, −1 for
//! "unknown" (iOS says so of speed, course and accuracy), percentages for a battery, radii of
//! kilometres. What cannot be is left out and named.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::judge::plausible;
use super::model::{Fix, Warning};
use crate::bounds;
use crate::clock::At;
use crate::http::{ApiError, Code, Problem};

/// A list of fixes, read.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Those that have a place.
    pub fixes: Vec<Fix>,
    /// What was left out.
    pub warnings: Vec<Warning>,
    /// The battery of the latest fix that tells one, 0 to 1.
    pub battery: Option<f64>,
}

/// Why a whole list is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchFault {
    /// The body has no list of fixes.
    #[error("fixes must be a list of places")]
    NotAList,
    /// The list has nothing in it.
    #[error("fixes must not be empty")]
    Empty,
    /// More than [`bounds::FIXES`] admits.
    #[error("at most 100 fixes a request")]
    TooMany,
}

impl ApiError for BatchFault {
    fn problem(&self) -> Problem {
        match self {
            Self::NotAList => Problem::of(Code::BAD_VALUE).field("fixes", Code::BAD_VALUE),
            Self::Empty => Problem::of(Code::MISSING_FIELD).field("fixes", Code::MISSING_FIELD),
            Self::TooMany => Problem::of(Code::TOO_MANY_FIXES).field("fixes", Code::TOO_MANY_FIXES),
        }
    }
}

/// Reads `{"fixes": […]}`; takes `locations` for `fixes`, a bare list, and one bare fix as well.
///
/// # Errors
/// [`BatchFault`] where there is no list, an empty one, or more than [`bounds::FIXES`]
/// admits. A bad fix in a
/// list is a warning.
pub fn parse_batch(body: &Value, raised_at: At, received_at: At) -> Result<Batch, BatchFault> {
    let (path, list) = match (body, body.get("fixes").or_else(|| body.get("locations"))) {
        (Value::Array(list), _) => ("", list.as_slice()),
        (_, Some(Value::Array(list))) => ("fixes", list.as_slice()),
        (Value::Object(map), None) if map.contains_key("lat") => ("", std::slice::from_ref(body)),
        _ => return Err(BatchFault::NotAList),
    };
    if list.is_empty() {
        return Err(BatchFault::Empty);
    }
    if !bounds::FIXES.contains(&list.len()) {
        return Err(BatchFault::TooMany);
    }
    let mut batch = Batch::default();
    for (i, item) in list.iter().enumerate() {
        let mut reading = Reading {
            path: format!("{path}[{i}]"),
            warnings: &mut batch.warnings,
        };
        let spare_seq = spare_seq(received_at, i);
        batch
            .fixes
            .extend(reading.fix(item, raised_at, received_at, spare_seq));
    }
    let telling = batch.fixes.iter().filter(|f| f.battery.is_some());
    batch.battery = telling
        .max_by_key(|f| (f.effective_at, f.seq))
        .and_then(|f| f.battery);
    // What the phone is told goes by it, and is found again by the latest fix.
    if let Some(latest) = batch
        .fixes
        .iter_mut()
        .max_by_key(|f| (f.effective_at, f.seq))
    {
        latest.battery = batch.battery;
    }
    Ok(batch)
}

/// Reads one fix, as a press may carry it. `null` is no fix and no warning.
pub fn parse_fix(
    item: &Value,
    path: &str,
    raised_at: At,
    received_at: At,
) -> (Option<Fix>, Vec<Warning>) {
    let mut warnings = Vec::new();
    if item.is_null() {
        return (None, warnings);
    }
    let mut reading = Reading {
        path: path.to_owned(),
        warnings: &mut warnings,
    };
    let fix = reading.fix(item, raised_at, received_at, spare_seq(received_at, 0));
    (fix, warnings)
}

/// A number for a fix without one: negative, so that it can be no phone's own, and later ones
/// greater.
fn spare_seq(received_at: At, i: usize) -> i64 {
    let place = i64::try_from(i).unwrap_or(0);
    i64::MIN
        .saturating_add(received_at.micros().max(0))
        .saturating_add(place)
}

struct Reading<'a> {
    path: String,
    warnings: &'a mut Vec<Warning>,
}

impl Reading<'_> {
    fn fix(&mut self, item: &Value, raised_at: At, received_at: At, spare_seq: i64) -> Option<Fix> {
        if !item.is_object() {
            self.warnings
                .push(Warning::new(self.path.clone(), "not-an-object"));
            return None;
        }
        // Both are read before either is missed, so that a phone's author sees both faults at once.
        let (lat, lon) = (
            self.degrees(item, "lat", &bounds::LATITUDE),
            self.degrees(item, "lon", &bounds::LONGITUDE),
        );
        let (lat, lon) = (lat?, lon?);
        let phone_at = self.time(item);
        let believed = phone_at.filter(|at| plausible(*at, raised_at, received_at));
        if phone_at.is_some() && believed.is_none() {
            self.warn("at", "implausible");
        }
        Some(Fix {
            seq: self.seq(item).unwrap_or(spare_seq),
            effective_at: believed.unwrap_or(received_at),
            received_at,
            plausible: believed.is_some(),
            lat,
            lon,
            accuracy_m: self
                .within(item, "accuracy_m", &bounds::ACCURACY_M)
                .filter(|m| *m > 0.0),
            altitude_m: self.within(item, "altitude_m", &bounds::ALTITUDE_M),
            speed_mps: self.within(item, "speed_mps", &bounds::SPEED_MPS),
            heading_deg: self.within(item, "heading_deg", &bounds::HEADING_DEG),
            battery: self.battery(item),
            mock: matches!(find(item, "mock"), Some(Value::Bool(true))),
            provider: find(item, "provider")
                .and_then(Value::as_str)
                .map(|p| p.chars().take(*bounds::FIX_PROVIDER.end()).collect()),
        })
    }

    fn warn(&mut self, field: &str, code: &str) {
        self.warnings
            .push(Warning::new(format!("{}.{field}", self.path), code));
    }

    /// A latitude or longitude: without it there is no place.
    fn degrees(&mut self, item: &Value, field: &str, bounds: &RangeInclusive<f64>) -> Option<f64> {
        let Some(value) = find(item, field) else {
            self.warn(field, "missing");
            return None;
        };
        match number(value) {
            None => self.warn(field, "not-a-number"),
            Some(d) if !bounds.contains(&d) => self.warn(field, "out-of-range"),
            Some(d) => return Some(d),
        }
        None
    }

    /// A number that may be absent. −1 is how phones say that they do not know.
    fn within(&mut self, item: &Value, field: &str, bounds: &RangeInclusive<f64>) -> Option<f64> {
        let value = find(item, field)?;
        match number(value) {
            None => self.warn(field, "not-a-number"),
            #[expect(
                clippy::float_cmp,
                reason = "exactly −1 is the phones' word for unknown"
            )]
            Some(n) if n == -1.0 && *bounds.start() >= 0.0 => {}
            Some(n) if !bounds.contains(&n) => self.warn(field, "out-of-range"),
            Some(n) => return Some(n),
        }
        None
    }

    /// A share from 0 to 1; above 1 it is taken as percent.
    fn battery(&mut self, item: &Value) -> Option<f64> {
        self.within(item, "battery", &bounds::FIX_BATTERY)
            .map(|b| if b > 1.0 { b / 100.0 } else { b })
    }

    fn seq(&mut self, item: &Value) -> Option<i64> {
        let Some(value) = find(item, "seq") else {
            self.warn("seq", "missing");
            return None;
        };
        let seq = value
            .as_i64()
            .or_else(|| value.as_str().and_then(|s| s.trim().parse().ok()))
            .filter(|n| *n >= 0);
        if seq.is_none() {
            self.warn("seq", "not-a-number");
        }
        seq
    }

    /// RFC 3339, or seconds or milliseconds since 1970.
    fn time(&mut self, item: &Value) -> Option<At> {
        let value = find(item, "at")?;
        let at = match (value.as_str(), number(value)) {
            (Some(text), None) => At::parse(text.trim()).ok(),
            (_, Some(n)) => since_1970(n),
            (None, None) => None,
        };
        if at.is_none() {
            self.warn("at", "not-a-time");
        }
        at
    }
}

/// The field by its name, or by what phones' own libraries call it; `null` is as good as absent.
fn find<'a>(item: &'a Value, field: &str) -> Option<&'a Value> {
    let others: &[&str] = match field {
        "lat" => &["latitude"],
        "lon" => &["lng", "longitude"],
        "at" => &["time", "timestamp"],
        "accuracy_m" => &["accuracy"],
        "altitude_m" => &["altitude"],
        "speed_mps" => &["speed"],
        "heading_deg" => &["heading", "bearing", "course"],
        "mock" => &["is_mock"],
        _ => &[],
    };
    std::iter::once(&field)
        .chain(others)
        .find_map(|name| item.get(name))
        .filter(|v| !v.is_null())
}

fn number(value: &Value) -> Option<f64> {
    let n = match value {
        Value::Number(n) => n.as_f64()?,
        Value::String(s) => s.trim().parse().ok()?,
        _ => return None,
    };
    n.is_finite().then_some(n)
}

/// Seconds below 10¹¹ (the year 5138), milliseconds above.
#[expect(
    clippy::cast_possible_truncation,
    reason = "held to a range that i64 has"
)]
fn since_1970(n: f64) -> Option<At> {
    let micros = if n.abs() < 1e11 { n * 1e6 } else { n * 1e3 };
    (micros.abs() < 9e17).then(|| At::from_micros(micros as i64))
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

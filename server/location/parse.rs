//! Reads fixes as real phones send them.
//!
//! Lenient, fix by fix and field by field: numbers in quotes, times in milliseconds, −1 for
//! "unknown" (iOS says so of speed and course), percentages for a battery, radii of kilometres.
//! What cannot be is left out and named. A place that no phone can have measured is no place: 0°, 0°
//! with the sea around it, and a radius that is negative (iOS: "the location is invalid") or absurd.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::judge::{Arrival, since_1970};
use super::model::{Fix, Warning};
use crate::bounds;
use crate::clock::At;
use crate::http::salvage::is_within;
use crate::http::{ApiError, Code, Problem, Salvaged};

/// Receivers without a fix report 0°, 0°. The next land is 500 km away.
const NEAR_ZERO_DEG: f64 = 1.0;

/// A list of fixes, read.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Those that have a place.
    pub fixes: Vec<Fix>,
    /// What was left out.
    pub warnings: Vec<Warning>,
    /// The battery of the latest fix that tells one, 0 to 1.
    pub battery: Option<f64>,
    /// Where each of `fixes` stood in the body.
    paths: Vec<String>,
}

impl Batch {
    /// The numbers that the phone itself gave.
    #[must_use]
    pub fn own_seqs(&self) -> Vec<i64> {
        let seqs = self.fixes.iter().map(|fix| fix.seq);
        seqs.filter(|seq| *seq >= 0).collect()
    }

    /// Leaves out and names each fix whose number already stands for another place: a phone that
    /// began to count anew must learn that its places are not kept. `stored`: what is kept under
    /// these numbers.
    pub fn drop_used(&mut self, stored: &[Fix]) {
        let mut known: Vec<Fix> = stored.to_vec();
        let read = std::mem::take(&mut self.fixes).into_iter();
        for (fix, path) in read.zip(std::mem::take(&mut self.paths)) {
            match known.iter().find(|known| known.seq == fix.seq) {
                Some(first) if !first.is_same_place(&fix) => {
                    let path = format!("{path}.seq");
                    self.warnings.push(Warning::new(path, "seq-used"));
                    continue;
                }
                Some(_) => {}
                None => known.push(fix.clone()),
            }
            self.fixes.push(fix);
            self.paths.push(path);
        }
    }

    /// Leaves out all of them and says so: what seals them is not there. To send them again does not
    /// help.
    pub fn cannot_be_kept(&mut self) {
        self.fixes.clear();
        self.paths.clear();
        self.warnings.push(Warning::new("fixes", "not-kept"));
    }

    /// What the phone is told goes by the battery of the latest fix that tells one, and is found
    /// again by the latest fix.
    fn note_battery(&mut self, now: At) {
        let rank = |fix: &Fix| fix.stamp().rank(now);
        let telling = self.fixes.iter().filter(|fix| fix.battery.is_some());
        self.battery = telling
            .max_by_key(|fix| rank(fix))
            .and_then(|fix| fix.battery);
        if let Some(latest) = self.fixes.iter_mut().max_by_key(|fix| rank(fix)) {
            latest.battery = self.battery;
        }
    }
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

/// Reads `{"fixes": […], "sent_at": …}`; takes `locations` for `fixes`, a bare list, and one bare
/// fix as well. A fix inside which the body ends is left out: it comes again, and whole. From which
/// on is named as `cut-off`.
///
/// # Errors
/// [`BatchFault`] where there is no list, an empty one, or more than [`bounds::FIXES`]
/// admits. A bad fix in a
/// list is a warning.
pub fn parse_batch(body: &Salvaged, received_at: At) -> Result<Batch, BatchFault> {
    let (path, list, is_bare) = list_of(&body.value).ok_or(BatchFault::NotAList)?;
    let cut = |part: &str| is_bare && body.is_cut_off() || body.is_cut(part);
    match list.len() {
        0 if !cut(path) => return Err(BatchFault::Empty),
        n if bounds::FIXES.contains(&n) || n == 0 => {}
        _ => return Err(BatchFault::TooMany),
    }
    let mut batch = Batch::default();
    let (sent_at, faults) = read_sent_at(&body.value);
    batch.warnings.extend(faults);
    let arrival = Arrival::new(received_at, sent_at);
    let mut arrived = 0;
    for (i, item) in list.iter().enumerate() {
        let path = format!("{path}[{i}]");
        if cut(&path) {
            break;
        }
        arrived += 1;
        let mut reading = Reading {
            path: path.clone(),
            warnings: &mut batch.warnings,
        };
        if let Some(fix) = reading.fix(item, arrival, spare_seq(received_at, i)) {
            batch.fixes.push(fix);
            batch.paths.push(path);
        }
    }
    for flaw in &body.flaws {
        let of_list = flaw.code == "cut-off" && (is_bare || is_within(&flaw.path, path));
        batch.warnings.push(match of_list {
            true => Warning::new(format!("{path}[{arrived}]"), flaw.code),
            false => Warning::new(flaw.path.clone(), flaw.code),
        });
    }
    batch.drop_used(&[]);
    batch.note_battery(received_at);
    Ok(batch)
}

/// The list of fixes, its path in the body, and whether the body is one bare fix.
fn list_of(body: &Value) -> Option<(&'static str, &[Value], bool)> {
    if let Value::Array(list) = body {
        return Some(("", list, false));
    }
    for name in ["fixes", "locations"] {
        match body.get(name) {
            Some(Value::Array(list)) => return Some((name, list, false)),
            Some(Value::Null) | None => {}
            Some(_) => return None,
        }
    }
    find(body, "lat").map(|_| ("", std::slice::from_ref(body), true))
}

/// What the phone's clock said as the body left, as a press or a batch may tell it.
fn read_sent_at(body: &Value) -> (Option<At>, Option<Warning>) {
    let told = body.get("sent_at").filter(|value| !value.is_null());
    let at = told.and_then(read_time);
    let fault = told.filter(|_| at.is_none());
    (at, fault.map(|_| Warning::new("sent_at", "not-a-time")))
}

/// A press's `sent_at`, and its place: `null` is none, without a warning. Of a place inside which
/// the body ends what came is kept, under a number of ours: the whole one may follow under its own.
pub fn parse_fix(
    body: &Salvaged,
    path: &str,
    received_at: At,
) -> (Option<Fix>, Arrival, Vec<Warning>) {
    let (sent_at, fault) = read_sent_at(&body.value);
    let mut warnings: Vec<Warning> = fault.into_iter().collect();
    let arrival = Arrival::new(received_at, sent_at);
    let item = body.value.get(path).filter(|item| !item.is_null());
    let mut reading = Reading {
        path: path.to_owned(),
        warnings: &mut warnings,
    };
    let spare = spare_seq(received_at, 0);
    let mut fix = item.and_then(|item| reading.fix(item, arrival, spare));
    if let Some(fix) = fix.as_mut().filter(|_| body.is_cut(path)) {
        fix.seq = spare;
    }
    (fix, arrival, warnings)
}

/// A number for a fix without one: negative, so that it can be no phone's own, and later ones
/// greater.
#[must_use]
pub fn spare_seq(received_at: At, i: usize) -> i64 {
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
    fn fix(&mut self, item: &Value, arrival: Arrival, spare_seq: i64) -> Option<Fix> {
        if !item.is_object() {
            self.warnings
                .push(Warning::new(self.path.clone(), "not-an-object"));
            return None;
        }
        // All are read before one is missed, so that a phone's author sees all faults at once.
        let lat = self.degrees(item, "lat", &bounds::LATITUDE);
        let lon = self.degrees(item, "lon", &bounds::LONGITUDE);
        let radius = self.radius(item);
        let (lat, lon, accuracy_m) = (lat?, lon?, radius.ok()?);
        if lat.abs() < NEAR_ZERO_DEG && lon.abs() < NEAR_ZERO_DEG {
            self.warnings
                .push(Warning::new(self.path.clone(), "not-a-place"));
            return None;
        }
        let phone_at = self.time(item);
        let believed = phone_at.and_then(|at| arrival.believed(at));
        if phone_at.is_some() && believed.is_none() {
            self.warn("at", "implausible");
        }
        Some(Fix {
            seq: self.seq(item).unwrap_or(spare_seq),
            effective_at: believed.unwrap_or(arrival.at()),
            received_at: arrival.at(),
            plausible: believed.is_some(),
            phone_at,
            lat,
            lon,
            accuracy_m,
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

    /// The radius; 0 is how Android says that it does not know. An error: the place is none.
    fn radius(&mut self, item: &Value) -> Result<Option<f64>, ()> {
        let Some(value) = find(item, "accuracy_m") else {
            return Ok(None);
        };
        match number(value) {
            None => self.warn("accuracy_m", "not-a-number"),
            Some(m) if bounds::ACCURACY_M.contains(&m) => return Ok((m > 0.0).then_some(m)),
            Some(_) => {
                self.warn("accuracy_m", "not-a-place");
                return Err(());
            }
        }
        Ok(None)
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

    fn battery(&mut self, item: &Value) -> Option<f64> {
        self.within(item, "battery", &bounds::FIX_BATTERY)
            .map(share)
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

    fn time(&mut self, item: &Value) -> Option<At> {
        let value = find(item, "at")?;
        let at = read_time(value);
        if at.is_none() {
            self.warn("at", "not-a-time");
        }
        at
    }
}

/// RFC 3339, or seconds or milliseconds since 1970.
#[must_use]
pub fn read_time(value: &Value) -> Option<At> {
    match (value.as_str(), number(value)) {
        (Some(text), None) => At::parse(text.trim()).ok(),
        (_, Some(n)) => since_1970(n),
        (None, None) => None,
    }
}

/// A share from 0 to 1; above 1 it is taken as percent, up to 100.
#[must_use]
pub fn read_share(value: &Value) -> Option<f64> {
    number(value)
        .filter(|n| (0.0..=100.0).contains(n))
        .map(share)
}

fn share(n: f64) -> f64 {
    if n > 1.0 { n / 100.0 } else { n }
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
        // Where decimals are written with a comma, so do phones that print a number for people.
        Value::String(s) => s.trim().replacen(',', ".", 1).parse().ok()?,
        _ => return None,
    };
    n.is_finite().then_some(n)
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

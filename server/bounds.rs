//! How long, how many and how much: what the rooms admit and the API's description promises.
//!
//! What: the length of each text, the number of items in each list and the range of each number
//! that callers send. Invariant: the room that refuses a value and the description that announces
//! the refusal read the same constant, so that a generated client and the server agree; a test
//! tries each bound. Lengths are in characters (Unicode scalar values) unless it says otherwise.

use std::ops::RangeInclusive;

/// Lengths or numbers of items.
pub type Count = RangeInclusive<usize>;

/// Full name of a person or an operator, without blanks around it.
pub const FULL_NAME: Count = 1..=100;
/// What she calls a contact.
pub const CONTACT_NAME: Count = 1..=60;
/// What a contact's lock screen calls her.
pub const ALIAS: Count = 1..=30;
/// What she calls one of her devices.
pub const DEVICE_LABEL: Count = 0..=60;
/// Badge, employee number or corporation of an officer.
pub const BADGE: Count = 0..=100;
/// Officers that one person may name.
pub const OFFICERS: Count = 0..=20;
/// A phone number as people type it.
pub const TYPED_PHONE: Count = 1..=64;
/// An email address, in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
pub const EMAIL: Count = 3..=254;
/// Digits of a PIN.
pub const PIN: Count = 4..=8;
/// Digits of a code by SMS or of an authenticator app.
pub const CODE: Count = 6..=6;
/// An operator's sign-in name.
pub const SIGN_IN_NAME: Count = 3..=40;
/// A push token, in bytes.
pub const PUSH_TOKEN: Count = 1..=4_096;
/// A push's receipt secret: 32 bytes as base64url without padding.
pub const RECEIPT_SECRET: Count = 43..=43;
/// A note or reason that an operator writes.
pub const OPERATOR_NOTE: Count = 1..=2_000;
/// Her words with a press; what is longer is cut, since the alert matters more than its last words.
pub const PRESS_NOTE: Count = 0..=500;
/// Fixes in one request.
pub const FIXES: Count = 1..=100;
/// What a phone names as the source of a fix; what is longer is cut.
pub const FIX_PROVIDER: Count = 0..=32;
/// Help lines of a municipality: more do not help a person in a hurry.
pub const HELP_LINES: Count = 0..=30;
/// The name of a help line, in each language.
pub const HELP_LINE_NAME: Count = 1..=120;
/// Digits of a help line's number.
pub const HELP_LINE_DIGITS: Count = 3..=16;
/// Days on which hours hold.
pub const DAYS: Count = 1..=7;
/// Openings of a help line in a week.
pub const HOURS: Count = 0..=21;
/// A day of the week, Monday first (ISO 8601).
pub const WEEKDAY: RangeInclusive<u8> = 1..=7;
/// A place of about 1 km, as `28.63,-106.08`.
pub const CELL: Count = 3..=16;
/// Items of a page.
pub const PAGE: Count = 1..=100;

/// Degrees north, WGS 84.
pub const LATITUDE: RangeInclusive<f64> = -90.0..=90.0;
/// Degrees east, WGS 84.
pub const LONGITUDE: RangeInclusive<f64> = -180.0..=180.0;
/// Radius of a fix in metres: beyond it a fix says nothing of where she is.
pub const ACCURACY_M: RangeInclusive<f64> = 0.0..=100_000.0;
/// Metres above the ellipsoid.
pub const ALTITUDE_M: RangeInclusive<f64> = -12_000.0..=100_000.0;
/// Metres a second.
pub const SPEED_MPS: RangeInclusive<f64> = 0.0..=400.0;
/// Degrees clockwise from true north.
pub const HEADING_DEG: RangeInclusive<f64> = 0.0..=360.0;
/// How full a battery is.
pub const BATTERY: RangeInclusive<f64> = 0.0..=1.0;
/// The same of a fix, where above 1 it is taken as percent.
pub const FIX_BATTERY: RangeInclusive<f64> = 0.0..=100.0;

/// Whether a text is as long as `bounds` say and free of control characters.
#[must_use]
pub fn is_line(text: &str, bounds: &Count) -> bool {
    bounds.contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

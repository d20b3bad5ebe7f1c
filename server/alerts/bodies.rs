//! What the lenient routes read, for the API's description alone: they take what they can of any
//! body.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::Policy;
use crate::clock::At;
use crate::network::model::Answer;

/// A press. Every part may be missing, and so may the body.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PressBody {
    /// The phone's time of the press: send it always, it tells a late press from a fresh one.
    at: Option<At>,
    /// The phone's clock as these bytes leave, set anew with each try: by it the server knows how
    /// wrong the clock is, and sets `at` and the place's time right.
    sent_at: Option<At>,
    /// 0 to 1; above 1 it is taken as percent.
    battery: Option<f64>,
    /// Where she is, or was last.
    location: Option<FixBody>,
    /// For this alert; it can only be more than her standing one.
    policy: Option<Policy>,
    /// A rehearsal: contacts are told that it is one, 911 is not told.
    drill: Option<bool>,
    /// Her words for the operator; what is over 500 letters is cut.
    note: Option<String>,
}

/// A place, as phones have it. −1 means unknown, but for the radius.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct FixBody {
    /// The phone's own counter within this alert, from 0.
    seq: i64,
    /// When it was measured, by the clock that `sent_at` is of: RFC 3339, or seconds or milliseconds
    /// since 1970. Without it the hour is unknown.
    at: Option<At>,
    /// Degrees north, WGS 84.
    lat: f64,
    /// Degrees east, WGS 84.
    lon: f64,
    /// Radius in metres within which she is with 68 %; 0 is unknown. A place with a negative radius,
    /// or one over 100 km, is none.
    accuracy_m: Option<f64>,
    /// Metres above the ellipsoid.
    altitude_m: Option<f64>,
    /// Metres a second.
    speed_mps: Option<f64>,
    /// Degrees clockwise from north.
    heading_deg: Option<f64>,
    /// 0 to 1; above 1 it is taken as percent.
    battery: Option<f64>,
    /// The phone says that another app made it up.
    mock: Option<bool>,
    /// What measured it.
    provider: Option<String>,
}

/// 1 to 100 places, in any order.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct FixesBody {
    /// The places.
    fixes: Vec<FixBody>,
    /// The phone's clock as these bytes leave, set anew with each try: by it the server sets the
    /// times of the places right.
    sent_at: Option<At>,
}

/// Her PIN, once she has set one.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PinBody {
    /// 4 to 8 digits.
    #[schema(example = "4821")]
    pin: Option<String>,
}

/// What a contact does about it.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct AnswerBody {
    /// `on_my_way`, `with_her` or `cannot_help`.
    answer: Answer,
    /// The app showed a drill. Should it have become an alarm meanwhile, the answer is refused
    /// (`became-real`).
    drill: Option<bool>,
}

/// What the app says of a push.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ReceiptBody {
    /// Its user looked at it; else the phone has it.
    #[serde(default)]
    seen: bool,
    /// `receipt` of the push's data. With it no token is needed.
    #[schema(example = "QVtr9u0m5hBq2mXo1z7sYb3kD8w4nJ6cR5eT0aLpUfI")]
    receipt: Option<String>,
}

//! Lengths, ranges and patterns of what callers send, in the API's description: from the constants
//! by which the rooms refuse ([`bounds`]).
//!
//! Invariant: each text, number and list that an operation takes has its bounds here, or is listed
//! by a test as one of ours, which no person types.

use utoipa::Number;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{Array, ArrayItems, Object, Schema};
use utoipa::openapi::{Components, OpenApi, RefOr};

use super::contract::operations;
use crate::bounds::{self, Count};
use crate::escalation::CentreTimes;

/// What bounds a member of a body, or a parameter.
enum Bound {
    /// How many characters.
    Text(Count),
    /// At most so many of these characters (a class of a regular expression).
    Of(&'static str, Count),
    /// A text of this form, and its greatest length.
    Form(&'static str, usize),
    /// How many items.
    Items(Count),
    /// From and to.
    Number(f64, f64),
    /// From and to, whole.
    Whole(usize, usize),
    /// From zero.
    FromZero,
}

use Bound::{Form, FromZero, Items, Of, Text, Whole};

/// A phone number as people type it: any separators, so that only its length is said.
const PHONE: Bound = Text(bounds::TYPED_PHONE);
/// A PIN, a code by SMS or of an authenticator.
const PIN: Bound = Of("[0-9]", bounds::PIN);
const CODE: Bound = Of("[0-9]", bounds::CODE);
const NOTE: Bound = Text(bounds::OPERATOR_NOTE);
/// Codes and versions of ours that a caller sends back.
const WORD: Bound = Text(1..=64);
const APP: Bound = Text(1..=200);
const SECRET: Bound = Text(1..=200);
const PASSWORD: Bound = Text(1..=1_000);
const WALL_CLOCK: Bound = Form("^([01][0-9]|2[0-3]):[0-5][0-9]$", 5);
const CELL: Bound = Form(
    r"^-?[0-9]{1,2}(\.[0-9]+)?,-?[0-9]{1,3}(\.[0-9]+)?$",
    *bounds::CELL.end(),
);
const KIND: Bound = Form("^[0-9]{5}$", 5);
const LINE: Bound = Form(r"^\+?[0-9]{3,16}$", 17);

const fn number(range: std::ops::RangeInclusive<f64>) -> Bound {
    Bound::Number(*range.start(), *range.end())
}

/// By schema and member.
const OF_BODIES: &[(&str, &str, Bound)] = &[
    ("SignIn", "phone", PHONE),
    ("SignIn", "municipality", WORD),
    ("Verify", "phone", PHONE),
    ("Verify", "code", CODE),
    ("Verify", "municipality", WORD),
    ("Verify", "privacy_notice", WORD),
    ("NewDevice", "label", Text(bounds::DEVICE_LABEL)),
    ("Refresh", "refresh", SECRET),
    ("Proof", "pin", PIN),
    ("Proof", "code", CODE),
    ("PushToken", "app_id", APP),
    ("PushToken", "token", Of("[!-~]", bounds::PUSH_TOKEN)),
    (
        "ReceiptBody",
        "receipt",
        Of("[A-Za-z0-9_-]", bounds::RECEIPT_SECRET),
    ),
    ("MeChange", "name", Text(bounds::FULL_NAME)),
    ("NewPin", "pin", PIN),
    ("PinBody", "pin", PIN),
    ("Officers", "officers", Items(bounds::OFFICERS)),
    ("Officer", "name", Text(0..=*bounds::FULL_NAME.end())),
    ("Officer", "badge", Text(bounds::BADGE)),
    ("Officer", "corporation", Text(bounds::BADGE)),
    ("NewContact", "name", Text(bounds::CONTACT_NAME)),
    ("NewContact", "phone", PHONE),
    ("InvitationAnswer", "alias", Text(0..=*bounds::ALIAS.end())),
    ("InvitationAnswer", "email", Text(0..=*bounds::EMAIL.end())),
    ("OperatorSignIn", "name", Text(bounds::SIGN_IN_NAME)),
    ("OperatorSignIn", "password", PASSWORD),
    ("OperatorSignIn", "totp", CODE),
    (
        "ToAdd",
        "sign_in_name",
        Of("[a-z0-9._-]", bounds::SIGN_IN_NAME),
    ),
    ("ToAdd", "name", Text(bounds::FULL_NAME)),
    ("ToAdd", "corporation", Text(bounds::BADGE)),
    ("ToAdd", "badge", Text(bounds::BADGE)),
    ("ToAdd", "phone", PHONE),
    ("HelpLinesBody", "items", Items(bounds::HELP_LINES)),
    ("HelpLineDraft", "phone", LINE),
    ("HelpLineDraft", "name_es", Text(bounds::HELP_LINE_NAME)),
    ("HelpLineDraft", "name_en", Text(bounds::HELP_LINE_NAME)),
    ("HelpLineDraft", "hours", Items(bounds::HOURS)),
    ("Hours", "days", Items(bounds::DAYS)),
    ("Hours", "from", WALL_CLOCK),
    ("Hours", "to", WALL_CLOCK),
    ("NoteBody", "note", NOTE),
    ("NoteBody", "kind", KIND),
    ("StepBody", "note", NOTE),
    ("CloseBody", "note", NOTE),
    ("TransferBody", "reason", NOTE),
    ("GlassBody", "reason", NOTE),
    ("OpenBody", "reason", NOTE),
    ("TrainingBody", "cell", CELL),
    ("PressBody", "battery", number(bounds::FIX_BATTERY)),
    ("PressBody", "note", Text(bounds::PRESS_NOTE)),
    ("FixesBody", "fixes", Items(bounds::FIXES)),
    ("FixBody", "seq", FromZero),
    ("FixBody", "lat", number(bounds::LATITUDE)),
    ("FixBody", "lon", number(bounds::LONGITUDE)),
    ("FixBody", "accuracy_m", number(bounds::ACCURACY_M)),
    ("FixBody", "altitude_m", number(bounds::ALTITUDE_M)),
    (
        "FixBody",
        "speed_mps",
        Bound::Number(-1.0, *bounds::SPEED_MPS.end()),
    ),
    (
        "FixBody",
        "heading_deg",
        Bound::Number(-1.0, *bounds::HEADING_DEG.end()),
    ),
    (
        "FixBody",
        "battery",
        Bound::Number(-1.0, *bounds::FIX_BATTERY.end()),
    ),
    ("FixBody", "provider", Text(bounds::FIX_PROVIDER)),
    // What is sent out keeps them too.
    ("ExactPlace", "lat", number(bounds::LATITUDE)),
    ("ExactPlace", "lon", number(bounds::LONGITUDE)),
    ("ExactPlace", "accuracy_m", number(bounds::ACCURACY_M)),
    ("ExactPlace", "speed_mps", number(bounds::SPEED_MPS)),
    ("ExactPlace", "heading_deg", number(bounds::HEADING_DEG)),
    ("ExactPlace", "battery", number(bounds::BATTERY)),
    ("PlaceView", "lat", number(bounds::LATITUDE)),
    ("PlaceView", "lon", number(bounds::LONGITUDE)),
    ("PlaceView", "accuracy_m", number(bounds::ACCURACY_M)),
];

/// By the beginning of the path and name, of parameters in query and path.
const OF_PARAMETERS: &[(&str, &str, Bound)] = &[
    (
        "",
        "limit",
        Whole(*bounds::PAGE.start(), *bounds::PAGE.end()),
    ),
    ("", "cursor", SECRET),
    ("", "municipality", WORD),
    ("/v1/municipalities/", "code", WORD),
    ("/v1/invitations/", "code", Of("[A-Za-z0-9_-]", 43..=43)),
];

/// Adds them to bodies and parameters.
pub(super) fn add(api: &mut OpenApi) {
    if let Some(components) = &mut api.components {
        of_bodies(components);
    }
    for (path, item) in &mut api.paths.paths {
        for (_, operation) in operations(item) {
            of_parameters(path, operation);
        }
    }
}

fn of_bodies(components: &mut Components) {
    for (schema, member, bound) in OF_BODIES {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(*schema)
            && let Some(RefOr::T(member)) = object.properties.get_mut(*member)
        {
            bound.put(member);
        }
    }
    for (member, seconds) in CentreTimes::RANGES {
        let whole = |seconds: &u64| usize::try_from(*seconds).unwrap_or(usize::MAX);
        let bound = Whole(whole(seconds.start()), whole(seconds.end()));
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut("CentreTimes")
            && let Some(RefOr::T(member)) = object.properties.get_mut(member)
        {
            bound.put(member);
        }
    }
    weekdays(components);
}

/// The items of `days`, which have no name of their own.
fn weekdays(components: &mut Components) {
    if let Some(RefOr::T(Schema::Object(hours))) = components.schemas.get_mut("Hours")
        && let Some(RefOr::T(Schema::Array(days))) = hours.properties.get_mut("days")
        && let ArrayItems::RefOrSchema(day) = &mut days.items
        && let RefOr::T(day) = day.as_mut()
    {
        let (first, last) = (*bounds::WEEKDAY.start(), *bounds::WEEKDAY.end());
        Whole(first.into(), last.into()).put(day);
    }
}

fn of_parameters(path: &str, operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.parameter_in != ParameterIn::Header
            && let Some((.., bound)) = OF_PARAMETERS
                .iter()
                .find(|(begins, name, _)| path.starts_with(begins) && *name == parameter.name)
            && let Some(RefOr::T(schema)) = &mut parameter.schema
        {
            bound.put(schema);
        }
    }
}

impl Bound {
    fn put(&self, schema: &mut Schema) {
        match schema {
            Schema::Object(object) => self.put_to_value(object),
            Schema::Array(array) => self.put_to_list(array),
            _ => {}
        }
    }

    fn put_to_list(&self, array: &mut Array) {
        if let Items(count) = self {
            array.min_items = Some(*count.start()).filter(|least| *least > 0);
            array.max_items = Some(*count.end());
        }
    }

    fn put_to_value(&self, object: &mut Object) {
        let lengths = |object: &mut Object, count: &Count| {
            object.min_length = Some(*count.start()).filter(|least| *least > 0);
            object.max_length = Some(*count.end());
        };
        let numbers = |object: &mut Object, least: Number, most: Option<Number>| {
            object.minimum = Some(least);
            object.maximum = most;
        };
        match self {
            Text(count) => lengths(object, count),
            Of(class, count) => {
                lengths(object, count);
                object.pattern = Some(format!("^{class}*$"));
            }
            Form(pattern, most) => {
                object.max_length = Some(*most);
                object.pattern = Some((*pattern).to_owned());
            }
            Self::Number(least, most) => {
                numbers(object, Number::Float(*least), Some(Number::Float(*most)));
            }
            Whole(least, most) => {
                numbers(object, Number::UInt(*least), Some(Number::UInt(*most)));
            }
            FromZero => numbers(object, Number::UInt(0), None),
            Items(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_finds_what_it_bounds() {
        let api = crate::app::openapi();
        let schemas = api.components.unwrap().schemas;
        for (schema, member, _) in OF_BODIES {
            let Some(RefOr::T(Schema::Object(object))) = schemas.get(*schema) else {
                panic!("{schema} is no schema");
            };
            let member_of = object.properties.get(*member);
            assert!(
                matches!(
                    member_of,
                    Some(RefOr::T(Schema::Object(_) | Schema::Array(_)))
                ),
                "{schema}.{member} cannot be bounded"
            );
        }
    }
}

//! Whether FCM, and our own rules on top of it, would take a message.
//!
//! Field names, reserved keys and the ttl's format follow Google's discovery document of FCM v1;
//! the rest (Android data-only, high, at most 15 minutes; iOS time-sensitive and neutral; never a
//! place) are Ampara's rules.

use serde_json::{Map, Value, json};

/// One broken rule: the field as Google would name it, and what is wrong.
pub type Fault = (String, String);

/// The most bytes that keys and values of `data`, or the whole APNs payload, may have.
pub const MAX_PAYLOAD: usize = 4096;
/// Longest time in seconds that an alarm may wait in FCM's storage.
pub const MAX_TTL_S: f64 = 900.0;

const TARGETS: [&str; 2] = ["token", "fid"];
const MESSAGE_FIELDS: [&str; 6] = ["token", "fid", "data", "android", "apns", "fcmOptions"];
const ANDROID_FIELDS: [&str; 7] = [
    "priority",
    "ttl",
    "data",
    "restrictedPackageName",
    "directBootOk",
    "fcmOptions",
    "bandwidthConstrainedOk",
];
const APNS_FIELDS: [&str; 3] = ["headers", "payload", "fcmOptions"];
const PLACE_KEYS: [&str; 9] = [
    "lat",
    "lon",
    "lng",
    "latitude",
    "longitude",
    "location",
    "accuracy",
    "accuracy_m",
    "place",
];

/// Every rule that the request's body breaks; empty when it may be sent.
pub fn faults(body: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some(request) = body.as_object() else {
        return vec![fault("", "the body is no object")];
    };
    only(request, &["message", "validateOnly"], "", &mut faults);
    if request.get("validateOnly").is_some_and(|v| !v.is_boolean()) {
        faults.push(fault("validateOnly", "is no boolean"));
    }
    match request.get("message").and_then(Value::as_object) {
        None => faults.push(fault("message", "is missing")),
        Some(message) => judge(
            message,
            request.get("validateOnly") == Some(&Value::Bool(true)),
            &mut faults,
        ),
    }
    faults
}

fn fault(field: &str, what: &str) -> Fault {
    (field.to_owned(), what.to_owned())
}

fn only(object: &Map<String, Value>, known: &[&str], at: &str, faults: &mut Vec<Fault>) {
    for key in object.keys().filter(|k| !known.contains(&k.as_str())) {
        let why = match key.as_str() {
            "notification" => "Android must get data alone, so that the app shows the alarm itself",
            "collapseKey" => "one alarm must not replace another",
            "topic" | "condition" => "an alarm goes to one phone",
            _ => "is no field that we send",
        };
        faults.push((format!("{at}{key}"), why.to_owned()));
    }
}

fn judge(message: &Map<String, Value>, sends_nothing: bool, faults: &mut Vec<Fault>) {
    // What is only judged may name a topic, so that no phone has to be named.
    let topic = if sends_nothing { &["topic"][..] } else { &[] };
    only(
        message,
        &[&MESSAGE_FIELDS[..], topic].concat(),
        "message.",
        faults,
    );
    let targets: Vec<&Value> = TARGETS
        .iter()
        .chain(topic)
        .filter_map(|t| message.get(*t))
        .collect();
    match targets.as_slice() {
        [Value::String(target)] if !target.is_empty() => {}
        [_] => faults.push(fault("message.token", "is no text, or empty")),
        found => faults.push((
            String::from("message"),
            format!("{} targets instead of one", found.len()),
        )),
    }
    if let Some(data) = message.get("data") {
        judge_data(data, "message.data", faults);
    }
    if message.get("android").is_none() && message.get("apns").is_none() {
        faults.push(fault(
            "message",
            "has neither android nor apns: nothing would make it urgent",
        ));
    }
    if let Some(android) = message.get("android") {
        judge_android(android, faults);
    }
    if let Some(apns) = message.get("apns") {
        judge_apns(apns, faults);
    }
}

fn judge_data(data: &Value, at: &str, faults: &mut Vec<Fault>) {
    let Some(data) = data.as_object() else {
        return faults.push(fault(at, "is no object"));
    };
    let mut size = 0;
    for (key, value) in data {
        size += key.len() + value.as_str().map_or(0, str::len);
        if !value.is_string() {
            faults.push((
                format!("{at}[{key}].value"),
                String::from("Invalid value (TYPE_STRING)"),
            ));
        }
        let reserved = key == "from"
            || key == "message_type"
            || key.starts_with("google.")
            || key.starts_with("gcm.notification.");
        if reserved || key.is_empty() {
            faults.push((format!("{at}[{key}]"), String::from("is a reserved key")));
        }
        if PLACE_KEYS.contains(&key.as_str()) {
            faults.push((
                format!("{at}[{key}]"),
                String::from("a place is never pushed"),
            ));
        }
    }
    if size > MAX_PAYLOAD {
        faults.push((
            at.to_owned(),
            format!("{size} bytes, more than {MAX_PAYLOAD}"),
        ));
    }
}

fn judge_android(android: &Value, faults: &mut Vec<Fault>) {
    let Some(android) = android.as_object() else {
        return faults.push(fault("message.android", "is no object"));
    };
    only(android, &ANDROID_FIELDS, "message.android.", faults);
    if android.get("priority").and_then(Value::as_str) != Some("HIGH") {
        faults.push(fault(
            "message.android.priority",
            "is not HIGH: a sleeping phone would show it hours later",
        ));
    }
    match android.get("ttl").and_then(Value::as_str).and_then(seconds) {
        None => {
            faults.push(fault(
                "message.android.ttl",
                "is no duration such as \"600s\" (the default is four weeks)",
            ));
        }
        Some(ttl) if ttl > MAX_TTL_S => {
            faults.push(fault("message.android.ttl", "is more than 900 s"));
        }
        Some(_) => {}
    }
    if let Some(data) = android.get("data") {
        judge_data(data, "message.android.data", faults);
    }
}

/// A protobuf duration in JSON: decimal seconds, at most nine places, and an `s`.
fn seconds(text: &str) -> Option<f64> {
    let number = text.strip_suffix('s')?;
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    (digits(whole) && digits(part) && part.len() <= 9)
        .then(|| number.parse().ok())
        .flatten()
}

fn judge_apns(apns: &Value, faults: &mut Vec<Fault>) {
    let Some(apns) = apns.as_object() else {
        return faults.push(fault("message.apns", "is no object"));
    };
    only(apns, &APNS_FIELDS, "message.apns.", faults);
    let headers = apns.get("headers").and_then(Value::as_object);
    // Apple drops a background push of another priority, and shows one that has words.
    let quiet = headers
        .and_then(|h| h.get("apns-push-type"))
        .and_then(Value::as_str)
        == Some("background");
    match headers {
        None => faults.push(fault("message.apns.headers", "is missing")),
        Some(headers) => judge_apns_headers(headers, if quiet { "5" } else { "10" }, faults),
    }
    let payload = apns.get("payload").unwrap_or(&Value::Null);
    let size = payload.to_string().len();
    if size > MAX_PAYLOAD {
        faults.push((
            String::from("message.apns.payload"),
            format!("{size} bytes, more than {MAX_PAYLOAD}"),
        ));
    }
    for (key, _) in payload
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(k, _)| PLACE_KEYS.contains(&k.as_str()))
    {
        faults.push((
            format!("message.apns.payload.{key}"),
            String::from("a place is never pushed"),
        ));
    }
    match payload.get("aps").unwrap_or(&Value::Null) {
        aps if !quiet => judge_aps(aps, faults),
        aps if *aps == json!({ "content-available": 1 }) => {}
        _ => faults.push(fault(
            "message.apns.payload.aps",
            "of a background push is more than content-available",
        )),
    }
}

fn judge_apns_headers(headers: &Map<String, Value>, priority: &str, faults: &mut Vec<Fault>) {
    if headers.get("apns-priority").and_then(Value::as_str) != Some(priority) {
        faults.push((
            String::from("message.apns.headers[apns-priority]"),
            format!("is not \"{priority}\""),
        ));
    }
    for (name, value) in headers {
        if !value.is_string() {
            faults.push((
                format!("message.apns.headers[{name}]"),
                String::from("Invalid value (TYPE_STRING)"),
            ));
        }
        if name == "apns-collapse-id" {
            faults.push((
                format!("message.apns.headers[{name}]"),
                String::from("one alarm must not replace another"),
            ));
        }
    }
}

fn judge_aps(aps: &Value, faults: &mut Vec<Fault>) {
    let at = |name: &str| format!("message.apns.payload.aps.{name}");
    let words = match aps.get("alert") {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Object(alert)) => alert
            .get("body")
            .or(alert.get("title"))
            .is_some_and(Value::is_string),
        _ => false,
    };
    if !words {
        faults.push((
            at("alert"),
            String::from("has no words: an iPhone would show nothing"),
        ));
    }
    if aps.get("sound").is_none() {
        faults.push((at("sound"), String::from("is missing")));
    }
    if aps.get("mutable-content") != Some(&Value::from(1)) {
        faults.push((at("mutable-content"), String::from("is not 1")));
    }
    if aps.get("interruption-level").and_then(Value::as_str) != Some("time-sensitive") {
        faults.push((
            at("interruption-level"),
            String::from("is not time-sensitive"),
        ));
    }
}

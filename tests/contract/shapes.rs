//! Shapes that every generator of clients reads alike, and that may grow without breaking an app
//! that was built last year.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::harness::description::Description;

/// Every schema of the description, those inside others too, with its path.
fn schemas() -> Vec<(String, &'static Value)> {
    fn visit(at: &str, value: &'static Value, all: &mut Vec<(String, &'static Value)>) {
        match value {
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    visit(&format!("{at}/{i}"), item, all);
                }
            }
            Value::Object(parts) => {
                all.push((at.to_owned(), value));
                for (key, part) in parts.iter().filter(|(key, _)| !key.starts_with("example")) {
                    visit(&format!("{at}/{key}"), part, all);
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    visit("#", &Description::get().whole, &mut all);
    all
}

fn resolved(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(name) => resolved(
            Description::get()
                .whole
                .pointer(name.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("{name} is nowhere")),
        ),
        None => schema,
    }
}

fn admits_null(schema: &'static Value) -> bool {
    let schema = resolved(schema);
    let kind = &schema["type"];
    kind.is_null()
        || kind == "null"
        || kind
            .as_array()
            .is_some_and(|all| all.contains(&"null".into()))
}

#[test]
fn alternatives_do_not_overlap() {
    let mut wrong = Vec::new();
    for (at, schema) in schemas() {
        for word in ["oneOf", "anyOf", "allOf"] {
            let Some(choices) = schema[word].as_array() else {
                continue;
            };
            let others: Vec<_> = choices.iter().filter(|c| c["type"] != "null").collect();
            let or_null = word == "oneOf"
                && choices.len() == 2
                && others.len() == 1
                && !admits_null(others[0]);
            if !or_null && schema["discriminator"].is_null() {
                wrong.push(format!("{at}: {word} without a mark to tell them apart"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The parts of the description that say what is sent, or what callers send.
fn parts(sent: bool) -> Vec<(String, &'static Value)> {
    let api = Description::get();
    let mut all = Vec::new();
    for (name, operation) in api.operations() {
        let keys: &[&str] = match sent {
            true => &["responses", "x-events"],
            // What gateways send is theirs to bound.
            false if name.contains("/v1/callbacks/") => &[],
            false => &["requestBody", "parameters"],
        };
        all.extend(keys.iter().map(|key| (name.clone(), &operation[*key])));
    }
    let hooks = api.whole["webhooks"].as_object().unwrap().iter();
    let hooks = hooks.map(|(name, hook)| (name.clone(), &hook["post"]["requestBody"]));
    all.extend(hooks.filter(|_| sent));
    all
}

/// Calls `look` with every schema that is reached from there, by the name of what holds it.
fn reached(from: Vec<(String, &'static Value)>, look: &mut dyn FnMut(&str, &'static Value)) {
    let mut met = BTreeSet::new();
    let mut left = from;
    while let Some((at, value)) = left.pop() {
        match value {
            Value::Array(items) => left.extend(items.iter().map(|item| (at.clone(), item))),
            Value::Object(parts) => {
                if let Some(name) = parts.get("$ref").and_then(Value::as_str) {
                    if met.insert(name) {
                        let target = Description::get()
                            .whole
                            .pointer(name.trim_start_matches('#'));
                        let name = name.rsplit('/').next().unwrap();
                        left.push((name.to_owned(), target.unwrap()));
                    }
                    continue;
                }
                look(&at, value);
                let inside = parts.iter().filter(|(key, _)| !key.starts_with("example"));
                left.extend(inside.map(|(key, part)| (format!("{at}.{key}"), part)));
            }
            _ => {}
        }
    }
}

#[test]
fn what_the_server_sends_may_grow() {
    let (mut wrong, mut open) = (Vec::new(), 0);
    reached(parts(true), &mut |at, schema| {
        if !schema["enum"].is_null() {
            wrong.push(format!(
                "{at}: a closed list of words, which an app of today would refuse to see grow"
            ));
        }
        if schema["additionalProperties"] == false {
            wrong.push(format!("{at}: closed to members that come later"));
        }
        open += usize::from(schema["x-extensible-enum"].is_array());
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        open >= 20,
        "only {open} lists of words: where have they gone?"
    );
}

/// What we gave the caller, of any length that it has.
const OURS: [&str; 4] = [
    // What is no token of ours counts as none.
    "NewDevice.properties.alert_token",
    "AcceptLanguage",
    "CsrfToken",
    // What is no mark of ours starts the stream afresh.
    "LastEventId",
];

/// Whether a text, number or list says how long or how much.
fn is_bounded(schema: &Map<String, Value>) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| schema.contains_key(*key));
    let kinds = schema["type"].to_string();
    (!kinds.contains("string") || has(&["maxLength", "format", "enum", "x-extensible-enum"]))
        && (!(kinds.contains("integer") || kinds.contains("number")) || has(&["minimum"]))
        && (!kinds.contains("array") || has(&["maxItems"]))
}

#[test]
fn what_callers_send_is_bounded() {
    let mut wrong = Vec::new();
    reached(parts(false), &mut |at, schema| {
        let parts = schema.as_object().unwrap();
        let ours = OURS.iter().any(|ours| at.starts_with(ours));
        if parts
            .get("type")
            .is_some_and(|t| t.is_string() || t.is_array())
            && !ours
            && !is_bounded(parts)
        {
            wrong.push(format!("{at}: without bounds in server/app/ranges.rs"));
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn streams_name_their_events_and_are_no_methods_of_a_client() {
    let mut streams = 0;
    for (name, operation) in Description::get().operations() {
        let content = &operation["responses"]["200"]["content"];
        let stream = !content["text/event-stream"].is_null();
        assert_eq!(
            stream,
            operation["x-events"].is_object(),
            "{name}: its events"
        );
        let callback = name.contains("/v1/callbacks/");
        assert_eq!(
            operation["x-internal"] == true,
            stream || callback,
            "{name}: for whom"
        );
        if callback {
            assert!(
                operation["security"].to_string().contains("gateway"),
                "{name}: signed"
            );
        }
        streams += usize::from(stream);
    }
    assert_eq!(streams, 4);
}

#[test]
fn ids_in_paths_are_uuids() {
    for (name, operation) in Description::get().operations() {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let link = parameter["name"] == "code";
            if parameter["in"] == "path" && !link {
                assert_eq!(
                    parameter["schema"]["format"], "uuid",
                    "{name} {}",
                    parameter["name"]
                );
            }
        }
    }
}

#[test]
fn no_two_schemas_differ_by_case_alone() {
    // Generators write a file for each, and file systems of phones' developers fold case.
    let schemas = Description::get().whole["components"]["schemas"]
        .as_object()
        .unwrap();
    let mut met = BTreeSet::new();
    for name in schemas.keys() {
        assert!(met.insert(name.to_lowercase()), "{name}");
    }
}

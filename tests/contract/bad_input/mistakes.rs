//! Mistakes that an app could make in a body.

use super::*;
use crate::harness::schemas::faults;

/// One mistake a body, at every place of it.
pub(super) fn mistakes(schema: &Value, body: &Value, at: &str) -> Vec<(String, Value)> {
    let schema = resolved(schema);
    let mut all = Vec::new();
    match body {
        Value::Object(parts) => {
            let with = |key: &str, value: Value| {
                let mut parts = parts.clone();
                parts.insert(key.to_owned(), value);
                Value::Object(parts)
            };
            if schema["additionalProperties"] == false {
                all.push((format!("{at}: unknown field"), with(CANARY, json!(CANARY))));
                all.push((
                    format!("{at}: unknown field"),
                    with("unexpected", json!(CANARY)),
                ));
            }
            for key in schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                let left: Map<String, Value> = parts
                    .iter()
                    .filter(|(k, _)| *k != key)
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                all.push((format!("{at}.{key}: missing"), Value::Object(left)));
            }
            for (key, part) in schema["properties"].as_object().into_iter().flatten() {
                let at = format!("{at}.{key}");
                let wrong =
                    of_wrong_type(part).map(|(what, value)| (format!("{at}: {what}"), value));
                let deeper = parts
                    .get(key)
                    .map(|value| mistakes(part, value, &at))
                    .unwrap_or_default();
                all.extend(
                    wrong
                        .chain(deeper)
                        .map(|(what, value)| (what, with(key, value))),
                );
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let wrong = of_wrong_type(&schema["items"])
                .map(|(what, value)| (format!("{at}[0]: {what}"), value));
            let deeper = mistakes(&schema["items"], &items[0], &format!("{at}[0]"));
            all.extend(
                wrong
                    .chain(deeper)
                    .map(|(what, value)| (what, json!([value]))),
            );
        }
        _ => {}
    }
    all
}

fn of_wrong_type(schema: &Value) -> impl Iterator<Item = (String, Value)> {
    let candidates = [
        json!(null),
        json!(true),
        json!(-7),
        json!(0.5),
        json!(u64::MAX),
        json!(CANARY),
        json!([]),
        json!([CANARY]),
        json!({}),
        json!({ CANARY: CANARY }),
    ];
    // What the type admits may still be refused for its value, or not: that is for the rooms' own
    // tests.
    let wrong = |value: &Value| !faults(schema, value, "").is_empty();
    candidates
        .into_iter()
        .filter(wrong)
        .map(|v| (v.to_string(), v))
        .collect::<Vec<_>>()
        .into_iter()
}

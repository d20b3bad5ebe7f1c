//! The examples of `mobile-api-spec` are what the description says, and there is one for every operation and error.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ampara::app::{example_problem, openapi};
use ampara::http::Code;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mobile-api-spec/examples")
}

/// Every fixture by its name.
fn fixtures() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|e| e == "json"));
    json.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        (name, serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    })
    .collect()
}

fn description() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

/// `GET /v1/me` and the operation itself, for each.
fn operations(api: &Value) -> Vec<(String, &Value)> {
    let paths = api["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &'_ Value)| -> Vec<(String, String)> {
        let methods = item.as_object().unwrap().keys().filter(|k| *k != "parameters");
        methods.map(|method| (path.clone(), method.clone())).collect()
    };
    let named: Vec<(String, String)> = paths.iter().flat_map(of).collect();
    named
        .into_iter()
        .map(|(path, method)| (format!("{} {path}", method.to_uppercase()), &paths[&path][&method]))
        .collect()
}

/// What in `value` is not as `schema` says, by path.
fn faults(api: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let target = api.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is not defined"));
        return faults(api, target, value, at);
    }
    for any in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[any].as_array() {
            let fits = choices.iter().any(|choice| faults(api, choice, value, at).is_empty());
            return if fits { vec![] } else { vec![format!("{at}: fits none of its choices")] };
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return if words.contains(value) { vec![] } else { vec![format!("{at}: {value} is none of {words:?}")] };
    }
    if !is_of_type(&schema["type"], value) {
        return vec![format!("{at}: {value} is not {}", schema["type"])];
    }
    match value {
        Value::Object(parts) => parts_faults(api, schema, parts, at),
        Value::Array(items) => {
            let each = items.iter().enumerate();
            each.flat_map(|(i, item)| faults(api, &schema["items"], item, &format!("{at}[{i}]"))).collect()
        }
        _ => vec![],
    }
}

fn parts_faults(api: &Value, schema: &Value, parts: &serde_json::Map<String, Value>, at: &str) -> Vec<String> {
    let Some(properties) = schema["properties"].as_object() else { return vec![] };
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing = required.filter(|key| !parts.contains_key(*key)).map(|key| format!("{at}.{key}: missing"));
    let each = parts.iter().flat_map(|(key, part)| match properties.get(key) {
        Some(schema) => faults(api, schema, part, &format!("{at}.{key}")),
        None => vec![format!("{at}.{key}: the description knows no such field")],
    });
    missing.chain(each).collect()
}

fn is_of_type(said: &Value, value: &Value) -> bool {
    let fits = |word: &str| match word {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the description has a type {other}"),
    };
    match said {
        Value::String(word) => fits(word),
        Value::Array(words) => words.iter().filter_map(Value::as_str).any(fits),
        _ => true,
    }
}

fn schema_of(content: &Value) -> Option<&Value> {
    content.as_object()?.values().next().map(|media| &media["schema"])
}

#[test]
fn every_operation_has_an_example_and_every_example_an_operation() {
    let api = description();
    let there: BTreeSet<String> = operations(&api).into_iter().map(|(name, _)| name).collect();
    let shown: BTreeSet<String> =
        fixtures().values().map(|f| f["operation"].as_str().unwrap().to_owned()).filter(|o| o != "push").collect();
    let lacking: Vec<_> = there.difference(&shown).collect();
    assert!(lacking.is_empty(), "no example of {lacking:?}");
    let stray: Vec<_> = shown.difference(&there).collect();
    assert!(stray.is_empty(), "examples of what is no operation: {stray:?}");
}

#[test]
fn every_example_is_as_the_description_says() {
    let api = description();
    let all: BTreeMap<String, &Value> = operations(&api).into_iter().collect();
    let mut wrong = Vec::new();
    for (name, fixture) in fixtures() {
        let Some(operation) = all.get(fixture["operation"].as_str().unwrap()) else { continue };
        let status = fixture["response"]["status"].to_string();
        let response = &operation["responses"][&status];
        assert!(!response.is_null(), "{name}: the description knows no answer {status}");
        match (fixture["response"].get("body"), schema_of(&response["content"])) {
            (Some(body), Some(schema)) => wrong.extend(faults(&api, schema, body, &format!("{name} ← "))),
            (None, None) => {}
            (body, schema) => wrong.push(format!("{name}: body {} and schema {}", body.is_some(), schema.is_some())),
        }
        match (fixture["request"].get("body"), schema_of(&operation["requestBody"]["content"])) {
            (Some(body), Some(schema)) if !name.ends_with("-warnings") && name != "post-alert-locations" => {
                wrong.extend(faults(&api, schema, body, &format!("{name} → ")));
            }
            (Some(_), None) => wrong.push(format!("{name}: the description knows no body of the request")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_operations_have_one_id() {
    let api = description();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&api) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}");
    }
}

#[test]
fn every_error_has_an_example_in_the_description() {
    let api = description();
    for code in Code::ALL {
        let response = &api["components"]["responses"][code.code];
        let media = &response["content"]["application/problem+json"];
        assert_eq!(media["example"], example_problem(*code), "{}", code.code);
        let wrong = faults(&api, &media["schema"], &media["example"], code.code);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

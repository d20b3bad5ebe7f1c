//! Values held to the schemas of the description, by the `jsonschema` crate.
//!
//! What: [`faults`] says what in a value is not as a schema of the description says. OpenAPI 3.1
//! schemas are JSON Schema 2020-12, so no translation is needed. Invariant: stricter than a client
//! should be: formats are checked, a member that is not described is a fault, and so is a word that
//! an open enum does not list, since this server sends no other. On failure: each fault with its
//! place in the value.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ampara::app::openapi;
use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value};

/// Where the strict copy of the description is registered.
const STRICT: &str = "urn:ampara:description";

/// What in `value` is not as `schema` says, by path. `at` is what the paths begin with.
///
/// # Panics
/// When the schema is none, names a format that is not known, or refers to what isn't there.
pub fn faults(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let validator = compiled(schema);
    let all = validator.iter_errors(value);
    all.map(|e| format!("{at}{}: {e}", e.instance_path()))
        .collect()
}

fn compiled(schema: &Value) -> Arc<Validator> {
    static ALL: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let key = schema.to_string();
    let mut all = ALL
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let validator = all
        .entry(key)
        .or_insert_with(|| Arc::new(compile(&strict(schema))));
    Arc::clone(validator)
}

fn compile(schema: &Value) -> Validator {
    let mut options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_registry(registry())
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false);
    // OpenAPI's own formats: of numbers, which `type` and the ranges say already.
    for of_numbers in ["int32", "int64", "float", "double"] {
        options = options.with_format(of_numbers, |_| true);
    }
    options
        .build(schema)
        .unwrap_or_else(|e| panic!("no schema: {e}: {schema}"))
}

fn registry() -> &'static Registry<'static> {
    static ONE: OnceLock<Registry<'static>> = OnceLock::new();
    ONE.get_or_init(|| {
        let whole = serde_json::to_value(openapi()).unwrap();
        let built = Registry::new()
            .draft(Draft::Draft202012)
            .add(STRICT, strict(&whole))
            .and_then(|registry| registry.prepare());
        built.unwrap_or_else(|e| panic!("the description: {e}"))
    })
}

/// A copy in which no schema admits what it does not describe.
fn strict(part: &Value) -> Value {
    match part {
        Value::Array(items) => items.iter().map(strict).collect(),
        Value::Object(parts) => Value::Object(strict_parts(parts)),
        other => other.clone(),
    }
}

fn strict_parts(parts: &Map<String, Value>) -> Map<String, Value> {
    let mut all: Map<String, Value> = Map::new();
    for (key, part) in parts {
        let part = match (key.as_str(), part) {
            ("$ref", Value::String(name)) => Value::from(format!("{STRICT}{name}")),
            // Values, not schemas.
            ("example" | "examples" | "default" | "enum", _) => part.clone(),
            _ => strict(part),
        };
        all.insert(key.clone(), part);
    }
    if parts.contains_key("properties") && !parts.contains_key("additionalProperties") {
        all.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if let Some(words) = parts.get("x-extensible-enum") {
        all.insert("enum".to_owned(), words.clone());
    }
    all
}

#[test]
fn a_value_must_fit_its_schema_to_the_letter() {
    let person = serde_json::json!({
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "at": { "$ref": "#/components/schemas/At" },
            "age": { "type": "integer", "minimum": 0, "maximum": 120 },
            "word": { "type": "string", "x-extensible-enum": ["yes", "no"] },
            "one": { "oneOf": [{ "type": "integer" }, { "type": "number" }] },
        },
    });
    let id = "0193612e-8c1f-7c55-9f0e-2b7c5a1f2d10";
    let fits = |value: Value| {
        let all = faults(&person, &value, "person");
        assert!(
            all.iter().all(|fault| fault.starts_with("person")),
            "{all:?}"
        );
        all.is_empty()
    };
    assert!(fits(serde_json::json!({
        "id": id, "at": "2026-11-25T03:40:04.118Z", "age": 120, "word": "yes", "one": 1.5,
    })));
    for (what, part, value) in [
        ("a format", "id", serde_json::json!("7")),
        (
            "a format behind a reference",
            "at",
            serde_json::json!("yesterday"),
        ),
        ("a range", "age", serde_json::json!(121)),
        ("a word", "word", serde_json::json!("perhaps")),
        ("two that both fit", "one", serde_json::json!(1)),
        (
            "a member that is not described",
            "shoe",
            serde_json::json!(38),
        ),
    ] {
        let mut given = serde_json::json!({ "id": id });
        given[part] = value;
        assert!(!fits(given), "{what} is not looked at");
    }
    assert!(!fits(serde_json::json!({})), "a missing member");
}

//! The API's description, and what a reply owes to it.
//!
//! What: [`Description`] finds an operation by method and path and says what in a value is not as
//! its schema says; [`hold`] is called with every reply that a test's client reads, so that each
//! story is a test of the contract too. Invariant: a reply of an operation has a status that is
//! described, a body that fits the schema, and where it refuses, a problem whose code the operation
//! is said to give. On failure: the panic names the operation and the place in the body.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use ampara::app::openapi;
use serde_json::{Map, Value};

use super::client::Reply;

/// The description as JSON.
pub struct Description {
    /// All of it.
    pub whole: Value,
}

thread_local! {
    static SEEN: RefCell<BTreeSet<(String, u16)>> = const { RefCell::new(BTreeSet::new()) };
}

/// Operations that replied on this thread, and with what: `("GET /v1/me", 200)`.
pub fn seen() -> BTreeSet<(String, u16)> {
    SEEN.with_borrow(Clone::clone)
}

impl Description {
    /// Of this build.
    pub fn get() -> &'static Self {
        static ONE: OnceLock<Description> = OnceLock::new();
        ONE.get_or_init(|| Self {
            whole: serde_json::to_value(openapi()).unwrap(),
        })
    }

    /// `GET /v1/me` and the operation itself, for each.
    pub fn operations(&self) -> impl Iterator<Item = (String, &Value)> {
        let paths = self.whole["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, item)| {
            let methods = item
                .as_object()
                .unwrap()
                .iter()
                .filter(|(method, _)| *method != "parameters");
            methods.map(move |(method, operation)| {
                (format!("{} {path}", method.to_uppercase()), operation)
            })
        })
    }

    /// An operation by its name.
    pub fn operation(&self, name: &str) -> Option<&Value> {
        let (method, path) = name.split_once(' ')?;
        self.whole["paths"].get(path)?.get(method.to_lowercase())
    }

    /// The operation that takes such a request; a path without parameters goes first.
    pub fn find(&self, method: &str, path: &str) -> Option<(String, &Value)> {
        let fits = |name: &str| {
            let (of, pattern) = name.split_once(' ').unwrap();
            let (pattern, path): (Vec<_>, Vec<_>) =
                (pattern.split('/').collect(), path.split('/').collect());
            let same = pattern
                .iter()
                .zip(&path)
                .all(|(p, part)| p == part || p.starts_with('{'));
            of == method && pattern.len() == path.len() && same
        };
        self.operations()
            .filter(|(name, _)| fits(name))
            .min_by_key(|(name, _)| name.matches('{').count())
    }

    /// The codes that an operation is said to refuse with.
    pub fn codes_of(&self, name: &str) -> BTreeSet<&str> {
        let said = self
            .operation(name)
            .and_then(|operation| operation["x-codes"].as_array());
        said.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// What in `value` is not as `schema` says, by path.
    pub fn faults(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        if let Some(name) = schema["$ref"].as_str() {
            let target = self.whole.pointer(name.trim_start_matches('#'));
            return self.faults(
                target.unwrap_or_else(|| panic!("{name} is not defined")),
                value,
                at,
            );
        }
        for any in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[any].as_array() {
                let each: Vec<_> = choices
                    .iter()
                    .map(|choice| self.faults(choice, value, at))
                    .collect();
                let fits = each.iter().any(Vec::is_empty);
                return if fits {
                    vec![]
                } else {
                    vec![format!("{at}: fits none of its choices: {each:?}")]
                };
            }
        }
        if let Some(words) = schema["enum"].as_array() {
            return if words.contains(value) {
                vec![]
            } else {
                vec![format!("{at}: {value} is none of {words:?}")]
            };
        }
        if !is_of_type(&schema["type"], value) {
            return vec![format!("{at}: {value} is not {}", schema["type"])];
        }
        match value {
            Value::Object(parts) => self.parts_faults(schema, parts, at),
            Value::Array(items) => {
                let each = items.iter().enumerate();
                each.flat_map(|(i, item)| {
                    self.faults(&schema["items"], item, &format!("{at}[{i}]"))
                })
                .collect()
            }
            _ => vec![],
        }
    }

    fn parts_faults(&self, schema: &Value, parts: &Map<String, Value>, at: &str) -> Vec<String> {
        let Some(properties) = schema["properties"].as_object() else {
            return vec![];
        };
        let required = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let missing = required
            .filter(|key| !parts.contains_key(*key))
            .map(|key| format!("{at}.{key}: missing"));
        let each = parts
            .iter()
            .flat_map(|(key, part)| match properties.get(key) {
                Some(schema) => self.faults(schema, part, &format!("{at}.{key}")),
                None => vec![format!("{at}.{key}: the description knows no such field")],
            });
        missing.chain(each).collect()
    }
}

/// Whether a JSON Schema's `type` admits the value.
pub fn is_of_type(said: &Value, value: &Value) -> bool {
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

/// Holds a reply to the description. Pages that are no part of the API owe it nothing.
///
/// # Panics
/// When it is not as described.
#[track_caller]
pub fn hold(method: &str, path: &str, reply: &Reply) {
    let api = Description::get();
    let Some((name, operation)) = api.find(method, path) else {
        return;
    };
    let status = reply.status.as_u16();
    SEEN.with_borrow_mut(|seen| seen.insert((name.clone(), status)));
    let at = format!("{name} → {status}");
    // Health that is bad is still told in its own shape.
    let own_shape = operation["responses"][status.to_string()]["content"]
        .get("application/json")
        .is_some();
    if status >= 400 && !own_shape {
        let wrong = api.faults(
            &api.whole["components"]["schemas"]["Problem"],
            &reply.json(),
            &at,
        );
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let code = reply.code();
        let ours = status >= 500
            || !path.starts_with("/v1/")
            || api.codes_of(&name).contains(code.as_str());
        assert!(
            ours,
            "{name} is not said to refuse with {code}: mobile-api-spec/errors.json"
        );
        return;
    }
    let response = &operation["responses"][status.to_string()];
    assert!(!response.is_null(), "{at} is not described");
    let Some((media, content)) = response["content"]
        .as_object()
        .and_then(|content| content.iter().next())
    else {
        assert!(
            reply.text.is_empty(),
            "{at} has a body, and none is described"
        );
        return;
    };
    let said = reply
        .headers
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    assert!(
        said.starts_with(media.as_str()),
        "{at} is {said}, and {media} is described"
    );
    if media == "application/json" {
        let wrong = api.faults(&content["schema"], &reply.json(), &at);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

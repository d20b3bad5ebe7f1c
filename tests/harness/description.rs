//! The API's description, and what a reply owes to it.
//!
//! What: [`Description`] finds an operation by method and path; [`hold`] is called with every reply that a test's client reads, so that each
//! story is a test of the contract too. Invariant: a reply of an operation has a status that is
//! described, a body that fits the schema, and where it refuses, a problem whose code the operation
//! is said to give. On failure: the panic names the operation and the place in the body.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use ampara::app::openapi;
use serde_json::Value;

use super::client::Reply;
use super::schemas::faults;

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
        let wrong = faults(
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
        let wrong = faults(&content["schema"], &reply.json(), &at);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

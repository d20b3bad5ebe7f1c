//! What no app should send, to every route there is: the description is the table, so a new route
//! is tried by itself.
//!
//! Every answer is held to the description by the client (a refusal is a problem with a code that
//! the operation is said to give); here it must be a refusal at all, and must not repeat what was
//! sent.

mod ids;
mod mistakes;
mod nul;

use ampara::identity::model::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::mistakes::mistakes;
use crate::harness::client::{self, Reply};
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::description::Description;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};
use crate::harness::tier;

/// Never to be read in an answer.
const CANARY: &str = "Canario-6144777001";

/// A caller for each kind of token.
pub(super) struct Callers<'t> {
    pub(super) town: &'t Town,
    pub(super) she: Her<'t>,
    boss: Operator911<'t>,
    admin: Operator911<'t>,
}

impl<'t> Callers<'t> {
    pub(super) async fn of(town: &'t Town) -> Self {
        let she = Her::signs_in(town, HER_PHONE).await;
        // At the other centre: what comes up in the first is another's.
        let east = town.centres[town.centres.len() - 1];
        let boss = Operator911::sits_down_at(town, east, "boss", Role::Supervisor, None).await;
        let admin = Operator911::sits_down(town, "admin", Role::Administrator).await;
        Self {
            town,
            she,
            boss,
            admin,
        }
    }

    /// A request of an operation, by who may call it.
    pub(super) fn request(&self, name: &str, path: &str) -> RequestBuilder {
        let (operation, method) = (Description::get().operation(name).unwrap(), method_of(name));
        let needs = operation["security"].to_string();
        let administrators = operation["tags"][0] == "administration" || path == "/v1/help-lines";
        match () {
            () if needs.contains("operator") && administrators => self.admin.request(method, path),
            () if needs.contains("operator") => self.boss.request(method, path),
            () if needs.contains("alert") => self.she.alarm().request(method, path),
            () if needs.contains("bearer") => self.she.client().request(method, path),
            () => self.town.app.anyone().request(method, path),
        }
    }

    pub(super) async fn sends(&self, name: &str, media: &str, body: impl Into<Vec<u8>>) -> Reply {
        let request = self
            .request(name, &nobodys(name))
            .header("content-type", media)
            .body(body.into());
        client::sent(request).await
    }
}

fn method_of(name: &str) -> Method {
    name.split_once(' ').unwrap().0.parse().unwrap()
}

fn path_of(name: &str) -> &str {
    name.split_once(' ').unwrap().1
}

/// The path with each parameter replaced.
fn filled(name: &str, with: impl Fn() -> String) -> String {
    let part = |part: &str| {
        if part.starts_with('{') {
            with()
        } else {
            part.to_owned()
        }
    };
    path_of(name)
        .split('/')
        .map(part)
        .collect::<Vec<_>>()
        .join("/")
}

/// A path of an object that isn't there.
pub(super) fn nobodys(name: &str) -> String {
    filled(name, || Uuid::now_v7().to_string())
}

/// Operations that take JSON, with the body of their first example and its schema.
fn with_json_bodies() -> Vec<(String, Value, Value)> {
    let api = Description::get();
    let body = |operation: &Value| -> Option<(Value, Value)> {
        let media = operation["requestBody"]["content"].get("application/json")?;
        let example = media["examples"]
            .as_object()
            .and_then(|all| all.values().next());
        Some((
            example.map_or(Value::Null, |e| e["value"].clone()),
            resolved(&media["schema"]).clone(),
        ))
    };
    api.operations()
        .filter_map(|(name, operation)| body(operation).map(|(body, schema)| (name, body, schema)))
        .collect()
}

/// Those of them that read strictly.
pub(super) fn strict() -> Vec<(String, Value, Value)> {
    let all = with_json_bodies();
    let strict: Vec<_> = all
        .into_iter()
        .filter(|(name, ..)| Description::get().codes_of(name).contains("bad-json"))
        .collect();
    assert!(strict.len() > 15, "where have they gone?");
    strict
}

pub(super) fn resolved(schema: &Value) -> &Value {
    if let Some(name) = schema["$ref"].as_str() {
        return resolved(
            Description::get()
                .whole
                .pointer(name.trim_start_matches('#'))
                .unwrap(),
        );
    }
    let choices = schema["oneOf"]
        .as_array()
        .filter(|choices| choices.iter().any(|c| c["type"] == "null"));
    choices
        .and_then(|all| all.iter().find(|c| c["type"] != "null"))
        .map_or(schema, resolved)
}

/// Whether the answer tells a part of the canary again.
fn repeats(reply: &Reply) -> bool {
    CANARY.split('-').any(|word| reply.text.contains(word))
}

#[track_caller]
fn refused(what: &str, reply: &Reply) {
    let status = reply.status.as_u16();
    assert!(
        (400..500).contains(&status),
        "{what}: {status} {}",
        reply.text
    );
    assert!(
        !reply.code().is_empty(),
        "{what}: no problem: {}",
        reply.text
    );
    assert!(
        !repeats(reply),
        "{what}: what was sent is told again: {}",
        reply.text
    );
}

#[test]
fn each_mistake_in_a_body_is_refused_by_every_strict_route() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        for (name, body, schema) in strict() {
            for (what, wrong) in mistakes(&schema, &body, "") {
                let reply = callers
                    .sends(&name, "application/json", wrong.to_string())
                    .await;
                refused(&format!("{name} {what}"), &reply);
            }
        }
    });
}

/// Bytes that are no JSON object, or no JSON that we take.
fn no_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let long = |text: String| text.into_bytes();
    vec![
        ("nothing", vec![]),
        ("a brace", long("{".into())),
        ("half a body", long(format!("{{\"phone\": \"{CANARY}"))),
        (
            "no UTF-8",
            vec![b'{', b'"', 0xff, 0xfe, b'"', b':', b'1', b'}'],
        ),
        (
            "NaN",
            long("{\"phone\": NaN, \"seq\": NaN, \"accept\": NaN}".into()),
        ),
        (
            "infinity",
            long("{\"phone\": 1e999, \"pin\": -1e999}".into()),
        ),
        ("an empty list", long("[]".into())),
        ("a list", long(format!("[\"{CANARY}\"]"))),
        ("a text", long(format!("\"{CANARY}\""))),
        ("null", long("null".into())),
        ("two bodies", long("{} {}".into())),
        ("NUL", vec![0; 64]),
        (
            "300 KiB",
            long(format!("{{\"name\": \"{}\"}}", "Canario ".repeat(38_400))),
        ),
        ("a tower of lists", long("[".repeat(10_000))),
        (
            "a tower that ends",
            long(format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000))),
        ),
        (
            "a tower in a field",
            long(format!(
                "{}1{}",
                "{\"name\":".repeat(5_000),
                "}".repeat(5_000)
            )),
        ),
    ]
}

#[test]
fn what_is_no_body_is_refused_by_every_strict_route() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        for (name, body, _) in strict() {
            for (what, bytes) in no_bodies() {
                refused(
                    &format!("{name}: {what}"),
                    &callers.sends(&name, "application/json", bytes).await,
                );
            }
            for media in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/jsonp",
                "x",
                "multipart/form-data",
            ] {
                let reply = callers.sends(&name, media, body.to_string()).await;
                refused(&format!("{name} as {media}"), &reply);
                assert_eq!(reply.code(), "wrong-content-type", "{name} as {media}");
            }
        }
    });
}

#[test]
fn what_is_no_body_still_raises_and_is_never_an_error_of_ours() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        let lenient = with_json_bodies()
            .into_iter()
            .filter(|(name, ..)| !Description::get().codes_of(name).contains("bad-json"));
        for (name, body, schema) in lenient {
            let wrong = mistakes(&schema, &body, "")
                .into_iter()
                .map(|(what, value)| (what, value.to_string().into_bytes()));
            for (what, bytes) in no_bodies()
                .into_iter()
                .map(|(what, bytes)| (what.to_owned(), bytes))
                .chain(wrong)
            {
                let reply = callers.sends(&name, "text/plain", bytes).await;
                assert!(
                    reply.status.as_u16() < 500,
                    "{name}: {what}: {}",
                    reply.text
                );
                assert!(!repeats(&reply), "{name}: {what}: {}", reply.text);
                if name.starts_with("PUT") {
                    assert!(reply.status.is_success(), "{name}: {what}: {}", reply.text);
                }
            }
        }
    });
}

/// Any JSON at all, often under the names that the route knows.
fn any_json(names: Vec<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        "\\PC{0,40}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        let name = prop_oneof![4 => proptest::sample::select(names.clone()), 1 => "\\PC{0,12}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::hash_map(name, inner, 0..6)
                .prop_map(|parts| Value::Object(parts.into_iter().collect())),
        ]
    })
}

#[test]
fn whatever_json_comes_no_route_breaks() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        let mut runner = TestRunner::deterministic();
        for (name, body, schema) in with_json_bodies() {
            let mut names: Vec<String> = schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(k, _)| k.clone())
                .collect();
            names.push("x".to_owned());
            let any = any_json(names);
            for _ in 0..tier::count(20, 1_000) {
                let value = any.new_tree(&mut runner).unwrap().current();
                // By itself, and in the place of one part of a good body.
                let mut nearly = body.clone();
                if let (Some(parts), Some(given)) = (nearly.as_object_mut(), value.as_object()) {
                    parts.extend(given.iter().map(|(k, v)| (k.clone(), v.clone())));
                }
                for sent in [&value, &nearly] {
                    let reply = callers
                        .sends(&name, "application/json", sent.to_string())
                        .await;
                    assert!(reply.status.as_u16() < 500, "{name} {sent}: {}", reply.text);
                }
            }
        }
    });
}

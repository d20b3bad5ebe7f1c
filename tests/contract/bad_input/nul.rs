//! U+0000, which JSON and URLs can say and PostgreSQL cannot store: it is refused or left out, and
//! never a fault of the server.

use serde_json::Value;
use uuid::Uuid;

use super::{Callers, filled, nobodys, with_json_bodies};
use crate::harness::client;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::description::Description;
use crate::harness::people::Town;

/// The body once for each text in it, which then ends with NUL.
fn with_nul(body: &Value) -> Vec<Value> {
    let put = |key: Option<&String>, at: usize, inner: Value| {
        let mut whole = body.clone();
        match key {
            Some(key) => whole[key] = inner,
            None => whole[at] = inner,
        }
        whole
    };
    match body {
        Value::String(text) => vec![Value::from(format!("{text}\0"))],
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| with_nul(value).into_iter().map(move |v| (key, v)))
            .map(|(key, inner)| put(Some(key), 0, inner))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .flat_map(|(at, value)| with_nul(value).into_iter().map(move |v| (at, v)))
            .map(|(at, inner)| put(None, at, inner))
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn nul_in_a_path_a_query_or_a_body_is_no_fault_of_the_server() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Postgres)).await;
        let callers = Callers::of(&town).await;
        let (mut wrong, mut tried) = (Vec::new(), 0);
        for (name, operation) in Description::get().operations() {
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let named = |place: &str| -> Vec<String> {
                let here = parameters.iter().filter(|one| one["in"] == place);
                here.filter_map(|one| one["name"].as_str().map(str::to_owned))
                    .collect()
            };
            let mut paths: Vec<String> = named("query")
                .iter()
                .map(|query| format!("{}?{query}=chihuahua%00", nobodys(&name)))
                .collect();
            if !named("path").is_empty() {
                paths.push(filled(&name, || "%00".to_owned()));
                paths.push(filled(&name, || format!("{}%00", Uuid::now_v7())));
            }
            for path in paths {
                let reply = client::sent(callers.request(&name, &path)).await;
                tried += 1;
                if reply.status.is_server_error() {
                    wrong.push(format!("{name} {path}: {}", reply.text));
                }
            }
        }
        for (name, body, _) in with_json_bodies() {
            for body in with_nul(&body) {
                let request = callers.request(&name, &nobodys(&name)).json(&body);
                let reply = client::sent(request).await;
                tried += 1;
                if reply.status.is_server_error() {
                    wrong.push(format!("{name} {body}: {}", reply.text));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(tried > 150, "only {tried}");
    });
}

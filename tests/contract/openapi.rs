//! The committed description is the contract, and the code keeps it.

use std::collections::BTreeSet;

use ampara::app::openapi;
use ampara::http::openapi::yaml;
use serde_json::Value;

use crate::harness::description::Description;

#[test]
fn the_committed_description_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/mobile-api-spec/openapi.yaml");
    let committed = std::fs::read_to_string(path).unwrap();
    let written = yaml(&openapi()).unwrap();
    let pairs = committed.lines().zip(written.lines()).enumerate();
    let first = pairs.into_iter().find(|(_, (had, has))| had != has);
    if let Some((n, (had, has))) = first {
        panic!(
            "mobile-api-spec/openapi.yaml:{}: {had:?}, and the code says {has:?}; `make openapi` writes it",
            n + 1
        );
    }
    assert_eq!(
        committed.lines().count(),
        written.lines().count(),
        "`make openapi` writes it"
    );
}

/// What an app's author would miss of an operation.
fn lacks(api: &Description, name: &str, operation: &Value, tags: &BTreeSet<&str>) -> Vec<String> {
    let mut lacking = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            lacking.push(format!("{name}: {what}"));
        }
    };
    must(
        operation["summary"].as_str().is_some_and(|s| !s.is_empty()),
        "no summary",
    );
    let its_tags = operation["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    must(
        its_tags.clone().count() == 1 && its_tags.into_iter().all(|t| tags.contains(t)),
        "not one tag that is explained",
    );
    let path = name.split_once(' ').unwrap().1;
    let named: Vec<&str> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|p| p["name"].as_str())
        .collect();
    for part in path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    {
        must(named.contains(&part), "a part of the path is not described");
    }
    if let Some(body) = operation["requestBody"]["content"].as_object() {
        for media in body.values() {
            must(!media["schema"].is_null(), "its body has no schema");
            must(
                media["examples"].is_object() || !media["example"].is_null(),
                "its body has no example",
            );
        }
    }
    for (status, response) in operation["responses"].as_object().unwrap() {
        for media in response["content"]
            .as_object()
            .into_iter()
            .flat_map(serde_json::Map::values)
        {
            must(
                !media["schema"].is_null(),
                &format!("{status} has no schema"),
            );
            let shown = media["examples"].is_object() || !media["example"].is_null();
            must(shown, &format!("{status} has no example"));
        }
    }
    if path.starts_with("/v1/") {
        must(!api.codes_of(name).is_empty(), "no refusal is shown");
    }
    lacking
}

#[test]
fn every_operation_is_described_whole() {
    let api = Description::get();
    let tags = api.whole["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    let lacking: Vec<String> = api
        .operations()
        .flat_map(|(name, operation)| lacks(api, &name, operation, &tags))
        .collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn each_refusal_that_is_named_is_one_of_ours_and_of_an_operation() {
    let api = Description::get();
    let text = include_str!("../../mobile-api-spec/errors.json");
    let table: std::collections::BTreeMap<String, Vec<String>> =
        serde_json::from_str(text).unwrap();
    for (operation, codes) in table {
        assert!(
            api.operation(&operation).is_some(),
            "errors.json: {operation} is no operation"
        );
        for code in codes {
            assert!(
                ampara::http::Code::ALL.iter().any(|c| c.code == code),
                "errors.json: {code} is no code"
            );
        }
    }
}

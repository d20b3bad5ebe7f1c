//! The examples of `mobile-api-spec` are what the description says, and there is one for every
//! operation and error.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ampara::app::example_problem;
use ampara::http::Code;
use serde_json::Value;

use crate::harness::description::Description;
use crate::harness::schemas::faults;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mobile-api-spec/examples")
}

/// Every fixture by its name.
fn fixtures() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|e| e == "json"));
    json.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        (
            name,
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display())),
        )
    })
    .collect()
}

fn schema_of(content: &Value) -> Option<&Value> {
    content
        .as_object()?
        .values()
        .next()
        .map(|media| &media["schema"])
}

#[test]
fn every_operation_has_an_example_and_every_example_an_operation() {
    let api = Description::get();
    let there: BTreeSet<String> = api.operations().map(|(name, _)| name).collect();
    let shown: BTreeSet<String> = fixtures()
        .values()
        .map(|f| f["operation"].as_str().unwrap().to_owned())
        .filter(|o| o != "push")
        .collect();
    let lacking: Vec<_> = there.difference(&shown).collect();
    assert!(lacking.is_empty(), "no example of {lacking:?}");
    let stray: Vec<_> = shown.difference(&there).collect();
    assert!(
        stray.is_empty(),
        "examples of what is no operation: {stray:?}"
    );
}

#[test]
fn every_example_is_as_the_description_says() {
    let api = Description::get();
    let all: BTreeMap<String, &Value> = api.operations().collect();
    let mut wrong = Vec::new();
    for (name, fixture) in fixtures() {
        let Some(operation) = all.get(fixture["operation"].as_str().unwrap()) else {
            continue;
        };
        let status = fixture["response"]["status"].to_string();
        let response = &operation["responses"][&status];
        assert!(
            !response.is_null(),
            "{name}: the description knows no answer {status}"
        );
        match (
            fixture["response"].get("body"),
            schema_of(&response["content"]),
        ) {
            (Some(body), Some(schema)) => {
                wrong.extend(faults(schema, body, &format!("{name} ← ")));
            }
            (None, None) => {}
            (body, schema) => wrong.push(format!(
                "{name}: body {} and schema {}",
                body.is_some(),
                schema.is_some()
            )),
        }
        match (
            fixture["request"].get("body"),
            schema_of(&operation["requestBody"]["content"]),
        ) {
            (Some(body), Some(schema)) => {
                let its = faults(schema, body, &format!("{name} → "));
                let meant = fixture["wrong_on_purpose"].is_string();
                if meant && its.is_empty() {
                    wrong.push(format!(
                        "{name} says that it is wrong on purpose, and is right"
                    ));
                }
                if meant {
                    let said = &operation["x-wrong-on-purpose"][&name];
                    assert_eq!(*said, fixture["wrong_on_purpose"], "{name}");
                } else {
                    wrong.extend(its);
                }
            }
            (Some(_), None) => wrong.push(format!(
                "{name}: the description knows no body of the request"
            )),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The events of an example of a stream.
fn events(body: &str) -> Vec<(&str, Value)> {
    let field = |block: &'_ str, name: &str| -> Option<String> {
        let line = block.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_start().to_owned())
    };
    let blocks = body.split("\n\n").filter(|block| block.contains("event:"));
    blocks
        .map(|block| {
            let data = serde_json::from_str(&field(block, "data:").unwrap()).unwrap();
            let event = block.lines().find_map(|line| line.strip_prefix("event: "));
            (event.unwrap(), data)
        })
        .collect()
}

#[test]
fn every_event_and_push_in_an_example_is_as_the_description_says() {
    let api = Description::get();
    let push = &api.whole["webhooks"]["push"]["post"]["requestBody"]["content"];
    let push = schema_of(push).unwrap();
    let (mut wrong, mut met) = (Vec::new(), 0);
    for (name, fixture) in fixtures() {
        let operation = fixture["operation"].as_str().unwrap();
        if operation == "push" {
            wrong.extend(faults(push, &fixture["data"], &name));
            met += 1;
        }
        if operation.ends_with("/stream") {
            let described = &api.operation(operation).unwrap()["x-events"];
            for (event, data) in events(fixture["response"]["body"].as_str().unwrap()) {
                wrong.extend(faults(
                    &described[event],
                    &data,
                    &format!("{name} {event} "),
                ));
                met += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(met >= 8, "only {met}");
}

#[test]
fn no_two_operations_have_one_id() {
    let api = Description::get();
    let mut ids = BTreeSet::new();
    for (name, operation) in api.operations() {
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{name}"
        );
    }
}

#[test]
fn every_error_that_an_operation_names_has_an_example_in_the_description() {
    let api = Description::get();
    let named: BTreeSet<&str> = api
        .operations()
        .flat_map(|(name, _)| api.codes_of(&name))
        .collect();
    for code in Code::ALL.iter().filter(|code| named.contains(code.code)) {
        let example = &api.whole["components"]["examples"][code.code]["value"];
        assert_eq!(*example, example_problem(*code), "{}", code.code);
        let problem = &api.whole["components"]["schemas"]["Problem"];
        let wrong = faults(problem, example, code.code);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

//! What the handlers' types cannot say of the API: an example for every operation and error, and
//! names for operations.
//!
//! The examples are the files of `mobile-api-spec/examples`, which are the tests' fixtures as well:
//! one text, so that what an app's author reads is what is checked.

use serde_json::{Value, json};
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{OpenApi, Ref, RefOr};

use super::fixtures::FIXTURES;
use super::refusals;
use crate::http::{Code, problem::PROBLEM_JSON};

/// Completes the description.
pub(super) fn complete(mut api: OpenApi) -> OpenApi {
    let fixtures: Vec<(&str, Value)> = FIXTURES
        .iter()
        .filter_map(|(name, text)| Some((*name, serde_json::from_str(text).ok()?)))
        .collect();
    let own = refusals::own();
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(operation_id(method, path));
            let called = format!("{} {path}", method.to_uppercase());
            for (name, fixture) in &fixtures {
                if fixture.get("operation").and_then(Value::as_str) == Some(&called) {
                    show(operation, name, fixture);
                }
            }
            let codes = own.get(&called);
            if path.starts_with("/v1/") || codes.is_some() {
                refusals::show(method, path, operation, codes.map_or(&[], Vec::as_slice));
            }
        }
    }
    let components = api.components.get_or_insert_default();
    for code in Code::ALL {
        let words = format!("{} ({}): {}", code.code, code.status, code.detail_en);
        components.responses.insert(
            code.code.to_owned(),
            RefOr::T(refusal(&words, Some(problem(*code)))),
        );
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", item.get.as_mut()),
        ("put", item.put.as_mut()),
        ("post", item.post.as_mut()),
        ("patch", item.patch.as_mut()),
        ("delete", item.delete.as_mut()),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation?)))
}

/// `put-alerts-client_id`: handlers of two rooms may have one name, operations may not.
fn operation_id(method: &str, path: &str) -> String {
    let words = path
        .split(['/', '{', '}', '.'])
        .filter(|word| !word.is_empty() && *word != "v1");
    std::iter::once(method)
        .chain(words)
        .collect::<Vec<_>>()
        .join("-")
}

/// Puts one fixture to its operation's request and response.
fn show(operation: &mut Operation, name: &str, fixture: &Value) {
    let what = fixture
        .get("what")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let (Some(body), Some(RefOr::T(request))) = (
        fixture.pointer("/request/body"),
        &mut operation.request_body,
    ) && let Some(RefOr::T(content)) = request.content.values_mut().next()
    {
        add(content, name, what, body);
    }
    let status = fixture
        .pointer("/response/status")
        .map(ToString::to_string)
        .unwrap_or_default();
    if let (Some(body), Some(RefOr::T(response))) = (
        fixture.pointer("/response/body"),
        operation.responses.responses.get_mut(&status),
    ) && let Some(RefOr::T(content)) = response.content.values_mut().next()
    {
        add(content, name, what, body);
    }
}

fn add(content: &mut Content, name: &str, what: &str, body: &Value) {
    // A description has either one example or several named ones.
    content.example = None;
    let example = ExampleBuilder::new()
        .summary(what)
        .value(Some(body.clone()))
        .build();
    content.examples.insert(name.to_owned(), RefOr::T(example));
}

pub(super) fn refusal(words: &str, example: Option<Value>) -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .example(example)
        .build();
    ResponseBuilder::new()
        .description(words)
        .content(PROBLEM_JSON, content)
        .build()
}

/// A problem with that code as it is sent in Spanish.
#[must_use]
pub fn problem(code: Code) -> Value {
    let mut problem = json!({
        "type": format!("/docs/errors#{}", code.code),
        "title": code.title_es,
        "status": code.status,
        "code": code.code,
        "detail": code.detail_es,
        "request_id": "0193612e-8c1f-7c55-9f0e-2b7c5a1f2d10",
    });
    if let (429 | 503, Some(parts)) = (code.status, problem.as_object_mut()) {
        parts.insert("retry_after_s".to_owned(), json!(30));
    }
    problem
}

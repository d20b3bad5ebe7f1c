//! An example for every operation and error of the API.
//!
//! The examples are the files of `mobile-api-spec/examples`, which are the tests' fixtures as well:
//! one text, so that what an app's author reads is what is checked.

use serde_json::{Value, json};
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{Ref, RefOr};

use crate::http::numbers::Numbers;
use crate::http::{Code, problem::PROBLEM_JSON};

/// Puts one fixture to its operation's request and response.
pub(super) fn show(operation: &mut Operation, name: &str, fixture: &Value) {
    let what = fixture
        .get("what")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let Some(why) = fixture.get("wrong_on_purpose") {
        mark_wrong(operation, name, why);
    }
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

/// Says of an example whose request is not as its schema says that this is meant so: it shows what
/// a lenient route does with it. An example of OpenAPI takes no extension, so its operation names
/// it.
fn mark_wrong(operation: &mut Operation, name: &str, why: &Value) {
    let extensions = operation
        .extensions
        .get_or_insert_with(|| ExtensionsBuilder::new().build());
    let marked = extensions
        .entry("x-wrong-on-purpose".to_owned())
        .or_insert_with(|| json!({}));
    if let Some(marked) = marked.as_object_mut() {
        marked.insert(name.to_owned(), why.clone());
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
        "detail": Numbers::fill_preset(code.detail_es),
        "request_id": "0193612e-8c1f-7c55-9f0e-2b7c5a1f2d10",
    });
    if let (429 | 503, Some(parts)) = (code.status, problem.as_object_mut()) {
        parts.insert("retry_after_s".to_owned(), json!(30));
    }
    if let (true, Some(parts)) = (
        code == Code::PRIVACY_NOTICE_OUTDATED,
        problem.as_object_mut(),
    ) {
        parts.insert("privacy_notice_version".to_owned(), json!("2027-01"));
    }
    problem
}

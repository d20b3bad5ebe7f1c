//! With which codes each operation refuses: those of its kind follow from what it takes, its own
//! are listed in `mobile-api-spec/errors.json`, and the tests hold every refusal they see to both.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::response::Response;
use utoipa::openapi::{Ref, RefOr};

use super::examples::refusal;
use crate::http::{Code, problem::PROBLEM_JSON};

/// What a strict body can be refused for.
const OF_A_BODY: [&str; 11] = [
    "bad-json",
    "bad-value",
    "missing-field",
    "unknown-field",
    "duplicate-field",
    "out-of-range",
    "too-large",
    "too-deep",
    "too-slow",
    "broken-body",
    "wrong-content-type",
];

/// Routes that read their body leniently, and whose ids she chose herself.
const LENIENT: [&str; 3] = ["/v1/alerts/", "/v1/watching/", "/v1/notifications/"];

/// The codes of single operations.
pub(super) fn own() -> BTreeMap<String, Vec<String>> {
    // The file is compiled in, and a test reads it.
    serde_json::from_str(include_str!("../../mobile-api-spec/errors.json")).unwrap_or_default()
}

/// Shows with what `operation` refuses.
pub(super) fn show(method: &str, path: &str, operation: &mut Operation, own: &[String]) {
    let common = of_its_kind(method, path, operation);
    let mut all: Vec<&str> = own.iter().map(String::as_str).collect();
    all.extend(
        common
            .iter()
            .filter(|code| !own.iter().any(|own| own == *code)),
    );
    let shown: Vec<Code> = all.iter().filter_map(|code| find(code)).collect();
    if path.starts_with("/v1/") {
        let words = format!(
            "Refused, with one of these codes (docs/api-errors.md): {}",
            all.join(", ")
        );
        operation
            .responses
            .responses
            .insert("4XX".to_owned(), RefOr::T(refusal(&words, None)));
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        // A status of its own is told with the codes that have it, the class with all.
        let of: Option<u16> = status.parse().ok();
        exemplify(
            response,
            shown
                .iter()
                .filter(|code| of.is_none_or(|status| status == code.status)),
        );
    }
    let listed = Value::from(all);
    let extensions = operation
        .extensions
        .get_or_insert_with(|| ExtensionsBuilder::new().build());
    extensions.insert("x-codes".to_owned(), listed);
}

fn find(code: &str) -> Option<Code> {
    Code::ALL.iter().find(|known| known.code == code).copied()
}

fn of_its_kind(method: &str, path: &str, operation: &Operation) -> Vec<&'static str> {
    let mut codes = Vec::new();
    let secured = serde_json::to_string(&operation.security).unwrap_or_default();
    if secured.contains("operator") {
        codes.extend(["unauthorized", "session-revoked", "forbidden"]);
        if method != "get" {
            codes.push("csrf");
        }
    } else if secured.contains("bearer") {
        codes.extend(["unauthorized", "token-expired", "session-revoked"]);
    }
    let lenient = LENIENT.iter().any(|prefix| path.starts_with(prefix));
    if path.contains('{') {
        codes.push("bad-path");
        if !path.starts_with("/v1/alerts/") {
            codes.push("not-found");
        }
    }
    let asks =
        |p: &RefOr<Parameter>| matches!(p, RefOr::T(p) if p.parameter_in == ParameterIn::Query);
    if operation.parameters.iter().flatten().any(asks) {
        codes.push("bad-query");
    }
    let body = operation.request_body.as_ref();
    let json = body.is_some_and(
        |body| matches!(body, RefOr::T(body) if body.content.contains_key("application/json")),
    );
    if json && !lenient {
        codes.extend(OF_A_BODY);
    }
    codes
}

fn exemplify<'c>(response: &mut Response, codes: impl Iterator<Item = &'c Code>) {
    let Some(RefOr::T(content)) = response.content.get_mut(PROBLEM_JSON) else {
        return;
    };
    for code in codes {
        let example = Ref::new(format!("#/components/examples/{}", code.code));
        content
            .examples
            .insert(code.code.to_owned(), RefOr::Ref(example));
    }
}

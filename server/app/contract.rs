//! What the description owes to machines that read it: a name for each operation, who may call it,
//! the headers that go in and come out, and the answer that every route may give when the server is
//! busy.
//!
//! Handlers describe what is theirs alone. What all operations of a kind share is added here once,
//! as components that the operations refer to, so that a generated client has one type for it.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Components, Header, OpenApi, Ref, RefOr, Required};

use super::examples::{problem, refusal};
use crate::http::Code;
use crate::http::numbers::Numbers;

/// The operation ids, in the verbs of the field: generated clients name their methods by them.
/// Within `/v1` a name never changes.
const NAMES: &[(&str, &str)] = &[
    ("GET /.well-known/jwks.json", "getSigningKeys"),
    ("GET /health/alerting", "getAlertingHealth"),
    ("GET /healthz", "getLiveness"),
    ("GET /readyz", "getReadiness"),
    ("GET /v1/alerts/{client_id}", "getAlert"),
    ("PUT /v1/alerts/{client_id}", "raiseAlert"),
    ("POST /v1/alerts/{client_id}/cancel", "cancelAlert"),
    ("POST /v1/alerts/{client_id}/close", "closeAlert"),
    ("POST /v1/alerts/{client_id}/escalate", "escalateAlert"),
    ("POST /v1/alerts/{client_id}/locations", "addLocations"),
    ("GET /v1/alerts/{client_id}/stream", "streamAlert"),
    ("GET /v1/audit", "listReadAudit"),
    ("GET /v1/break-glass", "listBreakGlassRequests"),
    ("POST /v1/callbacks/sms/inbound", "receiveSms"),
    (
        "POST /v1/callbacks/sms/status/{notification}",
        "reportSmsStatus",
    ),
    (
        "POST /v1/callbacks/voice/keys/{notification}",
        "reportPressedKey",
    ),
    (
        "POST /v1/callbacks/voice/status/{notification}",
        "reportCallStatus",
    ),
    ("GET /v1/centres/{id}/policies", "getCentrePolicies"),
    ("PUT /v1/centres/{id}/policies", "setCentrePolicies"),
    ("GET /v1/contacts", "listContacts"),
    ("POST /v1/contacts", "inviteContact"),
    ("DELETE /v1/contacts/{id}", "removeContact"),
    ("PUT /v1/devices/{id}/push", "setPushToken"),
    ("GET /v1/escalations", "listEscalations"),
    ("GET /v1/escalations/stream", "streamEscalations"),
    ("POST /v1/escalations/training", "createTrainingRecord"),
    ("GET /v1/escalations/{id}", "getEscalation"),
    ("POST /v1/escalations/{id}/acknowledge", "acknowledgeClose"),
    ("POST /v1/escalations/{id}/break-glass", "requestBreakGlass"),
    (
        "POST /v1/escalations/{id}/break-glass/{request}/grant",
        "grantBreakGlass",
    ),
    ("POST /v1/escalations/{id}/claim", "claimEscalation"),
    ("POST /v1/escalations/{id}/close", "closeEscalation"),
    ("POST /v1/escalations/{id}/dispatch", "dispatchUnit"),
    ("POST /v1/escalations/{id}/note", "addNote"),
    ("POST /v1/escalations/{id}/on-scene", "reportOnScene"),
    ("POST /v1/escalations/{id}/open", "openEscalation"),
    ("GET /v1/escalations/{id}/print", "printEscalation"),
    ("POST /v1/escalations/{id}/release", "releaseEscalation"),
    ("GET /v1/escalations/{id}/story", "listStory"),
    ("GET /v1/escalations/{id}/stream", "streamEscalation"),
    ("POST /v1/escalations/{id}/take-over", "takeOverEscalation"),
    ("GET /v1/escalations/{id}/trail", "listTrail"),
    ("POST /v1/escalations/{id}/transfer", "transferEscalation"),
    ("GET /v1/heartbeat", "getHeartbeat"),
    ("GET /v1/help-lines", "listHelpLines"),
    ("PUT /v1/help-lines", "setHelpLines"),
    ("GET /v1/invitations/{code}", "getInvitation"),
    ("POST /v1/invitations/{code}", "answerInvitation"),
    ("GET /v1/me", "getMe"),
    ("PATCH /v1/me", "updateMe"),
    ("GET /v1/me/accesses", "listMyAccesses"),
    ("GET /v1/me/conflicts", "listMyConflicts"),
    ("PUT /v1/me/conflicts", "setMyConflicts"),
    ("PUT /v1/me/pin", "setPin"),
    ("GET /v1/me/readiness", "getMyReadiness"),
    ("GET /v1/municipalities", "listMunicipalities"),
    ("GET /v1/municipalities/{code}", "getMunicipality"),
    ("GET /v1/named-by", "listNamedBy"),
    ("DELETE /v1/named-by/{id}", "leaveNetwork"),
    ("PATCH /v1/named-by/{id}", "updateNamedBy"),
    ("POST /v1/notifications/{id}/receipt", "confirmReceipt"),
    ("GET /v1/operators", "listOperators"),
    ("POST /v1/operators", "createOperator"),
    ("GET /v1/restore", "getRestore"),
    ("POST /v1/restore/release", "releaseRestore"),
    ("GET /v1/operators/session", "getOperatorSession"),
    ("POST /v1/operators/sign-in", "signInOperator"),
    ("POST /v1/operators/sign-out", "signOutOperator"),
    ("POST /v1/operators/{id}/disable", "disableOperator"),
    ("POST /v1/operators/{id}/reset", "resetOperator"),
    ("GET /v1/sessions", "listSessions"),
    ("POST /v1/sessions/refresh", "refreshSession"),
    ("POST /v1/sessions/step-up", "stepUp"),
    ("DELETE /v1/sessions/{id}", "revokeSession"),
    ("POST /v1/sessions/{id}/confirm", "confirmSession"),
    ("GET /v1/shift", "getShift"),
    ("POST /v1/sign-in", "requestSignInCode"),
    ("POST /v1/sign-in/verify", "verifySignInCode"),
    ("GET /v1/watching", "listWatchedAlerts"),
    ("GET /v1/watching/{id}", "getWatchedAlert"),
    ("POST /v1/watching/{id}/answer", "answerAlert"),
    ("GET /v1/watching/{id}/stream", "streamWatchedAlert"),
];

/// Parts of paths that are ids; `code` is a link's secret.
const IDS: [&str; 4] = ["client_id", "id", "notification", "request"];

/// Adds what operations share.
pub(super) fn complete(api: &mut OpenApi) {
    let names: BTreeMap<&str, &str> = NAMES.iter().copied().collect();
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            let called = format!("{} {path}", method.to_uppercase());
            operation.operation_id = names.get(called.as_str()).map(ToString::to_string);
            security(operation);
            body(operation);
            parameters(method, path, operation);
            responses(path, operation);
        }
    }
    let paths = serde_json::to_string(&api.paths).unwrap_or_default();
    let components = api.components.get_or_insert_default();
    shared(components);
    // A component that no operation refers to is noise in every generated client.
    components
        .examples
        .retain(|code, _| paths.contains(&format!("#/components/examples/{code}\"")));
    one_shape_of_a_record(components);
}

/// Each operation of a path, with its method.
pub(super) fn operations(
    item: &mut PathItem,
) -> impl Iterator<Item = (&'static str, &mut Operation)> {
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

/// An operation that asks for nothing says so; else a reader takes it for forgotten.
fn security(operation: &mut Operation) {
    operation.security.get_or_insert_default();
}

/// A body that may be left out is one that is not required. That it may be `null` too would be a
/// second way to say so, of which generators make an alternative.
fn body(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content
            && let Some(RefOr::T(Schema::OneOf(either))) = &content.schema
            && let Some(named) = either.items.iter().find(|one| matches!(one, RefOr::Ref(_)))
        {
            content.schema = Some(named.clone());
            body.required = Some(Required::False);
        }
    }
}

fn parameters(method: &str, path: &str, operation: &mut Operation) {
    let secured = serde_json::to_string(&operation.security).unwrap_or_default();
    let all = operation.parameters.get_or_insert_default();
    for parameter in all.iter_mut() {
        if let RefOr::T(parameter) = parameter
            && parameter.parameter_in == ParameterIn::Path
            && IDS.contains(&parameter.name.as_str())
        {
            parameter.schema = Some(RefOr::T(id()));
        }
    }
    let mut add = |name: &str| {
        all.push(RefOr::Ref(Ref::new(format!(
            "#/components/parameters/{name}"
        ))));
    };
    if path.starts_with("/v1/") && !path.starts_with("/v1/callbacks/") {
        add("AcceptLanguage");
    }
    if secured.contains("operator") && method != "get" {
        add("CsrfToken");
    }
    if path.ends_with("/stream") {
        add("LastEventId");
    }
}

fn responses(path: &str, operation: &mut Operation) {
    let all = &mut operation.responses.responses;
    if path.starts_with("/v1/") && !all.contains_key("503") {
        let busy = Ref::new("#/components/responses/Busy");
        all.insert("503".to_owned(), RefOr::Ref(busy));
    }
    for (status, response) in all {
        let RefOr::T(response) = response else {
            continue;
        };
        let mut add = |name: &str| {
            let header = Ref::new(format!("#/components/headers/{name}"));
            response.headers.insert(name.to_owned(), RefOr::Ref(header));
        };
        add("X-Request-Id");
        if matches!(status.as_str(), "4XX" | "429" | "503") {
            add("Retry-After");
        }
    }
}

fn shared(components: &mut Components) {
    for code in Code::ALL {
        let example = ExampleBuilder::new()
            .summary(code.title_en)
            .description(Numbers::fill_preset(code.detail_en))
            .value(Some(problem(*code)))
            .build();
        components
            .examples
            .insert(code.code.to_owned(), RefOr::T(example));
    }
    let mut busy = refusal(
        "The server is busy or starting. Repeat the same request after `Retry-After`; in danger, show how to call 911 meanwhile.",
        Some(problem(Code::BUSY)),
    );
    for name in ["X-Request-Id", "Retry-After"] {
        let header = Ref::new(format!("#/components/headers/{name}"));
        busy.headers.insert(name.to_owned(), RefOr::Ref(header));
    }
    components
        .responses
        .insert("Busy".to_owned(), RefOr::T(busy));
    shared_headers(components);
    shared_parameters(components);
}

fn shared_headers(components: &mut Components) {
    let headers = [
        (
            "X-Request-Id",
            header(
                "The id under which the server logged this request; name it when asking for help.",
                Schema::Object(
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .max_length(Some(128))
                        .build(),
                ),
            ),
        ),
        (
            "Retry-After",
            header(
                "Seconds after which to repeat the request (RFC 9110, section 10.2.3); with 429 and 503.",
                Schema::Object(
                    ObjectBuilder::new()
                        .schema_type(Type::Integer)
                        .minimum(Some(1))
                        .build(),
                ),
            ),
        ),
    ];
    components
        .headers
        .extend(headers.map(|(name, header)| (name.to_owned(), RefOr::T(header))));
}

fn shared_parameters(components: &mut Components) {
    let parameters = [
        (
            "AcceptLanguage",
            parameter(
                "Accept-Language",
                Required::False,
                "Language of the texts for people: `es` or `en` by the highest weight, else Spanish (RFC 9110, section 12.5.4).",
                "es-MX, en;q=0.8",
            ),
        ),
        (
            "CsrfToken",
            parameter(
                "X-CSRF-Token",
                Required::True,
                "What the sign-in returned as `csrf_token`: a page of another site cannot read it.",
                "3f1c…",
            ),
        ),
        (
            "LastEventId",
            parameter(
                "Last-Event-ID",
                Required::False,
                "The `id` of the last event that arrived, as the browser's EventSource sends it: the stream resumes from there.",
                "1764489600000000",
            ),
        ),
    ];
    components
        .parameters
        .extend(parameters.map(|(name, parameter)| (name.to_owned(), RefOr::T(parameter))));
}

/// A record is one object: its members beside `record` are there for the operator who has claimed
/// it. The alternative, one schema for each of two readers, has no mark by which a generated client
/// could tell them apart.
fn one_shape_of_a_record(components: &mut Components) {
    let Some(RefOr::T(Schema::Object(opened))) = components.schemas.get("OpenedRecord") else {
        return;
    };
    let mut view = opened.clone();
    view.required = vec!["record".to_owned()];
    view.description = Some(
        "A record. All but `record` is there only for the operator who has claimed it.".to_owned(),
    );
    components
        .schemas
        .insert("RecordView".to_owned(), RefOr::T(Schema::Object(view)));
}

fn header(words: &str, schema: Schema) -> Header {
    HeaderBuilder::new()
        .description(Some(words))
        .schema(Some(schema))
        .build()
}

fn parameter(name: &str, required: Required, words: &str, example: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(words))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .example(Some(json!(example)))
        .build()
}

fn id() -> Schema {
    Schema::Object(
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .build(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_operation_has_a_name_and_each_name_an_operation() {
        let mut api = crate::app::openapi();
        let mut met = BTreeSet::new();
        for (path, item) in &mut api.paths.paths {
            for (method, operation) in operations(item) {
                let called = format!("{} {path}", method.to_uppercase());
                let name = operation.operation_id.clone();
                assert!(name.is_some(), "{called} has no name in app/contract.rs");
                assert!(met.insert(name), "{called}: its name is another's");
            }
        }
        assert_eq!(met.len(), NAMES.len(), "a name of no operation");
    }
}

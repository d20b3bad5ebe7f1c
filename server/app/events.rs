//! What the server sends by itself, in the API's description: the events of its streams, what it
//! posts to pagers and ops, and what a push carries.
//!
//! Invariant: each has a schema, and the tests hold every event, webhook and push that they see to
//! it. A stream's operation names its events under `x-events`, each with the schema of its `data`;
//! OpenAPI 3.1 has no words of its own for them. `x-internal` marks what generators of clients
//! leave out: a generated method would wait for the end of a stream, and the callbacks are for
//! gateways alone.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, Paths,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};

use super::contract::operations;
use super::sent::{
    FeedGone, FeedStanding, HeartbeatClaims, OpsAlarm, OpsPing, PushData, RecordChanged,
    RecordWebhook,
};
use crate::delivery::channels::webhook::signature;

/// The events of each stream, with the schema of their data.
const STREAMS: &[(&str, &[(&str, &str)])] = &[
    ("/v1/alerts/{client_id}/stream", &[("alert", "AlertView")]),
    (
        "/v1/escalations/stream",
        &[
            ("standing", "FeedStanding"),
            ("record", "RecordSummary"),
            ("gone", "FeedGone"),
        ],
    ),
    (
        "/v1/escalations/{id}/stream",
        &[("place", "ExactPlace"), ("changed", "RecordChanged")],
    ),
    ("/v1/watching/{id}/stream", &[("watch", "WatchView")]),
];

/// What is posted, with its schema and what it is.
const WEBHOOKS: &[(&str, &str, &str)] = &[
    (
        "recordNeedsOperator",
        "RecordWebhook",
        "To a supervisor's or operator's pager: a record needs an operator.",
    ),
    (
        "opsAlarm",
        "OpsAlarm",
        "To ops (`ops.webhook_url`): what the server marked in its log as an alarm.",
    ),
    (
        "opsPing",
        "OpsPing",
        "To ops: `ampara doctor` asks whether the receiver answers.",
    ),
];

/// Adds schemas, the events of the streams, and the webhooks.
pub(super) fn describe(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    add::<FeedStanding>(components);
    add::<FeedGone>(components);
    add::<RecordChanged>(components);
    add::<RecordWebhook>(components);
    add::<OpsAlarm>(components);
    add::<OpsPing>(components);
    add::<PushData>(components);
    add::<HeartbeatClaims>(components);
    claims(components);
    components.add_security_scheme(
        "gateway",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "X-Twilio-Signature",
            "base64(HMAC-SHA1(auth token of the account, public URL of this route followed by each key and value of the form in the keys' order)). What is not signed so is `forbidden`.",
        ))),
    );
    for (path, item) in &mut api.paths.paths {
        let events = STREAMS.iter().find(|(stream, _)| stream == path);
        for (_, operation) in operations(item) {
            if let Some((_, events)) = events {
                stream(operation, events);
            }
            if path.starts_with("/v1/callbacks/") {
                from_a_gateway(operation);
            }
        }
    }
    let mut hooks = Paths::new();
    for (name, schema, what) in WEBHOOKS {
        let item = PathItem::new(HttpMethod::Post, webhook(name, schema, what));
        hooks.paths.insert((*name).to_owned(), item);
    }
    let push = PathItem::new(HttpMethod::Post, push());
    hooks.paths.insert("push".to_owned(), push);
    api.webhooks = Some(hooks);
}

fn add<T: ToSchema>(components: &mut Components) {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    components.schemas.extend(schemas);
}

/// Names the schema of what is in the heartbeat's signed text.
fn claims(components: &mut Components) {
    if let Some(RefOr::T(Schema::Object(statement))) = components.schemas.get_mut("Statement")
        && let Some(RefOr::T(Schema::Object(jws))) = statement.properties.get_mut("heartbeat")
    {
        let schema = json!({ "$ref": "#/components/schemas/HeartbeatClaims" });
        let named = ExtensionsBuilder::new().add("x-claims", schema);
        jws.extensions = Some(named.build());
    }
}

fn extend(operation: &mut Operation, name: &str, value: Value) {
    let extensions = operation
        .extensions
        .get_or_insert_with(|| ExtensionsBuilder::new().build());
    extensions.insert(name.to_owned(), value);
}

fn stream(operation: &mut Operation, events: &[(&str, &str)]) {
    let data = events.iter().map(|(event, schema)| {
        let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
        ((*event).to_owned(), schema)
    });
    extend(operation, "x-events", Value::Object(data.collect()));
    extend(operation, "x-internal", json!(true));
}

/// A callback: signed by the gateway, and nothing for an app.
fn from_a_gateway(operation: &mut Operation) {
    let signed = SecurityRequirement::new("gateway", Vec::<String>::new());
    operation.security = Some(vec![signed]);
    if let Some(parameters) = &mut operation.parameters {
        parameters.retain(
            |parameter| !matches!(parameter, RefOr::T(p) if p.name == "X-Twilio-Signature"),
        );
    }
    extend(operation, "x-internal", json!(true));
}

fn body_of(schema: &str) -> utoipa::openapi::request_body::RequestBody {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema)));
    RequestBodyBuilder::new()
        .content("application/json", content.build())
        .required(Some(Required::True))
        .build()
}

fn webhook(name: &str, schema: &str, what: &str) -> Operation {
    let answer = |words: &str| ResponseBuilder::new().description(words).build();
    let text = |of: ObjectBuilder| of.schema_type(Type::String);
    let headers = [
        (
            signature::ID,
            "The notification's id, as in the body: the same at each try, to drop repeats by.",
            text(ObjectBuilder::new()).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))),
        ),
        (
            signature::TIMESTAMP,
            "The moment of this try, in seconds since 1970. Refuse one more than 5 minutes off.",
            text(ObjectBuilder::new()).pattern(Some("^[0-9]+$")),
        ),
        (
            signature::SIGNATURE,
            "`v1=` and the HMAC-SHA-256, in hexadecimal, by the secret's text, over `{Ampara-Id}.{Ampara-Timestamp}.{body as it came}`. Compare in constant time, and refuse what does not fit.",
            text(ObjectBuilder::new()).pattern(Some("^v1=[0-9a-f]{64}$")),
        ),
    ];
    let mut operation = OperationBuilder::new()
        .operation_id(Some(name))
        .summary(Some(what))
        .tag("webhooks")
        .security(SecurityRequirement::default())
        .request_body(Some(body_of(schema)))
        .response("2XX", answer("Taken. The body is not read."))
        .response(
            "410",
            answer("The receiver is gone: this address gets nothing more."),
        )
        .response(
            "4XX",
            answer("Refused; some are tried again (docs/operating.md)."),
        )
        .response(
            "5XX",
            answer("Tried again, ever more slowly, with the same id."),
        );
    for (name, words, schema) in headers {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(words))
            .schema(Some(Schema::Object(schema.build())));
        operation = operation.parameter(parameter);
    }
    operation.build()
}

/// A push is no request to an app: Google or Apple brings it. It is described as one, so that its
/// data has a schema.
fn push() -> Operation {
    OperationBuilder::new()
        .operation_id(Some("push"))
        .summary(Some(
            "To an app, by way of FCM: the message's `data`. It comes over the phone's own connection to the provider and carries no signature of ours; what it names is read from this server.",
        ))
        .tag("webhooks")
        .security(SecurityRequirement::default())
        .request_body(Some(body_of("PushData")))
        .response(
            "2XX",
            ResponseBuilder::new()
                .description("The app confirms by `POST /v1/notifications/{id}/receipt`.")
                .build(),
        )
        .build()
}

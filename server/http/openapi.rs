//! The frame of the API's description; rooms fill it in with their handlers.

use serde_norway::Value;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Info, License, OpenApi, OpenApiBuilder, Server, Tag};

/// The document without paths: title, tags, and how each kind of caller shows who it is.
#[must_use]
pub fn frame() -> OpenApi {
    let mut info = Info::new("Ampara", env!("CARGO_PKG_VERSION"));
    info.description = Some(DESCRIPTION.to_owned());
    let mut license = License::new("MIT or Apache 2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    let tags = TAGS.iter().map(|(name, words)| {
        let mut tag = Tag::new(*name);
        tag.description = Some((*words).to_owned());
        tag
    });
    let mut api = OpenApiBuilder::new()
        .info(info)
        .tags(Some(tags))
        .servers(Some([Server::new("/")]))
        .build();
    let components = api.components.get_or_insert_default();
    let bearer = |words: &str, format: Option<&str>| {
        let mut http = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(words));
        if let Some(format) = format {
            http = http.bearer_format(format);
        }
        SecurityScheme::Http(http.build())
    };
    components.add_security_scheme(
        "bearer",
        bearer(
            "Access token: 15 minutes, from sign-in or refresh.",
            Some("JWT"),
        ),
    );
    components.add_security_scheme(
        "alert",
        bearer("Alert token of this device: does not expire, and is good for alerts this device raises.", None),
    );
    components.add_security_scheme(
        "operator",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("ampara_operator"))),
    );
    api
}

const DESCRIPTION: &str = "A self-hosted safety-alert server: she presses, her people know within a second, and 911 \
sees a record it can work. Moments are RFC 3339 in UTC, lengths metres, durations seconds, places WGS 84 degrees, \
phones E.164, ids lower-case UUIDs. Refusals are RFC 9457 problems with a stable `code`.";

const TAGS: &[(&str, &str)] = &[
    ("sign-in", "Codes and tokens."),
    (
        "she",
        "Her alert and her contacts. An alert's bodies are read leniently; unknown fields are ignored.",
    ),
    (
        "me",
        "Herself: name, PIN, policy, officers who must not learn of her.",
    ),
    ("sessions", "Her phones, and showing that it is she."),
    ("devices", "Where pushes go."),
    ("contact", "What a contact sees and answers."),
    ("help-lines", "Help lines: where else to call."),
    ("operators", "Who works at a centre."),
    ("escalations", "The 911 records and their feed."),
    ("audit", "Who read what."),
    (
        "administration",
        "Operators, the policies of centres, help lines.",
    ),
    ("providers", "What providers report."),
    ("webhooks", "What the server sends: pagers, ops, pushes."),
    (
        "health",
        "Whether the server lives, and whether it can take an alert.",
    ),
];

/// The document as YAML, as it is committed in `mobile-api-spec/openapi.yaml`: the same bytes each
/// time.
///
/// # Errors
/// What the writer says of a value that YAML cannot hold.
pub fn yaml(api: &OpenApi) -> Result<String, String> {
    let written = serde_norway::to_value(api).map_err(|e| e.to_string())?;
    serde_norway::to_string(&in_order(written)).map_err(|e| e.to_string())
}

/// The same with each object's extensions last and sorted: utoipa keeps them in a map without
/// order.
fn in_order(value: Value) -> Value {
    match value {
        Value::Sequence(items) => items.into_iter().map(in_order).collect(),
        Value::Mapping(parts) => {
            let parts = parts.into_iter().map(|(key, part)| (key, in_order(part)));
            let (mut extensions, mut parts): (Vec<_>, Vec<_>) =
                parts.partition(|(key, _)| key.as_str().is_some_and(|key| key.starts_with("x-")));
            extensions.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
            parts.append(&mut extensions);
            Value::Mapping(parts.into_iter().collect())
        }
        other => other,
    }
}

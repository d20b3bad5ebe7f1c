//! What may grow without a new version: words and members of what the server sends.
//!
//! A phone in a drawer runs last year's app, and the server of today sends it a word that the app
//! has never met. A client generated from a closed `enum` refuses the whole reply then, her alert
//! included. So what the server sends lists its words under `x-extensible-enum` and is a string to
//! generators; and no object that it sends is closed to members that come later. What callers alone
//! send stays closed: the server refuses what it does not know.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::schema::{AdditionalProperties, Object, Schema};
use utoipa::openapi::{OpenApi, RefOr};

/// Opens every schema that is reached from what the server sends.
pub(super) fn open(api: &mut OpenApi) {
    let whole = serde_json::to_value(&*api).unwrap_or_default();
    let sent = sent(&whole);
    let Some(components) = &mut api.components else {
        return;
    };
    for (name, schema) in &mut components.schemas {
        if let RefOr::T(schema) = schema
            && sent.contains(name)
        {
            open_schema(schema);
        }
    }
}

/// The names of all schemas that the server sends: in responses, events, and webhooks of its own.
fn sent(whole: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let operations = |part: &str| -> Vec<&Value> {
        let items = whole.get(part).and_then(Value::as_object);
        let items = items.into_iter().flat_map(serde_json::Map::values);
        items
            .filter_map(Value::as_object)
            .flat_map(serde_json::Map::values)
            .collect()
    };
    let said = ["responses", "x-events"];
    let replies = operations("paths").into_iter();
    let replies = replies.flat_map(|operation| said.map(|part| operation.get(part)));
    let hooks = operations("webhooks").into_iter();
    let hooks = hooks.map(|operation| operation.get("requestBody"));
    for part in replies.chain(hooks).flatten() {
        reach(whole, part, &mut names);
    }
    names
}

fn reach(whole: &Value, part: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Array(items) => items.iter().for_each(|item| reach(whole, item, names)),
        Value::Object(parts) => {
            let schema = parts.get("$ref").and_then(Value::as_str);
            let schema = schema.and_then(|at| at.strip_prefix("#/components/schemas/"));
            if let Some(name) = schema
                && names.insert(name.to_owned())
                && let Some(schema) = whole.pointer(&format!("/components/schemas/{name}"))
            {
                reach(whole, schema, names);
            }
            let inside = parts.iter().filter(|(key, _)| !key.starts_with("example"));
            inside.for_each(|(_, part)| reach(whole, part, names));
        }
        _ => {}
    }
}

fn open_schema(schema: &mut Schema) {
    let Schema::Object(object) = schema else {
        return;
    };
    open_object(object);
    for member in object.properties.values_mut() {
        if let RefOr::T(member) = member {
            open_schema(member);
        }
    }
}

fn open_object(object: &mut Object) {
    if matches!(
        object.additional_properties.as_deref(),
        Some(AdditionalProperties::FreeForm(false))
    ) {
        object.additional_properties = None;
    }
    if let Some(words) = object.enum_values.take() {
        object.extensions = Some(
            ExtensionsBuilder::new()
                .add("x-extensible-enum", Value::from(words))
                .build(),
        );
    }
}

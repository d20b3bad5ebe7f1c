//! The bounds in the description are the server's: the greatest and the least value pass, the next
//! one is refused by name.
//!
//! The description is the table, so that a new member is tried by itself.

use serde_json::{Value, json};
use uuid::Uuid;

use super::bad_input::{Callers, resolved, strict};
use crate::harness::client::{self, Reply};
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::description::Description;
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::harness::schemas::faults;

/// Members that must be one of a few that the server knows, or a credential: what is long enough is
/// still refused, so that only the other side of their bounds can be tried.
const CHOSEN: [&str; 8] = [
    "app_id",
    "code",
    "email",
    "kind",
    "municipality",
    "privacy_notice",
    "refresh",
    "totp",
];

/// A path that leads to what is there, and a body that names what is there: else the refusal would be
/// for that.
fn real(callers: &Callers<'_>, name: &str, path: &str, body: &Value) -> (String, Value) {
    let town = callers.town;
    let mut body = body.clone();
    if body["centre"].is_string() {
        body["centre"] = json!(town.centres[0]);
    }
    // A proof is one of the two.
    if name.ends_with("/step-up") && path == "code" {
        body.as_object_mut().unwrap().remove("pin");
    }
    let path = match name {
        "PUT /v1/devices/{id}/push" => format!("/v1/devices/{}/push", callers.she.device),
        "PUT /v1/centres/{id}/policies" => format!("/v1/centres/{}/policies", town.centres[0]),
        "POST /v1/invitations/{code}" => format!("/v1/invitations/{}", "A".repeat(43)),
        _ => super::bad_input::nobodys(name),
    };
    (path, body)
}

async fn sends(callers: &Callers<'_>, name: &str, at: &str, body: &Value) -> Reply {
    let (path, body) = real(callers, name, at, body);
    client::sent(callers.request(name, &path).json(&body)).await
}

/// Codes that refuse what was sent without naming a member: they must not tell which was wrong.
/// Guessing is slowed down, so that a try too many says only that.
const WHOLE: [&str; 7] = [
    "code-wrong",
    "pin-weak",
    "pin-wrong",
    "privacy-notice-outdated",
    "rate-limited",
    "sign-in-failed",
    "unauthorized",
];

/// One member of a body, with bodies in which it is at a bound and beyond one.
struct Edges {
    path: String,
    name: String,
    within: Vec<Value>,
    beyond: Vec<Value>,
}

/// Texts of that length: the example's text made longer or shorter in several ways, so that one of
/// them has the right form.
fn texts(example: &str, length: usize) -> Vec<Value> {
    let letters: Vec<char> = example.chars().collect();
    let middle = letters.len() / 2;
    let pad = |at: usize, with: char| -> String {
        let gap = std::iter::repeat_n(with, length.saturating_sub(letters.len()));
        let (head, tail) = letters.split_at(at);
        head.iter()
            .copied()
            .chain(gap)
            .chain(tail.iter().copied())
            .take(length)
            .collect()
    };
    let digits = |n: usize| -> String { "4821".chars().cycle().take(n).collect() };
    let all = [
        pad(middle, ' '),
        pad(letters.len(), '0'),
        "a".repeat(length),
        digits(length),
        format!("+{}", digits(length.saturating_sub(1))),
    ];
    all.into_iter()
        .filter(|text| text.trim().chars().count() == length)
        .map(Value::from)
        .collect()
}

fn values(schema: &Value, example: &Value) -> (Vec<Value>, Vec<Value>) {
    let number = |key: &str| schema[key].as_f64();
    let count = |key: &str| schema[key].as_u64().map(|n| usize::try_from(n).unwrap());
    let (mut within, mut beyond) = (Vec::new(), Vec::new());
    let text = example.as_str().unwrap_or("a");
    if let Some(most) = count("maxLength") {
        within.extend(texts(text, most));
        beyond.extend(texts(text, most + 1));
    }
    if let Some(least) = count("minLength") {
        within.extend(texts(text, least));
        beyond.extend(texts(text, least - 1));
    }
    if schema["pattern"].is_string() {
        within.push(json!(text));
        beyond.push(json!(format!("{text}€")));
    }
    let whole = schema["type"].to_string().contains("integer");
    let step = if whole { 1.0 } else { 0.001 };
    let written = |n: f64| if whole { json!(n as i64) } else { json!(n) };
    if let Some(most) = number("maximum") {
        within.push(written(most));
        beyond.push(written(most + step));
    }
    if let Some(least) = number("minimum") {
        within.push(written(least));
        beyond.push(written(least - step));
    }
    if let Some(item) = example.get(0) {
        let list = |n: usize| Value::from(vec![item.clone(); n]);
        if let Some(most) = count("maxItems") {
            within.push(list(most));
            beyond.push(list(most + 1));
        }
        if let Some(least) = count("minItems") {
            beyond.push(list(least - 1));
        }
    }
    within.retain(|value| faults(schema, value, "").is_empty());
    beyond.retain(|value| !faults(schema, value, "").is_empty());
    (within, beyond)
}

fn edges(schema: &Value, body: &Value, at: &str, name: &str) -> Vec<Edges> {
    let schema = resolved(schema);
    let (within, beyond) = values(schema, body);
    let mut all = Vec::new();
    if !beyond.is_empty() {
        let (path, name) = (at.to_owned(), name.to_owned());
        all.push(Edges {
            path,
            name,
            within,
            beyond,
        });
    }
    let mut inside =
        |part: &Value, value: &Value, at: String, name: &str, put: &dyn Fn(Value) -> Value| {
            for mut edge in edges(part, value, &at, name) {
                for list in [&mut edge.within, &mut edge.beyond] {
                    list.iter_mut().for_each(|value| *value = put(value.take()));
                }
                all.push(edge);
            }
        };
    for (key, part) in schema["properties"].as_object().into_iter().flatten() {
        let at = if at.is_empty() {
            key.clone()
        } else {
            format!("{at}.{key}")
        };
        inside(part, &body[key], at, key, &|value| {
            let mut whole = if body.is_object() {
                body.clone()
            } else {
                json!({})
            };
            whole[key] = value;
            whole
        });
    }
    if let Some(example) = body.get(0) {
        let at = format!("{at}[0]");
        inside(&schema["items"], example, at, name, &|value| json!([value]));
    }
    all
}

/// Whether a refusal names that member.
fn names(reply: &Reply, path: &str) -> bool {
    let problem: Value = serde_json::from_str(&reply.text).unwrap_or_default();
    let fields = problem["fields"].as_array().cloned().unwrap_or_default();
    fields.iter().any(|field| {
        let named = field["path"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches('.');
        // A list may be named as a whole, and an item of it by its number alone.
        named == path || (!named.is_empty() && (path.starts_with(named) || path.ends_with(named)))
    })
}

#[test]
fn the_greatest_value_passes_and_the_next_is_refused_by_name() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        let (mut wrong, mut tried) = (Vec::new(), 0);
        for (name, body, schema) in strict() {
            for edge in edges(&schema, &body, "", "") {
                let told = format!("{name} {}", edge.path);
                let mut passed = false;
                for body in &edge.within {
                    let reply = sends(&callers, &name, &edge.path, body).await;
                    assert!(reply.status.as_u16() < 500, "{told}: {}", reply.text);
                    passed |= !names(&reply, &edge.path) && reply.code() != "bad-json";
                    tried += 1;
                }
                if !passed && !CHOSEN.contains(&edge.name.as_str()) {
                    wrong.push(format!("{told}: no value at its bound passes"));
                }
                for body in &edge.beyond {
                    let reply = sends(&callers, &name, &edge.path, body).await;
                    let clear = names(&reply, &edge.path) || WHOLE.contains(&reply.code().as_str());
                    if !reply.status.is_client_error() || !clear {
                        wrong.push(format!(
                            "{told}: {body:.200} → {} {}",
                            reply.status, reply.text
                        ));
                    }
                    tried += 1;
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(tried > 150, "only {tried}: where have they gone?");
    });
}

/// Codes that refuse a body for what is in it.
const UNREAD: [&str; 5] = [
    "bad-json",
    "bad-value",
    "missing-field",
    "out-of-range",
    "unknown-field",
];

#[test]
fn a_proof_with_a_null_beside_it_is_that_proof() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin("4821").await;
        for (proof, status, code) in [
            (json!({ "pin": "4821", "code": null }), 200, ""),
            (json!({ "pin": "4822", "code": null }), 422, "pin-wrong"),
            (json!({ "pin": null, "code": "000000" }), 422, "code-wrong"),
            (json!({ "pin": null, "code": null }), 422, "missing-field"),
            (json!({ "pin": "4821", "code": "000000" }), 422, "bad-value"),
        ] {
            let reply = she.client().post("/v1/sessions/step-up", &proof).await;
            let told = (reply.status.as_u16(), reply.code());
            assert_eq!(told, (status, code.to_owned()), "{proof}");
        }
    });
}

#[test]
fn null_counts_as_left_out_wherever_a_member_may_be_null() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        let mut wrong = Vec::new();
        for (name, body, schema) in strict() {
            let members = schema["properties"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            for (key, part) in members {
                if !faults(&part, &Value::Null, "").is_empty() {
                    continue;
                }
                let sent = |member: Option<Value>| {
                    let mut body = body.clone();
                    let parts = body.as_object_mut().unwrap();
                    parts.remove(&key);
                    parts.extend(member.map(|value| (key.clone(), value)));
                    callers.sends(&name, "application/json", body.to_string())
                };
                let null = sent(Some(Value::Null)).await;
                let without = sent(None).await;
                let unread = |reply: &Reply| UNREAD.contains(&reply.code().as_str());
                if unread(&null) && !unread(&without) {
                    wrong.push(format!("{name} {key}: {} and {}", null.text, without.text));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// Members that a lenient route cuts rather than refuses.
const CUT: [&str; 2] = ["note", "provider"];

#[test]
fn a_lenient_route_names_what_is_beyond_a_bound_and_takes_the_rest() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        let alert = Uuid::new_v4();
        let api = Description::get();
        for (name, path) in [
            ("PUT /v1/alerts/{client_id}", format!("/v1/alerts/{alert}")),
            (
                "POST /v1/alerts/{client_id}/locations",
                format!("/v1/alerts/{alert}/locations"),
            ),
        ] {
            let media = &api.operation(name).unwrap()["requestBody"]["content"]["application/json"];
            let examples = media["examples"].as_object().unwrap();
            let body = &examples.values().next().unwrap()["value"];
            let alone = |body: &Value| {
                let mut body = body.clone();
                if let Some(fixes) = body["fixes"].as_array_mut() {
                    fixes.truncate(1);
                }
                body
            };
            for edge in edges(&media["schema"], &alone(body), "", "") {
                let told = format!("{name} {}", edge.path);
                for (body, within) in edge
                    .within
                    .iter()
                    .map(|body| (body, true))
                    .chain(edge.beyond.iter().map(|body| (body, false)))
                {
                    let request = callers.request(name, &path).json(body);
                    let reply = client::sent(request).await;
                    if edge.path == "fixes" {
                        assert_eq!(reply.status.is_success(), within, "{told}: {}", reply.text);
                        assert!(within || names(&reply, "fixes"), "{told}: {}", reply.text);
                        continue;
                    }
                    assert!(reply.status.is_success(), "{told}: {body}: {}", reply.text);
                    let warnings = reply.json()["warnings"]
                        .as_array()
                        .cloned()
                        .unwrap_or_default();
                    // The same number comes again and again here.
                    let named = warnings.iter().any(|warning| {
                        warning["path"] == edge.path.as_str() && warning["code"] != "seq-used"
                    });
                    let cut = CUT.contains(&edge.name.as_str());
                    assert_eq!(named, !within && !cut, "{told}: {body}: {warnings:?}");
                }
            }
        }
    });
}

#[test]
fn a_page_has_at_least_one_and_at_most_a_hundred_items() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        let mut tried = 0;
        for (name, operation) in Description::get().operations() {
            let parameters = operation["parameters"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let Some(limit) = parameters.iter().find(|p| p["name"] == "limit") else {
                continue;
            };
            let bound = |key: &str| limit["schema"][key].as_i64().unwrap();
            for (asked, good) in [
                (bound("minimum"), true),
                (bound("maximum"), true),
                (bound("minimum") - 1, false),
                (bound("maximum") + 1, false),
            ] {
                let path = super::bad_input::nobodys(&name);
                let request = callers.request(&name, &format!("{path}?limit={asked}"));
                let reply = client::sent(request).await;
                let refused = reply.code() == "bad-query";
                assert_eq!(refused, !good, "{name}?limit={asked}: {}", reply.text);
                tried += 1;
            }
        }
        assert!(tried >= 20, "only {tried}: where have they gone?");
    });
}

//! Bad input on every strict route: a problem that says what to fix, never a 5xx.

use ampara::identity::model::Role;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::harness::client::{Client, Reply};
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};
use crate::harness::tier;

/// Routes that take a strict body, with one that is almost right.
fn strict_routes(she: &Her<'_>) -> Vec<(Method, String, Value)> {
    let (nobody, guess) = (Uuid::now_v7(), "A".repeat(43));
    vec![
        (Method::POST, "/v1/sign-in".into(), json!({ "phone": 7 })),
        (
            Method::POST,
            "/v1/sign-in/verify".into(),
            json!({ "phone": HER_PHONE, "code": "000000" }),
        ),
        (
            Method::POST,
            "/v1/sessions/refresh".into(),
            json!({ "refresh": "x" }),
        ),
        (
            Method::POST,
            "/v1/sessions/step-up".into(),
            json!({ "pin": 4821 }),
        ),
        (
            Method::POST,
            format!("/v1/sessions/{nobody}/confirm"),
            json!({}),
        ),
        (
            Method::PATCH,
            "/v1/me".into(),
            json!({ "policy": "sometimes" }),
        ),
        (Method::PUT, "/v1/me/pin".into(), json!({ "pin": "1111" })),
        (
            Method::PUT,
            "/v1/me/conflicts".into(),
            json!({ "officers": [{}] }),
        ),
        (
            Method::PUT,
            format!("/v1/devices/{}/push", she.device),
            json!({ "platform": "toaster", "app_id": "x" }),
        ),
        (
            Method::POST,
            "/v1/contacts".into(),
            json!({ "name": "", "phone": "911" }),
        ),
        (
            Method::POST,
            format!("/v1/invitations/{guess}"),
            json!({ "accept": "yes" }),
        ),
        (
            Method::POST,
            "/v1/operators/sign-in".into(),
            json!({ "name": "x" }),
        ),
    ]
}

/// Bodies that no strict route takes, with their content type.
fn bad_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let json = "application/json";
    vec![
        (json, Vec::new()),
        (json, b"{".to_vec()),
        (json, b"null".to_vec()),
        (json, b"[]".to_vec()),
        (json, b"{\"phone\": NaN, \"name\": Infinity}".to_vec()),
        (json, b"{\"phone\": 1e999}".to_vec()),
        (json, b"\xff\xfe\xfd".to_vec()),
        (json, b"{\"a\": \"\\ud800\"}".to_vec()),
        (json, b"{\"phone\": \"x\", \"phone\": \"y\"}".to_vec()),
        (json, b"{\"surprise\": true}".to_vec()),
        (
            json,
            format!("{{\"name\": \"{}\"}}", "x".repeat(300 * 1024)).into_bytes(),
        ),
        (
            json,
            [
                b"{\"name\": ".to_vec(),
                "[".repeat(5_000).into_bytes(),
                "]".repeat(5_000).into_bytes(),
                b"}".to_vec(),
            ]
            .concat(),
        ),
        ("text/plain", b"{\"phone\": \"+526144100001\"}".to_vec()),
        ("application/xml", b"<phone/>".to_vec()),
        ("multipart/form-data; boundary=x", b"--x--".to_vec()),
    ]
}

/// A 4xx in the form of a problem, which says what to fix and repeats nothing of the input.
#[track_caller]
fn says_what_to_fix(reply: &Reply, about: &str) {
    let status = reply.status.as_u16();
    assert!(
        (400..500).contains(&status),
        "{about}: {status} {}",
        reply.text
    );
    let kind = reply
        .headers
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    assert!(
        kind.starts_with("application/problem+json"),
        "{about}: {status} as {kind:?} {}",
        reply.text
    );
    let problem = reply.json();
    for part in ["type", "title", "code", "detail", "request_id"] {
        assert!(
            problem[part].as_str().is_some_and(|text| !text.is_empty()),
            "{about}: no {part} in {problem}"
        );
    }
    assert_eq!(problem["status"], status, "{about}");
    assert!(
        !reply.text.contains("surprise\":true") && reply.text.len() < 4_096,
        "{about}: {}",
        reply.text
    );
}

fn signed_in(she: &Her<'_>) -> Client {
    she.client().speaking("en")
}

both_engines! {
    async fn every_strict_route_refuses_a_bad_body_and_says_what_to_fix(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let client = signed_in(&she);
        for (method, path, almost) in strict_routes(&she) {
            let reply = client.raw(method.clone(), &path, "application/json", almost.to_string()).await;
            // A confirmation has no body; a step-up may be limited.
            says_what_to_fix(&reply, &format!("{method} {path} {almost}"));
            for (kind, body) in bad_bodies() {
                let shown = String::from_utf8_lossy(&body).chars().take(40).collect::<String>();
                let reply = client.raw(method.clone(), &path, kind, body).await;
                says_what_to_fix(&reply, &format!("{method} {path} {kind} {shown}"));
            }
        }
    }

    async fn operators_routes_refuse_a_bad_body_and_say_what_to_fix(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        she.presses().await;
        let record = boss.sees_one().await;
        boss.claims(&record).await.expect(200);
        let id = record["id"].as_str().unwrap();
        let mut routes: Vec<(&Operator911<'_>, Method, String)> = ["dispatch", "on-scene", "note", "close", "transfer", "open"]
            .into_iter()
            .map(|verb| (&boss, Method::POST, format!("/v1/escalations/{id}/{verb}")))
            .collect();
        routes.push((&boss, Method::POST, "/v1/escalations/training".into()));
        routes.push((&admin, Method::POST, "/v1/operators".into()));
        routes.push((&admin, Method::PUT, "/v1/help-lines".into()));
        for (who, method, path) in routes {
            for (kind, body) in bad_bodies() {
                let shown = String::from_utf8_lossy(&body).chars().take(40).collect::<String>();
                let request = who.request(method.clone(), &path).header("content-type", kind).body(body);
                let response = request.send().await.unwrap();
                let (status, headers) = (response.status(), response.headers().clone());
                let reply = Reply { status, headers, text: response.text().await.unwrap() };
                says_what_to_fix(&reply, &format!("{method} {path} {kind} {shown}"));
            }
        }
    }

    async fn paths_queries_and_methods_that_are_none_are_problems(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (client, nobody) = (signed_in(&she), Uuid::now_v7());
        for (method, path, code) in [
            (Method::PUT, "/v1/alerts/not-a-uuid".to_owned(), "bad-path"),
            (Method::GET, "/v1/alerts/%00".to_owned(), "bad-path"),
            (Method::GET, format!("/v1/alerts/{nobody}"), "alert-unknown"),
            (Method::DELETE, format!("/v1/contacts/{nobody}"), "not-found"),
            (Method::DELETE, "/v1/contacts/7".to_owned(), "bad-path"),
            (Method::DELETE, format!("/v1/sessions/{nobody}"), "not-found"),
            (Method::GET, "/v1/sessions?limit=1000".to_owned(), "bad-query"),
            (Method::GET, "/v1/sessions?limit=-1".to_owned(), "bad-query"),
            (Method::GET, "/v1/sessions?cursor=x".to_owned(), "bad-query"),
            (Method::GET, "/v1/sessions?surprise=1".to_owned(), "bad-query"),
            (Method::DELETE, format!("/v1/named-by/{nobody}"), "not-found"),
            (Method::POST, format!("/v1/notifications/{nobody}/receipt"), "not-found"),
            (Method::POST, format!("/v1/watching/{nobody}/answer"), "bad-value"),
            (Method::PATCH, "/v1/contacts".to_owned(), "method-not-allowed"),
            (Method::GET, "/v1/nothing".to_owned(), "not-found"),
            (Method::GET, "/v1/help-lines?municipality=atlantis".to_owned(), "not-found"),
        ] {
            let reply = client.raw(method.clone(), &path, "application/json", "{}").await;
            says_what_to_fix(&reply, &path);
            assert_eq!(reply.code(), code, "{method} {path}: {}", reply.text);
        }
    }

    async fn fixes_out_of_range_are_named_and_a_hundred_and_one_are_too_many(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses().await;
        let fix = |lat: Value, lon: Value| json!({ "lat": lat, "lon": lon });
        let bad = json!({ "fixes": [fix(json!(91), json!(0)), fix(json!(0), json!(181)), fix(json!("NaN"), json!(0)), fix(Value::Null, json!(1)), 7] });
        let told = she.alarm().post(&pressed.path("/locations"), &bad).await.expect(200);
        assert_eq!(told["accepted"], 0);
        let paths: Vec<&str> = told["warnings"].as_array().unwrap().iter().map(|w| w["path"].as_str().unwrap()).collect();
        assert_eq!(paths.len(), 5, "{paths:?}");
        let many: Vec<Value> = (0..101).map(|seq| json!({ "lat": 28.6, "lon": -106.0, "seq": seq })).collect();
        let reply = she.alarm().post(&pressed.path("/locations"), &json!({ "fixes": many })).await;
        says_what_to_fix(&reply, "101 fixes");
        assert_eq!(reply.code(), "too-many-fixes");
        for body in ["", "{", "7", "{\"fixes\": []}", "{\"fixes\": {}}"] {
            let reply = she.alarm().raw(Method::POST, &pressed.path("/locations"), "application/json", body).await;
            says_what_to_fix(&reply, body);
        }
        assert_eq!(town.count("select count(*) as n from fixes").await, 1, "the press's own");
    }

    async fn anothers_ids_are_the_same_404_as_none(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let other = Her::signs_in(&town, "+526144100008").await;
        let pressed = she.presses().await;
        let push = prima.gets_alarm().await;
        let nobody = Uuid::now_v7();
        for (method, theirs, none) in [
            (Method::DELETE, format!("/v1/contacts/{}", prima.contact), format!("/v1/contacts/{nobody}")),
            (Method::DELETE, format!("/v1/sessions/{}", she.session), format!("/v1/sessions/{nobody}")),
            (Method::DELETE, format!("/v1/named-by/{}", prima.contact), format!("/v1/named-by/{nobody}")),
            (Method::POST, format!("/v1/sessions/{}/confirm", she.session), format!("/v1/sessions/{nobody}/confirm")),
            (Method::POST, format!("/v1/notifications/{}/receipt", push.notification()), format!("/v1/notifications/{nobody}/receipt")),
            (Method::POST, format!("/v1/watching/{}/answer", pressed.id()), format!("/v1/watching/{nobody}/answer")),
        ] {
            let mut answers = Vec::new();
            for path in [&theirs, &none] {
                let reply = other.client().raw(method.clone(), path, "application/json", "{\"answer\": \"on_my_way\"}").await;
                assert_eq!(reply.status.as_u16(), 404, "{path}: {}", reply.text);
                let mut problem = reply.json();
                problem["request_id"] = Value::Null;
                answers.push(problem);
            }
            assert_eq!(answers[0], answers[1], "{theirs}");
        }
        let push = json!({ "platform": "android", "app_id": crate::harness::settings::APP, "provider": "fcm", "token": "t" });
        other.client().put(&format!("/v1/devices/{}/push", she.device), &push).await.expect_problem(404, "not-found");
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "delivered", "nothing of it counted");
    }

    async fn forged_tokens_open_nothing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pieces: Vec<&str> = she.access.split('.').collect();
        let part = |n: usize| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(pieces[n]).unwrap()).unwrap() };
        let with = |n: usize, key: &str, value: Value| {
            let mut part = part(n);
            part[key] = value;
            URL_SAFE_NO_PAD.encode(part.to_string())
        };
        let forged = [
            format!("{}.{}.", with(0, "alg", json!("none")), pieces[1]),
            format!("{}.{}.{}", with(0, "alg", json!("HS256")), pieces[1], pieces[2]),
            format!("{}.{}.{}", with(0, "kid", json!("../../etc/passwd")), pieces[1], pieces[2]),
            format!("{}.{}.{}", with(0, "typ", json!("heartbeat+jwt")), pieces[1], pieces[2]),
            format!("{}.{}.{}", pieces[0], with(1, "aud", json!("another")), pieces[2]),
            format!("{}.{}.{}", pieces[0], with(1, "exp", json!(9_999_999_999_i64)), pieces[2]),
            format!("{}.{}.{}", pieces[0], with(1, "sub", json!(Uuid::now_v7())), pieces[2]),
            she.refresh.clone(),
            "'; drop table people; --".into(),
        ];
        for token in forged {
            let forger = town.app.anyone().with_bearer(&token);
            for (method, path) in [(Method::GET, "/v1/me".to_owned()), (Method::PUT, format!("/v1/alerts/{}", Uuid::new_v4()))] {
                let reply = forger.raw(method, &path, "application/json", "{}").await;
                says_what_to_fix(&reply, &path);
                assert_eq!(reply.status.as_u16(), 401, "{path} with {token}");
            }
        }
        assert_eq!(town.count("select count(*) as n from alerts").await, 0);
    }

    async fn no_body_whatever_makes_a_5xx(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (client, routes) = (signed_in(&she), strict_routes(&she));
        let mut runner = TestRunner::deterministic();
        let text = prop_oneof![any_json().prop_map(|v| v.to_string().into_bytes()), any::<Vec<u8>>()];
        for n in 0..tier::count(120, 5_000) {
            let body = text.new_tree(&mut runner).unwrap().current();
            let (method, path, _) = &routes[n % routes.len()];
            let reply = client.raw(method.clone(), path, "application/json", body.clone()).await;
            assert!(reply.status.as_u16() < 500, "{method} {path} {}: {}", String::from_utf8_lossy(&body), reply.text);
        }
    }
}

/// JSON with the names that the API knows.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "phone", "code", "pin", "name", "officers", "token", "accept", "policy", "device", "x",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(name.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

//! The fake can fail: each test here makes it do so.

use ampara::clock::{At, Clock};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::oauth::{GRANT, SCOPE};
use super::{Answer, Fcm, message};
use crate::harness::client;

fn good() -> Value {
    json!({ "message": {
        "token": "phone-1",
        "data": { "kind": "alarm", "notification": "n1" },
        "android": { "priority": "HIGH", "ttl": "600s" },
        "apns": {
            "headers": { "apns-priority": "10" },
            "payload": { "aps": { "alert": "Tienes un aviso urgente", "sound": "default", "mutable-content": 1,
                                  "interruption-level": "time-sensitive" } },
        },
    } })
}

fn clock() -> Clock {
    Clock::manual(At::parse("2026-11-24T20:00:00Z").unwrap())
}

struct Sender {
    http: reqwest::Client,
    bearer: String,
    url: String,
}

impl Sender {
    async fn signed_in(fcm: &Fcm, clock: &Clock) -> Self {
        let bearer = ask_token(fcm, clock, SCOPE, 3600).await["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let url = format!("{}/v1/projects/mia/messages:send", fcm.base_url());
        Self {
            http: client::bare(),
            bearer,
            url,
        }
    }

    async fn send(&self, body: &Value) -> Result<(u16, String), reqwest::Error> {
        let response = self
            .http
            .post(&self.url)
            .bearer_auth(&self.bearer)
            .json(body)
            .send()
            .await?;
        let status = response.status().as_u16();
        Ok((status, response.text().await?))
    }
}

async fn ask_token(fcm: &Fcm, clock: &Clock, scope: &str, seconds: i64) -> Value {
    let file = std::fs::read_to_string(fcm.service_account_file("mia")).unwrap();
    let account: Value = serde_json::from_str(&file).unwrap();
    let iat = clock.now().micros() / 1_000_000;
    let claims = json!({ "iss": account["client_email"], "scope": scope, "aud": account["token_uri"],
                         "iat": iat, "exp": iat + seconds });
    let key =
        EncodingKey::from_rsa_pem(account["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap();
    let form = [("grant_type", GRANT), ("assertion", assertion.as_str())];
    let response = client::bare()
        .post(fcm.token_uri())
        .form(&form)
        .send()
        .await
        .unwrap();
    response.json().await.unwrap()
}

#[actix_web::test]
async fn a_good_message_is_taken_and_claimed() {
    let clock = clock();
    let fcm = Fcm::start(clock.clone());
    let sender = Sender::signed_in(&fcm, &clock).await;
    let (status, body) = sender.send(&good()).await.unwrap();
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("projects/mia/messages/"), "{body}");
    let push = fcm.expects_push("phone-1").await;
    assert_eq!((push.notification(), push.project.as_str()), ("n1", "mia"));
}

#[actix_web::test]
#[should_panic(expected = "unclaimed: [\"push to phone-1")]
async fn a_push_that_nobody_claims_fails_the_test() {
    let clock = clock();
    let fcm = Fcm::start(clock.clone());
    Sender::signed_in(&fcm, &clock)
        .await
        .send(&good())
        .await
        .unwrap();
}

#[actix_web::test]
#[should_panic(expected = "is no path of FCM")]
async fn the_legacy_endpoint_fails_the_test() {
    let fcm = Fcm::start(clock());
    let _ = client::bare()
        .post(format!("{}/fcm/send", fcm.base_url()))
        .body("{}")
        .send()
        .await
        .unwrap();
}

#[actix_web::test]
async fn an_assertion_for_another_scope_or_for_longer_than_an_hour_gets_no_token() {
    let clock = clock();
    let fcm = Fcm::start(clock.clone());
    assert_eq!(
        ask_token(
            &fcm,
            &clock,
            "https://www.googleapis.com/auth/cloud-platform",
            3600
        )
        .await["error"],
        "invalid_grant"
    );
    assert_eq!(
        ask_token(&fcm, &clock, SCOPE, 3601).await["error"],
        "invalid_grant"
    );
    assert_eq!(fcm.take_faults().len(), 2);
}

#[actix_web::test]
async fn a_bearer_runs_out_by_the_tests_clock_and_can_be_revoked() {
    let clock = clock();
    let fcm = Fcm::start(clock.clone());
    let sender = Sender::signed_in(&fcm, &clock).await;
    clock.advance(std::time::Duration::from_secs(3600));
    let (status, body) = sender.send(&good()).await.unwrap();
    assert!(
        status == 401 && !body.contains("FcmError"),
        "{status} {body}"
    );
    let sender = Sender::signed_in(&fcm, &clock).await;
    fcm.revokes_tokens();
    assert_eq!(sender.send(&good()).await.unwrap().0, 401);
    assert_eq!(fcm.total(), 0);
}

#[actix_web::test]
async fn answers_come_in_sequence_and_then_it_is_ok_again() {
    let clock = clock();
    let fcm = Fcm::start(clock.clone());
    let sender = Sender::signed_in(&fcm, &clock).await;
    let planned = [
        Answer::Unregistered,
        Answer::BareNotFound,
        Answer::Quota(Some(7)),
        Answer::ThirdPartyAuth,
    ];
    fcm.answers("phone-1", planned);
    for (status, word) in [
        (404, "UNREGISTERED"),
        (404, "NOT_FOUND"),
        (429, "QUOTA_EXCEEDED"),
        (401, "THIRD_PARTY"),
    ] {
        let (got, body) = sender.send(&good()).await.unwrap();
        assert!(got == status && body.contains(word), "{got} {body}");
    }
    fcm.answers("phone-1", [Answer::ResetMidBody]);
    assert!(sender.send(&good()).await.is_err());
    assert_eq!(sender.send(&good()).await.unwrap().0, 200);
    assert_eq!(fcm.take_all().len(), 6);
}

#[test]
fn the_good_message_breaks_no_rule() {
    assert_eq!(message::faults(&good()), []);
}

#[test]
fn a_background_push_shows_nothing_and_has_apples_priority_for_it() {
    let mut quiet = good();
    quiet["message"]["apns"] = json!({
        "headers": { "apns-priority": "5", "apns-push-type": "background" },
        "payload": { "aps": { "content-available": 1 } },
    });
    assert_eq!(message::faults(&quiet), []);
    for (pointer, value, named) in [
        (
            "/message/apns/headers/apns-priority",
            json!("10"),
            "message.apns.headers[apns-priority]",
        ),
        (
            "/message/apns/payload/aps/alert",
            json!("Llama al 911"),
            "message.apns.payload.aps",
        ),
    ] {
        let mut body = quiet.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[key] = value;
        assert!(
            message::faults(&body)
                .iter()
                .any(|(field, _)| field == named),
            "{pointer}"
        );
    }
}

#[test]
fn each_broken_rule_is_named() {
    let breakages: [(&str, Value, &str); 12] = [
        ("/message/token", json!(""), "message.token"),
        ("/message/data/kind", json!(12), "message.data[kind].value"),
        (
            "/message/data/google.x",
            json!("1"),
            "message.data[google.x]",
        ),
        (
            "/message/data/latitude",
            json!("28.6"),
            "message.data[latitude]",
        ),
        (
            "/message/data/kind",
            json!("x".repeat(4096)),
            "message.data",
        ),
        (
            "/message/notification",
            json!({ "body": "x" }),
            "message.notification",
        ),
        ("/message/android/ttl", json!("901s"), "message.android.ttl"),
        ("/message/android/ttl", json!(600), "message.android.ttl"),
        (
            "/message/android/collapseKey",
            json!("k"),
            "message.android.collapseKey",
        ),
        ("/message/fid", json!("second"), "message"),
        (
            "/message/apns/headers/apns-priority",
            json!(10),
            "message.apns.headers[apns-priority]",
        ),
        (
            "/message/apns/payload/aps/interruption-level",
            json!("active"),
            "message.apns.payload.aps.interruption-level",
        ),
    ];
    for (pointer, value, named) in breakages {
        let mut body = good();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[key] = value;
        let faults = message::faults(&body);
        assert!(
            faults.iter().any(|(field, _)| field == named),
            "{pointer}: {faults:?}"
        );
    }
}

//! Access tokens, refresh tokens and their keys.

use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::stage::{HER_PHONE, Stage};
use crate::both_engines;

const DAY: u64 = 24 * 60 * 60;

fn part(token: &str, n: usize) -> Value {
    serde_json::from_slice(
        &URL_SAFE_NO_PAD
            .decode(token.split('.').nth(n).unwrap())
            .unwrap(),
    )
    .unwrap()
}

fn with(mut value: Value, key: &str, new: Value) -> String {
    value[key] = new;
    URL_SAFE_NO_PAD.encode(value.to_string())
}

both_engines! {
    async fn forged_access_tokens_are_refused(database) {
        let stage = Stage::set(&database).await;
        let good = stage.signs_in(HER_PHONE).await.access;
        stage.get_as(&good, "/who").await.ok();
        let (header, claims) = (part(&good, 0), part(&good, 1));
        let pieces: Vec<&str> = good.split('.').collect();
        let kid = header["kid"].as_str().unwrap();
        let jwks = stage.send(TestRequest::get().uri("/.well-known/jwks.json")).await.ok();
        let public = URL_SAFE_NO_PAD.decode(jwks["keys"][0]["x"].as_str().unwrap()).unwrap();

        // Symmetric, with our public key as the secret.
        let swapped = Header { alg: Algorithm::HS256, kid: Some(kid.into()), typ: Some("at+jwt".into()), ..Header::default() };
        let swapped = encode(&swapped, &claims, &EncodingKey::from_secret(&public).unwrap()).unwrap();
        // Another's key under our kid.
        let pkcs8 = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
        let others = Header { alg: Algorithm::EdDSA, kid: Some(kid.into()), typ: Some("at+jwt".into()), ..Header::default() };
        let others = encode(&others, &claims, &EncodingKey::from_ed_der(pkcs8.as_ref())).unwrap();

        let forged = [
            format!("{}.{}.", with(header.clone(), "alg", json!("none")), pieces[1]),
            format!("{}.{}.{}", with(header.clone(), "alg", json!("none")), pieces[1], pieces[2]),
            swapped,
            others,
            format!("{}.{}.{}", with(header.clone(), "kid", json!("nobody")), pieces[1], pieces[2]),
            format!("{}.{}.{}", with(header.clone(), "typ", json!("JWT")), pieces[1], pieces[2]),
            format!("{}.{}.{}", pieces[0], with(claims.clone(), "exp", json!(9_999_999_999_u64)), pieces[2]),
            format!("{}.{}.{}", pieces[0], with(claims.clone(), "sub", json!(uuid::Uuid::now_v7())), pieces[2]),
            format!("{good}x"),
            "a.b.c".to_owned(),
            "x".repeat(5_000),
        ];
        for token in forged {
            stage.get_as(&token, "/who").await.is(401, "unauthorized");
            stage.get_as(&token, "/alert").await.is(401, "unauthorized");
        }
        stage.send(TestRequest::get().uri("/who")).await.is(401, "unauthorized");
        stage.send(TestRequest::get().uri("/who").insert_header(("authorization", "Basic eDp5"))).await.is(401, "unauthorized");
    }

    async fn a_token_that_we_signed_for_something_else_is_no_access_token(database) {
        let stage = Stage::set(&database).await;
        let claims = part(&stage.signs_in(HER_PHONE).await.access, 1);
        let signer = stage.identity.signer();
        let now = stage.clock.now();
        let heartbeat = signer.sign("heartbeat+jwt", &claims, now).await.unwrap();
        stage.get_as(&heartbeat, "/who").await.is(401, "unauthorized");
        let mut other_aud = claims;
        other_aud["aud"] = json!("another server");
        let other_aud = signer.sign("at+jwt", &other_aud, now).await.unwrap();
        stage.get_as(&other_aud, "/who").await.is(401, "unauthorized");
    }

    async fn an_access_token_ends_after_fifteen_minutes_but_still_raises(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        stage.fast_forward(899);
        stage.get_as(&she.access, "/who").await.ok();
        stage.fast_forward(1);
        stage.get_as(&she.access, "/who").await.is(401, "token-expired");
        stage.fast_forward(200 * DAY);
        assert_eq!(stage.get_as(&she.access, "/alert").await.ok()["device"], she.device);
        assert_eq!(stage.get_as(&she.alert_token, "/alert").await.ok()["device"], she.device);
        stage.get_as(&she.alert_token, "/who").await.is(401, "unauthorized");
    }

    async fn a_lost_reply_to_a_refresh_costs_nothing(database) {
        let stage = Stage::set(&database).await;
        let first = stage.signs_in(HER_PHONE).await.refresh;
        let second = stage.refreshes(&first).await.ok();
        stage.fast_forward(DAY);
        let same = stage.refreshes(&first).await.ok();
        assert_eq!(second["refresh"], same["refresh"]);
        stage.get_as(same["access"].as_str().unwrap(), "/who").await.ok();
        stage.refreshes(second["refresh"].as_str().unwrap()).await.ok();
    }

    async fn two_refreshes_at_once_get_the_same_token(database) {
        let stage = Stage::set(&database).await;
        let first = stage.signs_in(HER_PHONE).await.refresh;
        let (a, b) = futures_util::join!(stage.refreshes(&first), stage.refreshes(&first));
        assert_eq!(a.ok()["refresh"], b.ok()["refresh"]);
    }

    async fn a_replayed_refresh_token_ends_the_session_and_not_the_alert_token(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let second = stage.refreshes(&she.refresh).await.ok()["refresh"].as_str().unwrap().to_owned();
        let third = stage.refreshes(&second).await.ok()["refresh"].as_str().unwrap().to_owned();
        stage.refreshes(&she.refresh).await.is(401, "session-revoked");
        stage.refreshes(&third).await.is(401, "session-revoked");
        stage.get_as(&she.access, "/who").await.is(401, "session-revoked");
        stage.get_as(&she.access, "/alert").await.is(401, "session-revoked");
        assert_eq!(stage.get_as(&she.alert_token, "/alert").await.ok()["only_open_alert"], false);
    }

    async fn the_previous_refresh_token_is_good_for_a_day(database) {
        let stage = Stage::set(&database).await;
        let first = stage.signs_in(HER_PHONE).await.refresh;
        stage.refreshes(&first).await.ok();
        stage.fast_forward(DAY + 1);
        stage.refreshes(&first).await.is(401, "session-revoked");
    }

    async fn noise_ends_nobodys_session(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let mut bytes = URL_SAFE_NO_PAD.decode(&she.refresh).unwrap();
        for at in [0, 20, 70] {
            bytes[at] ^= 1;
            stage.refreshes(&URL_SAFE_NO_PAD.encode(&bytes)).await.is(401, "unauthorized");
            bytes[at] ^= 1;
        }
        stage.refreshes("").await.is(401, "unauthorized");
        stage.refreshes(&she.refresh).await.ok();
    }

    async fn a_key_signs_for_ninety_days_and_the_next_is_known_a_day_before(database) {
        let stage = Stage::set(&database).await;
        let kids = || async {
            let set = stage.send(TestRequest::get().uri("/.well-known/jwks.json")).await.ok();
            let kids = set["keys"].as_array().unwrap().iter().map(|k| k["kid"].as_str().unwrap().to_owned());
            kids.collect::<Vec<_>>()
        };
        let refresh = stage.signs_in(HER_PHONE).await.refresh;
        let first = kids().await;
        assert_eq!(first.len(), 1);
        stage.fast_forward(88 * DAY);
        assert_eq!(kids().await, first);
        stage.fast_forward(DAY + 3_600);
        let both = kids().await;
        assert_eq!((both.len(), &both[0]), (2, &first[0]));
        let tokens = stage.refreshes(&refresh).await.ok();
        assert_eq!(part(tokens["access"].as_str().unwrap(), 0)["kid"], first[0]);
        stage.fast_forward(DAY);
        let tokens = stage.refreshes(tokens["refresh"].as_str().unwrap()).await.ok();
        let access = tokens["access"].as_str().unwrap();
        assert_eq!(part(access, 0)["kid"], both[1]);
        stage.get_as(access, "/who").await.ok();
        assert_eq!(kids().await, both, "for a day the old key still verifies");
        stage.fast_forward(DAY);
        assert_eq!(kids().await, both[1..]);
    }
}

//! What the gateway reports is believed with its signature alone.

use actix_web::http::StatusCode;
use actix_web::{App, web};
use ampara::db::WritePriority;
use ampara::delivery::channels::twilio::Account;
use ampara::delivery::inbound::Said;
use ampara::delivery::limits::within_daily_limit;
use ampara::delivery::model::{FailReason, NotificationState as S};
use ampara::delivery::stops::is_stopped;
use ampara::delivery::{PHONE_LOOKUP, inbound, retention, routes};
use ampara::wording::replies::Meaning;
use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use utoipa_actix_web::AppExt;

use super::stage::Stage;
use crate::both_engines;
use crate::harness::databases::TestDatabase;

const PUBLIC: &str = "https://ampara.example.mx";
const SECRET: &str = "made-up-auth-token";
const DAY: u64 = 24 * 60 * 60;

async fn stage(database: &TestDatabase) -> Stage {
    let account = Account {
        base_url: "http://127.0.0.1:9".to_owned(),
        sid: "AC1".to_owned(),
        auth_token: SECRET.to_owned().into(),
        public_url: PUBLIC.to_owned(),
    };
    Stage::with(database, Some(account)).await
}

fn sign(path: &str, form: &[(&str, &str)], secret: &str) -> String {
    sign_at(PUBLIC, path, form, secret)
}

/// As a gateway signs it that knows us by that address.
fn sign_at(address: &str, path: &str, form: &[(&str, &str)], secret: &str) -> String {
    let mut sorted = form.to_vec();
    sorted.sort_unstable();
    let text: String = sorted.iter().flat_map(|(k, v)| [*k, *v]).collect();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{address}{path}{text}").as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

async fn posts(stage: &Stage, path: &str, form: &[(&str, &str)], signature: &str) -> StatusCode {
    let app = App::new()
        .into_utoipa_app()
        .app_data(web::Data::new(stage.delivery.clone()));
    let app = actix_web::test::init_service(app.configure(routes::configure).into_app()).await;
    let request = actix_web::test::TestRequest::post()
        .uri(path)
        .set_form(form);
    actix_web::test::call_service(
        &app,
        request
            .insert_header(("X-Twilio-Signature", signature))
            .to_request(),
    )
    .await
    .status()
}

async fn reports(stage: &Stage, path: &str, form: &[(&str, &str)]) -> StatusCode {
    posts(stage, path, form, &sign(path, form, SECRET)).await
}

both_engines! {
    async fn a_signature_with_the_port_or_without_it_is_one(database) {
        let stage = stage(&database).await;
        let path = "/v1/callbacks/sms/inbound";
        let form = [("From", "+526141234567"), ("Body", "hola")];
        for (address, told) in [
            (PUBLIC, StatusCode::OK), ("https://ampara.example.mx:443", StatusCode::OK),
            ("https://ampara.example.mx:8443", StatusCode::FORBIDDEN), ("http://ampara.example.mx", StatusCode::FORBIDDEN),
            ("https://ampara.example.mx.evil.mx", StatusCode::FORBIDDEN),
        ] {
            assert_eq!(posts(&stage, path, &form, &sign_at(address, path, &form, SECRET)).await, told, "{address}");
        }
    }

    async fn a_message_that_the_gateway_called_off_has_failed_however_the_field_and_the_word_are_written(database) {
        let stage = stage(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        let path = format!("/v1/callbacks/sms/status/{}", stage.fact().await.id);
        assert_eq!(reports(&stage, &path, &[("SmsStatus", "Canceled")]).await, StatusCode::NO_CONTENT);
        assert_eq!(stage.fact().await.state, S::Failed(FailReason::Undelivered));
    }

    async fn a_receipt_of_the_carrier_counts_once_it_is_signed(database) {
        let stage = stage(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        let path = format!("/v1/callbacks/sms/status/{}", stage.fact().await.id);
        let form = [("MessageSid", "SM1"), ("MessageStatus", "undelivered"), ("ErrorCode", "30003"), ("To", "+52 614")];
        for bad in [String::new(), sign(&path, &form, "another"), sign("/v1/callbacks/sms/status/x", &form, SECRET)] {
            assert_eq!(posts(&stage, &path, &form, &bad).await, StatusCode::FORBIDDEN);
        }
        assert_eq!(stage.fact().await.state, S::Sent);
        assert_eq!(reports(&stage, &path, &form).await, StatusCode::NO_CONTENT);
        assert_eq!(stage.fact().await.state, S::Failed(FailReason::Undelivered));
        let told = stage.memory.told.lock().unwrap().clone();
        assert_eq!(told.last().unwrap().state, S::Failed(FailReason::Undelivered));
        // A late "delivered" is the truth all the same, and a step in between says nothing.
        assert_eq!(reports(&stage, &path, &[("MessageStatus", "sent")]).await, StatusCode::NO_CONTENT);
        assert_eq!(reports(&stage, &path, &[("MessageStatus", "delivered")]).await, StatusCode::NO_CONTENT);
        assert_eq!(stage.fact().await.state, S::Delivered);
        let unknown = "/v1/callbacks/sms/status/00000000-0000-7000-8000-000000000000";
        assert_eq!(reports(&stage, unknown, &[("MessageStatus", "delivered")]).await, StatusCode::NO_CONTENT);
        assert_eq!(reports(&stage, "/v1/callbacks/sms/status/none", &[("MessageStatus", "delivered")]).await, 204);
    }

    async fn stop_is_remembered_and_taken_back(database) {
        let stage = stage(&database).await;
        let lookup = stage.keys.lookup(PHONE_LOOKUP, "+526141234567");
        let path = "/v1/callbacks/sms/inbound";
        let says = |words: &'static str| [("From", "+526141234567"), ("Body", words), ("To", "+526140000001")];
        assert_eq!(posts(&stage, path, &says("ALTO"), "bm8=").await, StatusCode::FORBIDDEN);
        let stopped = || { let lookup = lookup.clone(); stage.db.read(move |c| is_stopped(c, &lookup, &[])) };
        assert!(!stopped().await.unwrap());
        for word in ["Alto", "baja por favor", "STOP"] {
            assert_eq!(reports(&stage, path, &says(word)).await, StatusCode::OK);
            assert!(stopped().await.unwrap());
        }
        reports(&stage, path, &says("alta")).await;
        assert!(!stopped().await.unwrap());
        assert!(stage.db.read(|c| inbound::unread(c, 10)).await.unwrap().is_empty());
        reports(&stage, path, &says("Voy, llego en 5")).await;
        let unread = stage.db.read(|c| inbound::unread(c, 10)).await.unwrap();
        assert_eq!((unread.len(), &unread[0].said, unread[0].phone_lookup.as_ref()), (1, &Said::Text(Meaning::OnMyWay, None), Some(&lookup)));
        let (id, now) = (unread[0].id, stage.clock.now());
        stage.db.write(WritePriority::Background, move |c| inbound::mark_read(c, &[id], now)).await.unwrap();
        assert!(stage.db.read(|c| inbound::unread(c, 10)).await.unwrap().is_empty());
        assert_eq!(reports(&stage, path, &[("Body", "hola")]).await, StatusCode::BAD_REQUEST);
    }

    async fn what_a_number_replied_and_how_often_it_was_written_to_is_forgotten_too(database) {
        let stage = stage(&database).await;
        let counts = || {
            let now = stage.clock.now();
            stage.db.write(WritePriority::Background, move |c| within_daily_limit(c, &[1; 32], "invitation", now, 3))
        };
        assert!(counts().await.unwrap());
        for word in ["Voy", "1"] {
            let says = [("From", "+526141234567"), ("Body", word)];
            assert_eq!(reports(&stage, "/v1/callbacks/sms/inbound", &says).await, StatusCode::OK);
        }
        let unread = stage.db.read(|c| inbound::unread(c, 10)).await.unwrap();
        let (first, now) = (unread[0].id, stage.clock.now());
        stage.db.write(WritePriority::Background, move |c| inbound::mark_read(c, &[first], now)).await.unwrap();

        stage.fast_forward(30 * DAY - 1).await;
        assert!(counts().await.unwrap());
        assert_eq!(retention::pass(&stage.foundation).await.unwrap(), 0);
        stage.fast_forward(DAY).await;
        assert_eq!(retention::pass(&stage.foundation).await.unwrap(), 2, "the word that was read, the first day's count");
        assert_eq!(retention::pass(&stage.foundation).await.unwrap(), 0);
        let unread = stage.db.read(|c| inbound::unread(c, 10)).await.unwrap();
        assert_eq!(unread.len(), 1, "what nobody has read stays");
    }

    async fn a_number_gets_so_many_invitations_a_day(database) {
        let stage = stage(&database).await;
        let (lookup, now) = (stage.keys.lookup(PHONE_LOOKUP, "+526141234567"), stage.clock.now());
        let asks = |now| {
            let lookup = lookup.clone();
            stage.db.write(WritePriority::Background, move |c| within_daily_limit(c, &lookup, "invitation", now, 3))
        };
        for allowed in [true, true, true, false, false] {
            assert_eq!(asks(now).await.unwrap(), allowed);
        }
        assert!(asks(now.plus(std::time::Duration::from_secs(86_400))).await.unwrap());
    }
}

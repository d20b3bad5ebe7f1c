//! What the heartbeat says on quiet nights and on bad ones, and what it never says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::{Channels, Delivery, NoOutcomeHook, Outbox};
use ampara::identity::model::Role;
use ampara::on;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::fcm::oauth::TokenAnswer;
use crate::harness::heartbeat::heard;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};
use crate::harness::settings::APP;

/// A minute later.
async fn next(town: &Town) -> Value {
    town.app.clock.advance(Duration::from_secs(60));
    town.app.beats().await;
    heard(&town.app).await
}

async fn alters(town: &Town, table: &str) {
    let sql = format!("alter table {table}");
    let write =
        move |conn: &mut Conn| -> Result<(), DbError> { Ok(on!(conn, |c| c.batch_execute(&sql))?) };
    town.app
        .foundation
        .db
        .write(WritePriority::Background, write)
        .await
        .unwrap();
}

/// Waits until no console is connected, as the server sees it.
async fn all_have_left(town: &Town) {
    for _ in 0..6_000 {
        if town.count("select count(*) as n from presence").await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("somebody is still connected");
}

both_engines! {
    async fn on_a_quiet_night_all_works_and_everybody_may_know(database) {
        let town = Town::found(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _feed = marta.watches().await;
        town.app.beats().await;
        let told = heard(&town.app).await;
        let now = town.app.clock.now().micros() / 1_000_000;
        assert_eq!((&told["iat"], &told["exp"]), (&json!(now), &json!(now + 150)));
        assert_eq!((&told["alerts"], &told["sms"], &told["push"]), (&json!(true), &json!(true), &json!({ APP: true })));
        assert_eq!(told["nine11"], json!({ "chihuahua": true }));
    }

    async fn a_node_that_is_paused_is_degraded_while_another_sends_and_failing_where_none_does(database) {
        if database.is_sqlite() {
            return; // One process a file: it is never paused.
        }
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let health = async |status| {
            let told = town.app.anyone().get("/health/alerting").await.expect(status);
            [&told["status"], &told["sender_paused"], &told["another_sends"]].map(Value::to_owned)
        };
        let leaves = |told: &Value| [&told["push"][APP], &told["sms"], &told["voice"]].map(|works| works == true);
        let push = async || {
            let told = she.client().get("/v1/me/readiness").await.expect(200);
            (told["contacts"][0].clone(), told["do"].clone())
        };
        let shared = town.app.foundation.clone();
        let outbox = Outbox::new(&shared.config.delivery);
        let other = Delivery::new(shared, outbox, Channels::demo(Arc::new(|_| {})), Arc::new(NoOutcomeHook));
        other.says_it_lives().await.unwrap();
        town.app.delivery.compare_clocks_with(town.app.clock.now().plus(Duration::from_secs(2)));
        town.app.beats().await;
        assert_eq!(health(200).await, [json!("degraded"), json!(true), json!(true)]);
        assert_eq!(leaves(&heard(&town.app).await), [true; 3], "the other node sends");
        assert_eq!(push().await.0["channels"][0]["state"], "ready");

        // The other node dies, and this one cannot say any more that it lives.
        alters(&town, "nodes add constraint no_more check (false) not valid").await;
        let told = next(&town).await;
        assert_eq!((&told["alerts"], leaves(&told)), (&json!(true), [false; 3]), "whatever the providers answer");
        assert_eq!(health(503).await, [json!("failing"), json!(true), json!(false)]);
        let (one, to_do) = push().await;
        assert_eq!((&one["contact"], &one["channels"][0]["state"]), (&json!(prima.contact), &json!("down")));
        assert_eq!((&one["verdict"], &one["do"]), (&json!("not_ready"), &json!([])), "an outage of ours is no fault of hers");
        assert!(!to_do.as_array().unwrap().contains(&json!("add_another_contact")), "{to_do}");
        town.app.anyone().get("/readyz").await.expect(200);

        alters(&town, "nodes drop constraint no_more").await;
        town.app.delivery.compare_clocks_with(town.app.clock.now());
        assert_eq!(leaves(&next(&town).await), [true; 3]);
        assert_eq!(health(200).await, [json!("ok"), json!(false), json!(false)]);
    }

    async fn a_lone_node_is_never_paused_by_its_clock(database) {
        let town = Town::found(database).await;
        town.app.delivery.compare_clocks_with(town.app.clock.now().plus(Duration::from_secs(2)));
        let told = next(&town).await;
        let leaves = [&told["alerts"], &told["push"][APP], &told["sms"], &told["voice"]];
        assert_eq!(leaves, [&json!(true); 4]);
        let health = town.app.anyone().get("/health/alerting").await.expect(200);
        assert_eq!((&health["status"], &health["sender_paused"]), (&json!("degraded"), &json!(false)));
    }

    async fn an_engine_or_a_queue_that_is_too_late_is_told(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        town.app.settle().await;
        she.presses_as("7f1f0c1e-6d56-4a39-9f5e-0d8a5f2b7c12", &json!({})).await.expect(201);
        town.app.anyone().post("/v1/sign-in", &json!({ "phone": "+526144100009" })).await.expect(202);
        town.app.clock.advance(Duration::from_secs(180));
        town.app.beats().await;
        let told = heard(&town.app).await;
        let leaves = [&told["alerts"], &told["push"][APP], &told["sms"]];
        assert_eq!(leaves, [&json!(false); 3], "{told}");
        town.app.anyone().get("/readyz").await.expect(200);
        town.app.settle().await;
        town.app.twilio.take_all();
        let told = next(&town).await;
        assert_eq!((&told["alerts"], &told["sms"]), (&json!(true), &json!(true)));
        town.app.settle().await;
        town.app.twilio.take_all();
    }

    async fn one_that_is_too_old_is_not_served(database) {
        let town = Town::found(database).await;
        town.app.anyone().get("/v1/heartbeat").await.expect_problem(503, "unavailable");
        town.app.beats().await;
        town.app.clock.advance(Duration::from_secs(149));
        heard(&town.app).await;
        town.app.clock.advance(Duration::from_secs(1));
        town.app.anyone().get("/v1/heartbeat").await.expect_problem(503, "unavailable");
    }

    async fn no_heartbeat_passes_for_an_access_token(database) {
        let town = Town::found(database).await;
        town.app.beats().await;
        let statement = town.app.anyone().get("/v1/heartbeat").await.expect(200);
        let bearer = statement["heartbeat"].as_str().unwrap();
        town.app.anyone().with_bearer(bearer).get("/v1/me").await.expect_problem(401, "unauthorized");
    }

    async fn google_down_is_told_though_nobody_presses_and_so_is_its_return(database) {
        let town = Town::found(database).await;
        town.app.beats().await;
        town.app.fcm.answers_all(Answer::Unavailable(None));
        assert_eq!(next(&town).await["push"], json!({ APP: true }), "one request without an answer is no outage");
        let told = next(&town).await;
        assert_eq!((&told["push"], &told["alerts"], &told["sms"]), (&json!({ APP: false }), &json!(true), &json!(true)));
        town.app.fcm.answers_all(Answer::Ok);
        assert_eq!(next(&town).await["push"], json!({ APP: true }));
    }

    async fn a_breaker_that_the_last_alert_left_open_is_closed_by_the_heartbeat(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        town.app.fcm.answers_all(Answer::Unavailable(None));
        let pressed = she.presses().await;
        town.after(120).await;
        town.app.beats().await;
        assert_eq!(heard(&town.app).await["push"], json!({ APP: false }));
        she.cancels(&pressed, "").await.expect(200);
        town.after(3_700).await;
        town.app.fcm.take_all();
        town.app.twilio.take_all();
        town.app.fcm.answers_all(Answer::Ok);
        assert_eq!(next(&town).await["push"], json!({ APP: true }), "nobody has pressed since");
    }

    async fn an_account_that_google_refuses_is_told_at_once(database) {
        let town = Town::found(database).await;
        town.app.fcm.token_endpoint_answers([TokenAnswer::InvalidGrant]);
        town.app.beats().await;
        assert_eq!(heard(&town.app).await["push"], json!({ APP: false }));
        assert_eq!(next(&town).await["push"], json!({ APP: true }));
    }

    async fn a_gateway_that_refuses_our_account_is_told_at_once(database) {
        let wrong = database.folder.path().join("wrong-token");
        std::fs::write(&wrong, "not-the-secret").unwrap();
        let change = |s: &mut crate::harness::settings::TestSettings| {
            s.set("sms.auth_token_file", wrong.to_str().unwrap());
        };
        let town = Town::found_with(database, ampara::municipality::chihuahua::CENTRES_GEOJSON, change).await;
        town.app.beats().await;
        let told = heard(&town.app).await;
        assert_eq!((&told["sms"], &told["push"]), (&json!(false), &json!({ APP: true })));
    }

    async fn an_empty_shift_is_told_once_it_lasts_and_never_of_which_centre(database) {
        let town = Town::found_at_a_border(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let lupe = Operator911::sits_down_at(&town, town.centres[1], "lupe", Role::Operator, None).await;
        let _feeds = (marta.watches().await, lupe.watches().await);
        town.app.beats().await;
        assert_eq!(heard(&town.app).await["nine11"], json!({ "chihuahua": true }));
        for goes_home in [&marta, &lupe] {
            goes_home.posts("/v1/operators/sign-out", &Value::Null).await.expect(204);
        }
        all_have_left(&town).await;
        assert_eq!(next(&town).await["nine11"], json!({ "chihuahua": true }), "a console that is reloaded is no empty shift");
        let rosa = Operator911::sits_down(&town, "rosa", Role::Operator).await;
        let _feed = rosa.watches().await;
        town.app.beats().await;
        let told = heard(&town.app).await;
        assert_eq!(told["nine11"], json!({ "chihuahua": false }), "one of two centres is empty");
        let fields: BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, BTreeSet::from(["alerts", "aud", "exp", "iat", "iss", "nine11", "push", "sms", "voice"]));
    }
}

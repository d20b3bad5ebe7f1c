//! What the heartbeat says on quiet nights and on bad ones, and what it never says.

use std::collections::BTreeSet;
use std::time::Duration;

use ampara::identity::model::Role;
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
        assert_eq!(fields, BTreeSet::from(["alerts", "aud", "exp", "iat", "iss", "nine11", "push", "sms"]));
    }
}

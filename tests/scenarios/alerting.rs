//! What ops are told of alerting, and that no other caller is.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::harness::client::{self, Reply};
use crate::harness::fcm::Answer;
use crate::harness::people::{HER_PHONE, Her, Town};

const PATH: &str = "/health/alerting";

async fn health(town: &Town, status: u16) -> Value {
    // Time was moved without the senders' signs of life.
    town.app.delivery.says_it_lives().await.unwrap();
    town.app.anyone().get(PATH).await.expect(status)
}

/// As a proxy passes it on for a client at that address.
async fn passed_on(town: &Town, from: &str) -> Reply {
    client::sent(
        town.app
            .anyone()
            .request(Method::GET, PATH)
            .header("x-forwarded-for", from),
    )
    .await
}

both_engines! {
    async fn a_quiet_night_is_ok_and_a_provider_that_fails_degrades_it(database) {
        let town = Town::found(database).await;
        let told = health(&town, 200).await;
        assert_eq!((&told["status"], &told["breakers_open"], &told["presses_waiting"]), (&json!("ok"), &json!([]), &json!(0)));
        assert!(told["oldest_due_message_s"].is_null() && told["oldest_overdue_plan_s"].is_null());
        town.app.fcm.answers_all(Answer::Unavailable(None));
        for _ in 0..2 {
            town.app.clock.advance(Duration::from_secs(60));
            town.app.beats().await;
        }
        let told = health(&town, 200).await;
        assert_eq!((&told["status"], &told["breakers_open"]), (&json!("degraded"), &json!(["fcm/mx.example.mia"])));
    }

    async fn a_plan_that_nobody_asks_is_late_and_then_failing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.presses_as(&Uuid::new_v4().to_string(), &json!({})).await.expect(201);
        let due = town.next_due().await.unwrap();
        town.app.clock.advance(due.since(town.app.clock.now()) + Duration::from_secs(15));
        let told = health(&town, 200).await;
        assert_eq!((&told["status"], &told["oldest_overdue_plan_s"]), (&json!("degraded"), &json!(15)));
        town.app.clock.advance(Duration::from_secs(45));
        assert_eq!(health(&town, 503).await["status"], "failing");
        town.app.settle().await;
        assert_eq!(health(&town, 200).await["status"], "ok");
    }

    async fn a_message_that_nobody_sends_is_late(database) {
        let town = Town::found(database).await;
        town.app.anyone().post("/v1/sign-in", &json!({ "phone": HER_PHONE })).await.expect(202);
        town.app.clock.advance(Duration::from_secs(60));
        let told = health(&town, 503).await;
        assert_eq!((&told["status"], &told["oldest_due_message_s"]), (&json!("failing"), &json!(60)));
        town.app.settle().await;
        assert_eq!(health(&town, 200).await["status"], "ok");
        town.app.twilio.take_all();
    }

    async fn it_is_for_this_machine_alone(database) {
        let town = Town::found(database).await;
        for from in ["203.0.113.7", "127.0.0.1"] {
            passed_on(&town, from).await.expect_problem(404, "not-found");
        }
    }

    async fn behind_a_trusted_proxy_it_is_for_the_proxys_own_alone(database) {
        let change = |s: &mut crate::harness::settings::TestSettings| {
            s.set("http.trusted_proxies", vec!["127.0.0.1"]);
        };
        let town = Town::found_with(database, ampara::municipality::chihuahua::CENTRES_GEOJSON, change).await;
        health(&town, 200).await;
        passed_on(&town, "203.0.113.7").await.expect_problem(404, "not-found");
        passed_on(&town, "127.0.0.1, 203.0.113.7").await.expect_problem(404, "not-found");
        let by_name_alone = town.app.anyone().request(Method::GET, PATH).header("via", "1.1 proxy");
        client::sent(by_name_alone).await.expect_problem(404, "not-found");
    }
}

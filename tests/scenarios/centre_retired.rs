//! A centre closes, and an operator moves on.

use ampara::db::WritePriority;
use ampara::escalation::centres;
use ampara::identity::model::Role;
use ampara::identity::operators::{self, OperatorChange};
use ampara::phone::Phone;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::client;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

/// On the ground of the eastern centre.
fn in_the_east() -> Value {
    json!({ "location": { "lat": 28.5, "lon": -105.98, "accuracy": 12.0 } })
}

async fn retires_the_east(town: &Town) {
    let (east, now) = (town.centres[1], town.app.clock.now());
    town.app
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            centres::retire(conn, east, now)
        })
        .await
        .unwrap();
    // A node builds its index anew within a second; the heartbeat asks for it at once.
    town.app.beats().await;
}

both_engines! {
    async fn no_place_leads_to_a_retired_centre_and_it_finishes_what_it_has(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let west = Operator911::sits_down_at(&town, town.centres[0], "west", Role::Operator, None).await;
        let east = Operator911::sits_down_at(&town, town.centres[1], "east", Role::Operator, None).await;
        let pressed = she.presses_with(in_the_east()).await;
        let before = east.sees_one().await;
        retires_the_east(&town).await;
        assert_eq!(east.sees_one().await["id"], before["id"], "it goes on with what it has");
        she.cancels(&pressed, "").await.expect(200);
        east.claims(&before).await.expect(200);
        town.after(61).await;
        east.closes(&before, "no_contact").await.expect(200);

        she.presses_with(in_the_east()).await;
        let after = west.sees_one().await;
        assert_eq!((&after["placed_by"], &after["other_centre"]), (&json!("default"), &Value::Null), "{after}");
        assert!(east.sees_queue().await.is_empty());
        west.claims(&after).await.expect(200);
        let hand_on = json!({ "centre": town.centres[1], "reason": "Está en Aldama." });
        let refused = west.posts(&crate::harness::people::path_of(&after, "/transfer"), &hand_on).await;
        assert_eq!(refused.status, 422, "{refused:?}");
    }

    async fn an_operator_who_moves_signs_in_anew_and_is_alarmed_on_the_new_phone(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (old, new) = ("+526144100021", "+526144100022");
        let boss = Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some(old)).await;
        let id = operators::find(&town.app.foundation, "boss").await.unwrap();
        let change = OperatorChange { phone: Some(Some(Phone::parse(new, "614").unwrap().phone)), ..OperatorChange::default() };
        operators::change(&town.app.foundation, id, town.id, change).await.unwrap();
        boss.gets("/v1/operators/session").await.expect(200);
        // No operator is on shift: the supervisor is alarmed at once.
        she.presses_with(json!({})).await;
        town.app.settle().await;
        town.app.twilio.expects_sms(new).await;
        town.app.twilio.expects_nothing_for(old);
        let change = OperatorChange { centre: Some(town.centres[1]), ..OperatorChange::default() };
        operators::change(&town.app.foundation, id, town.id, change).await.unwrap();
        boss.gets("/v1/operators/session").await.expect_problem(401, "session-revoked");
    }

    async fn an_operator_who_is_enabled_again_is_alarmed_again(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let phone = "+526144100021";
        Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some(phone)).await;
        let id = operators::find(&town.app.foundation, "boss").await.unwrap();
        operators::disable(&town.app.foundation, id).await.unwrap();
        operators::reset(&town.app.foundation, id, None).await.unwrap();
        she.presses().await;
        town.app.settle().await;
        town.app.twilio.expects_sms(phone).await;
    }

    async fn a_health_check_may_ask_by_head_and_no_other_route_takes_it(database) {
        let town = Town::found(database).await;
        let asks = |method, path: &str| client::bare().request(method, format!("{}{path}", town.app.base_url())).send();
        for path in ["/healthz", "/readyz", "/health/alerting"] {
            let (head, get) = (asks(reqwest::Method::HEAD, path).await.unwrap(), asks(reqwest::Method::GET, path).await.unwrap());
            assert_eq!(head.status(), get.status(), "{path}");
            assert_eq!(head.headers()["content-length"], get.headers()["content-length"], "{path}");
            assert!(head.bytes().await.unwrap().is_empty() && !get.bytes().await.unwrap().is_empty(), "{path}");
            let refused = asks(reqwest::Method::DELETE, path).await.unwrap();
            assert_eq!((refused.status().as_u16(), &refused.headers()["allow"]), (405, &"GET, HEAD".parse().unwrap()), "{path}");
        }
        for path in ["/v1/municipalities", "/v1/heartbeat"] {
            assert_eq!(asks(reqwest::Method::HEAD, path).await.unwrap().status(), 405, "{path}");
        }
    }
}

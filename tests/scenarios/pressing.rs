//! A press is one alert, whatever the phone does.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Town};

/// Presses that wait their turn at this moment.
async fn waiting(town: &Town) -> u64 {
    let health = town.app.anyone().get("/health/alerting").await;
    health.json()["presses_waiting"].as_u64().unwrap()
}

both_engines! {
    async fn a_phone_that_presses_without_end_delays_no_press_of_another(database) {
        let town = Town::found(database).await;
        let (she, other) = (Her::signs_in(&town, HER_PHONE).await, Her::signs_in(&town, "+526144100005").await);
        let answered = AtomicUsize::new(0);
        let flood = join_all((0..400).map(async |_| {
            she.presses_as(&Uuid::new_v4().to_string(), &json!({})).await.expect(200);
            answered.fetch_add(1, Ordering::Relaxed);
        }));
        let presses = async {
            while waiting(&town).await < 200 {
                tokio::task::yield_now().await;
            }
            let before = answered.load(Ordering::Relaxed);
            other.presses_as(&Uuid::new_v4().to_string(), &json!({})).await.expect(201);
            answered.load(Ordering::Relaxed) - before
        };
        she.presses_as(&Uuid::new_v4().to_string(), &json!({})).await.expect(201);
        let ((), passed) = tokio::join!(async { drop(flood.await) }, presses);
        assert!(passed < 100, "{passed} presses of the flood went before hers");
    }

    async fn one_alert_pressed_twenty_times_at_once_is_one_alert(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let (id, body) = (Uuid::new_v4().to_string(), json!({ "drill": false }));
        let replies = join_all((0..20).map(|_| she.presses_as(&id, &body))).await;
        town.app.settle().await;
        let statuses: Vec<u16> = replies.iter().map(|r| r.status.as_u16()).collect();
        assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 19, "{statuses:?}");
        let first = replies[0].json()["id"].clone();
        assert!(replies.iter().all(|r| r.json()["id"] == first && r.json()["presses"] == 1));
        prima.gets_alarm().await;
        prima.expects_nothing();
        assert_eq!(town.count("select count(*) as n from records").await, 1);
    }

    async fn twenty_ids_at_once_are_one_alert_with_twenty_names(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (ids, body): (Vec<String>, Value) = ((0..20).map(|_| Uuid::new_v4().to_string()).collect(), json!({}));
        let replies = join_all(ids.iter().map(|id| she.presses_as(id, &body))).await;
        town.app.settle().await;
        assert_eq!(replies.iter().filter(|r| r.status.as_u16() == 201).count(), 1);
        let first = replies[0].json()["id"].clone();
        assert!(replies.iter().all(|r| r.json()["id"] == first));
        for id in &ids {
            let seen = she.alarm().get(&format!("/v1/alerts/{id}")).await.expect(200);
            assert_eq!((&seen["id"], &seen["client_id"]), (&first, &json!(id)));
        }
    }

    async fn pressed_again_under_a_new_id_is_the_same_alert_louder(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        town.after(20).await;
        let again = Uuid::new_v4().to_string();
        let told = she.presses_as(&again, &json!({})).await.expect(200);
        assert_eq!((&told["id"], &told["presses"], &told["client_id"]), (&pressed.told["id"], &json!(2), &json!(again)));
        town.app.settle().await;
        prima.expects_nothing();
        town.after(40).await;
        let news: Vec<String> = town.app.fcm.take_all().into_iter().map(|p| p.data["kind"].clone()).collect();
        assert!(news.iter().any(|kind| kind == "pressed_again"), "a minute after the first, and not before: {news:?}");
        town.app.twilio.expects_sms(&prima.phone).await;
        assert_eq!(town.count("select count(*) as n from records where level > 0").await, 1);
    }

    async fn a_body_of_garbage_still_raises(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let deep = "[".repeat(20_000);
        let big = format!("{{\"note\": \"{}\"}}", "x".repeat(300 * 1024));
        let bodies: [(&str, &[u8]); 9] = [
            ("application/json", b"\xff\xfe\x00garbage"),
            ("application/json", b"{\"location\": {\"lat\": "),
            ("application/json", b"[1, 2, 3]"),
            ("application/json", b"{\"location\": {\"lat\": 1e999, \"lon\": \"east\"}, \"policy\": 7, \"drill\": \"maybe\"}"),
            ("application/json", deep.as_bytes()),
            ("application/json", big.as_bytes()),
            ("text/html", b"<html>"),
            ("not a media type", b"{}"),
            ("application/json", b""),
        ];
        for (kind, body) in bodies {
            let path = format!("/v1/alerts/{}", Uuid::new_v4());
            let told = she.alarm().raw(Method::PUT, &path, kind, body).await.expect(201);
            assert_eq!((&told["state"], &told["drill"]), (&json!("open"), &json!(false)));
            town.app.settle().await;
            prima.gets_alarm().await;
            let told = she.alarm().post(&format!("{path}/close"), &json!({})).await.expect(200);
            assert_eq!(told["state"], "closed");
            town.app.settle().await;
            assert_eq!(prima.expects_push().await.data["kind"], "over");
        }
    }

    async fn the_same_id_after_the_close_is_the_closed_alert(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses().await;
        she.cancels(&pressed, "").await.expect(200);
        let late = she.presses_as(&pressed.client_id, &json!({})).await.expect(200);
        assert_eq!((&late["state"], &late["close_kind"]), (&json!("closed"), &json!("cancelled")));
        let fresh = she.presses().await;
        assert_ne!(fresh.id(), pressed.id());
    }

    async fn a_queue_flushed_an_hour_later_is_an_alert_with_her_time_on_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let then = town.app.clock.now();
        town.after(3_600).await;
        let pressed = she.presses_with(json!({ "at": then })).await;
        assert_eq!(pressed.told["state"], "open");
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'late'").await, 1);
    }
}

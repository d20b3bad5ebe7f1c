//! P2. A press is never refused, and is one alert.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use ampara::municipality::chihuahua;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::harness::settings::TestSettings;

both_engines! {
    async fn whatever_the_phone_says_or_leaves_out_is_an_alert(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        for (body, warned) in [
            (json!({}), vec![]),
            (json!(null), vec![""]),
            (json!({ "at": "1970-01-01T00:00:00Z" }), vec![]),
            (json!({ "at": "2099-01-01T00:00:00Z" }), vec![]),
            (json!({ "at": "yesterday" }), vec!["at"]),
            (json!({ "a_newer_apps_field": { "deep": [1, 2, 3] } }), vec![]),
            (json!({ "location": "home" }), vec!["location"]),
            (json!({ "location": { "lat": 28.6, "lon": -106.0, "speed": -1, "accuracy": 48_000, "mock": true, "seq": 1 } }), vec![]),
            (json!({ "policy": "whatever", "battery": 180, "note": 7 }), vec!["battery", "note", "policy"]),
        ] {
            let pressed = she.presses_with(body.clone()).await;
            assert_eq!(pressed.told["state"], "open", "{body}");
            let paths: Vec<&str> = pressed.told["warnings"].as_array().into_iter().flatten().map(|w| w["path"].as_str().unwrap()).collect();
            assert_eq!(paths, warned, "{body}");
            she.cancels(&pressed, "").await.expect(200);
        }
    }

    async fn a_body_that_stops_in_the_middle_raises_after_the_wait(database) {
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings: &mut TestSettings| {
            settings.set("http.press_wait_s", 1);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let host = town.app.base_url().strip_prefix("http://").unwrap();
        let mut phone = tokio::net::TcpStream::connect(host).await.unwrap();
        let head = format!(
            "PUT /v1/alerts/{} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{{\"location\": ",
            Uuid::new_v4(), she.alert_token
        );
        phone.write_all(head.as_bytes()).await.unwrap();
        let mut reply = [0_u8; 12];
        tokio::time::timeout(Duration::from_secs(60), phone.read_exact(&mut reply)).await.unwrap().unwrap();
        assert_eq!(std::str::from_utf8(&reply).unwrap(), "HTTP/1.1 201");
    }

    async fn no_rate_limit_touches_a_press(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        for n in 0..120 {
            let reply = she.presses_as(&Uuid::new_v4().to_string(), &json!({})).await;
            assert_eq!(reply.status.as_u16(), if n == 0 { 201 } else { 200 });
        }
        assert_eq!(town.count("select count(*) as n from records").await, 1);
        town.app.settle().await;
    }

    async fn only_a_bad_token_and_a_path_that_is_no_uuid_are_turned_away(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let path = format!("/v1/alerts/{}", Uuid::new_v4());
        town.app.anyone().put(&path, &json!({})).await.expect_problem(401, "unauthorized");
        town.app.anyone().with_bearer("A".repeat(43)).put(&path, &json!({})).await.expect_problem(401, "unauthorized");
        she.alarm().put("/v1/alerts/7", &json!({})).await.expect_problem(400, "bad-path");
        let upper = path.to_uppercase().replace("/V1/ALERTS/", "/v1/alerts/");
        let told = she.alarm().put(&upper, &json!({})).await;
        assert!(told.status.is_success(), "a UUID in capitals is a UUID: {}", told.text);
        she.alarm().get(&path).await.expect(200);
        town.app.settle().await;
    }

    async fn a_drill_may_become_real_and_never_the_other_way_round(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let drill = she.presses_with(json!({ "drill": true })).await;
        assert_eq!(prima.gets_alarm().await.data["words"], "SIMULACRO: es una prueba, nadie corre peligro");
        let real = she.presses_as(&drill.client_id, &json!({ "drill": false })).await.expect(200);
        town.app.settle().await;
        assert_eq!((&real["drill"], &real["nine11"]), (&json!(false), &json!("told")));
        assert_eq!(prima.gets_alarm().await.data["kind"], "alarm");
        let still = she.presses_as(&drill.client_id, &json!({ "drill": true })).await.expect(200);
        assert_eq!((&still["drill"], &still["nine11"]), (&json!(false), &json!("told")));
        town.app.settle().await;
    }

    async fn fixes_come_in_any_order_and_twice_and_the_first_of_each_wins(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses_with(json!({})).await;
        let (at, later) = (town.app.clock.now(), town.app.clock.now().plus(Duration::from_secs(10)));
        let fix = |seq: i64, lat: f64, at: ampara::clock::At| json!({ "seq": seq, "lat": lat, "lon": -106.0, "at": at, "accuracy": 5 });
        town.after(10).await;
        let send = |fixes: Value| {
            let (alarm, path) = (she.alarm(), pressed.path("/locations"));
            async move { alarm.raw(Method::POST, &path, "application/json", json!({ "fixes": fixes }).to_string()).await.expect(200) }
        };
        send(json!([fix(3, 28.63, later), fix(1, 28.61, at)])).await;
        send(json!([fix(2, 28.62, at), fix(3, 11.11, later)])).await;
        assert_eq!(send(json!([fix(1, 28.61, at)])).await["accepted"], 1, "a batch that is sent again is as well received");
        assert_eq!(town.count("select count(*) as n from fixes").await, 3);
    }

    async fn a_fix_for_an_alert_that_the_server_does_not_know_asks_for_the_press_first(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let path = format!("/v1/alerts/{}/locations", Uuid::new_v4());
        let body = json!({ "fixes": [{ "lat": 28.6, "lon": -106.0, "seq": 1 }] });
        she.alarm().post(&path, &body).await.expect_problem(404, "alert-unknown");
    }

    async fn the_battery_says_when_the_next_fix_is_wanted(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses_with(json!({})).await;
        for (battery, wanted) in [(json!(0.9), 10), (json!(0.51), 10), (json!(0.3), 30), (json!(24), 60), (json!(0.05), 60)] {
            let body = json!({ "fixes": [{ "lat": 28.6, "lon": -106.0, "battery": battery }] });
            let told = she.alarm().post(&pressed.path("/locations"), &body).await.expect(200);
            assert_eq!(told["next_interval_s"], wanted, "{battery}");
        }
    }
}

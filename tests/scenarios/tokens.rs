//! A phone that slept, and one that was lost.

use ampara::db::DbError;
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::write_path::gate::Gate;

const DAY: u64 = 24 * 60 * 60;

both_engines! {
    async fn a_spent_access_token_and_a_good_alert_token_both_call_for_help(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        town.after(30 * DAY).await;
        she.client().get("/v1/me").await.expect_problem(401, "token-expired");
        let pressed = she.presses().await;
        she.walks(&pressed, &[(2, 28.64, -106.08)]).await;
        she.cancels(&pressed, "").await.expect(200);
        let path = format!("/v1/alerts/{}", Uuid::new_v4());
        she.client().put(&path, &json!({})).await.expect(201);
        town.app.settle().await;
    }

    async fn a_press_with_an_access_token_waits_for_no_other_reads(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let db = town.app.foundation.db.clone();
        // Every reader is held, and a hundred feeds wait behind that.
        let gates: Vec<Gate> = (0..town.app.foundation.config.database.readers).map(|_| Gate::shut()).collect();
        let held = join_all(gates.iter().map(|gate| db.read(gate.holds())));
        let feeds = join_all((0..100).map(|_| db.read(|_| Ok::<_, DbError>(()))));
        let press = async {
            for gate in &gates {
                gate.entered().await;
            }
            let reply = she.client().put(&format!("/v1/alerts/{}", Uuid::new_v4()), &json!({})).await;
            let waiting = db.write_stats().reads_waiting;
            for gate in &gates {
                gate.open().await;
            }
            (reply.status.as_u16(), waiting >= 100)
        };
        let (held, feeds, pressed) = futures_util::future::join3(held, feeds, press).await;
        assert_eq!(pressed, (201, true), "answered while all of them wait");
        assert!(held.iter().chain(&feeds).all(Result::is_ok));
        town.app.settle().await;
        prima.gets_alarm().await;
    }

    async fn the_alert_token_is_good_for_nothing_else(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        for path in ["/v1/me", "/v1/contacts", "/v1/sessions", "/v1/watching", "/v1/named-by", "/v1/me/conflicts"] {
            she.alarm().get(path).await.expect_problem(401, "unauthorized");
        }
        she.alarm().put("/v1/me/pin", &json!({ "pin": "4821" })).await.expect_problem(401, "unauthorized");
        she.alarm().post("/v1/contacts", &json!({ "name": "X", "phone": "+526144100009" })).await.expect_problem(401, "unauthorized");
    }

    async fn an_alert_token_shows_no_contacts_name_or_number(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima Canario", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        let seen = she.sees(&pressed).await.to_string();
        for secret in ["Canario", "6144100002", "token-prima"] {
            assert!(!seen.contains(secret), "{seen}");
        }
    }

    async fn no_other_person_can_see_move_or_close_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let other = Her::signs_in(&town, "+526144100008").await;
        let pressed = she.presses().await;
        other.alarm().get(&pressed.path("")).await.expect_problem(404, "alert-unknown");
        for verb in ["/escalate", "/cancel", "/close"] {
            other.alarm().post(&pressed.path(verb), &json!({})).await.expect_problem(404, "alert-unknown");
        }
        let fix = json!({ "fixes": [{ "lat": 28.6, "lon": -106.0, "seq": 1 }] });
        other.alarm().post(&pressed.path("/locations"), &fix).await.expect_problem(404, "alert-unknown");
        // Her id in another woman's hands is another alert.
        let theirs = other.presses_as(&pressed.client_id, &json!({})).await.expect(201);
        assert_ne!(theirs["id"], pressed.told["id"]);
        town.app.settle().await;
        assert_eq!(she.sees(&pressed).await["presses"], 1);
    }

    async fn a_revoked_phone_may_go_on_with_its_open_alert_and_raise_no_other(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses().await;
        town.after(31).await;
        let new_phone = Her::signs_in(&town, HER_PHONE).await;
        let old = format!("/v1/sessions/{}", she.session);
        new_phone.client().delete(&old).await.expect_problem(403, "device-too-new");
        she.client().post(&format!("/v1/sessions/{}/confirm", new_phone.session), &json!({})).await.expect(204);
        new_phone.client().delete(&old).await.expect(204);
        she.client().get("/v1/me").await.expect_problem(401, "session-revoked");
        she.walks(&pressed, &[(2, 28.64, -106.08)]).await;
        assert_eq!(she.sees(&pressed).await["state"], "open");
        new_phone.cancels(&pressed, "").await.expect(200);
        she.presses_as(&Uuid::new_v4().to_string(), &json!({})).await.expect_problem(401, "unauthorized");
        she.alarm().get(&pressed.path("")).await.expect_problem(401, "unauthorized");
    }
}

//! After a restore: what was queued before does not leave, old alerts say nothing until the release,
//! and what her phone says is told at once.

use ampara::alerts::restored::high_water::look;
use ampara::identity::model::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

const PRIMA: &str = "token-prima";

/// The database goes back: the mark outside it is ahead by so many looks.
async fn is_restored(town: &Town, ahead: i64) -> bool {
    let file = town.app.foundation.config.seal.key_dir.join("high-water");
    let far: i64 = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    std::fs::write(&file, (far + ahead).to_string()).unwrap();
    looks(town).await
}

/// Whether a restore waits for its release.
async fn looks(town: &Town) -> bool {
    look(&town.app.foundation).await.unwrap().is_some()
}

/// Kinds of the pushes that came since the last look.
fn pushed(town: &Town) -> Vec<String> {
    let pushes = town.app.fcm.take_all();
    let mut kinds: Vec<String> = pushes
        .iter()
        .map(|push| push.data["kind"].clone())
        .collect();
    kinds.sort();
    kinds
}

both_engines! {
    async fn nothing_queued_before_leaves_and_no_plan_speaks_until_the_release(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", PRIMA).await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        assert!(!looks(&town).await, "an ordinary look");
        let nothing = admin.gets("/v1/restore").await.expect(200);
        assert_eq!(nothing, json!({ "restored_at": null, "alerts": [] }));

        town.app.fcm.answers(PRIMA, [Answer::Unavailable(Some(1))]);
        let pressed = she.presses_with(json!({})).await;
        town.app.sends_once().await;
        assert_eq!(pushed(&town).len(), 1, "it was refused for now, and is queued");
        vecina.expects_sms().await;
        assert!(is_restored(&town, 1).await);
        for _ in 0..10 {
            town.after(60).await;
        }
        assert_eq!(pushed(&town), Vec::<String>::new());
        assert!(town.app.twilio.take_all().is_empty() && town.app.twilio.take_calls().is_empty());
        let record = marta.sees_one().await;
        assert!(record["flags"].as_array().unwrap().contains(&json!("restored")), "{record}");
        marta.claims(&record).await.expect(200);
        town.after(60).await;
        assert_eq!(pushed(&town), Vec::<String>::new(), "an operator's step asks no held plan");

        let list = admin.gets("/v1/restore").await.expect(200);
        assert_eq!(list["alerts"][0]["folio"], record["folio"]);
        marta.posts("/v1/restore/release", &Value::Null).await.expect_problem(403, "forbidden");
        admin.posts("/v1/restore/release", &Value::Null).await.expect(204);
        town.app.settle().await;
        assert!(!looks(&town).await);
        assert_eq!(admin.gets("/v1/restore").await.expect(200), nothing);
        // The push was lost with the restore: the next channel tells them.
        town.app.twilio.expects_sms(&prima.phone).await;
        she.cancels(&pressed, "").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn whatever_her_phone_says_takes_its_alert_out_of_quarantine(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_with_app("Prima", "+526144100002", PRIMA).await;
        for says in ["a press", "the same press", "a place", "that 911 is wanted", "that it is over"] {
            let body = json!({ "policy": "network_only" });
            let pressed = she.presses_with(body.clone()).await;
            town.app.settle().await;
            assert_eq!(pushed(&town), ["alarm"], "{says}");
            assert!(is_restored(&town, 40).await);
            town.after(20).await;
            let waits = async || {
                let sql = "select count(*) as n from alerts where restored_at is not null and state = 'open'";
                town.count(sql).await
            };
            assert_eq!(waits().await, 1, "{says}");
            let at = town.app.clock.now();
            match says {
                "a press" => drop(she.presses_as(&Uuid::new_v4().to_string(), &body).await.expect(200)),
                "the same press" => drop(she.presses_as(&pressed.client_id, &body).await.expect(200)),
                "a place" => {
                    let fix = json!([{ "seq": 1, "lat": 28.6, "lon": -106.0, "at": at }]);
                    she.sends(&pressed, fix.to_string()).await.expect(200);
                }
                "that 911 is wanted" => drop(she.escalates(&pressed).await),
                _ => drop(she.cancels(&pressed, "").await.expect(200)),
            }
            assert_eq!(waits().await, 0, "{says}");
            town.app.settle().await;
            match says {
                "a press" => assert_eq!(pushed(&town), ["pressed_again"], "told at once"),
                "that it is over" => {
                    // The end may be told some seconds later.
                    town.after(30).await;
                    assert_eq!(pushed(&town), ["over"], "told at once");
                }
                _ => {}
            }
            she.cancels(&pressed, "").await.expect(200);
            town.after(30).await;
            ampara::alerts::restored::release(&town.app.foundation, None).await.unwrap();
            town.app.fcm.take_all();
            town.app.twilio.take_all();
        }
    }

    async fn an_end_that_was_still_to_be_told_waits_too(database) {
        let town = Town::found_with(database, ampara::municipality::chihuahua::CENTRES_GEOJSON, |settings| {
            settings.set("plan.over_after_s", 20);
        }).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_with_app("Prima", "+526144100002", PRIMA).await;
        let pressed = she.presses_with(json!({ "policy": "network_only" })).await;
        town.app.settle().await;
        assert_eq!(pushed(&town), ["alarm"]);
        she.cancels(&pressed, "").await.expect(200);
        assert!(is_restored(&town, 1).await);
        town.after(60).await;
        assert_eq!(pushed(&town), Vec::<String>::new());
        ampara::alerts::restored::release(&town.app.foundation, None).await.unwrap();
        town.app.settle().await;
        assert_eq!(pushed(&town), ["over"]);
        town.app.twilio.take_all();
    }

    async fn a_new_alert_is_told_as_ever_while_a_restore_waits(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_with_app("Prima", "+526144100002", PRIMA).await;
        assert!(is_restored(&town, 1).await);
        let pressed = she.presses().await;
        town.app.settle().await;
        assert_eq!(pushed(&town), ["alarm"]);
        town.after(40).await;
        assert!(!town.app.twilio.take_all().is_empty(), "its plan goes on");
        she.cancels(&pressed, "").await.expect(200);
        town.after(30).await;
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn several_nodes_notice_one_restore_once_and_each_restore_anew(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let file = town.app.foundation.config.seal.key_dir.join("high-water");
        looks(&town).await;
        let far: i64 = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        let other_node = (far + 30).to_string();
        assert!(is_restored(&town, 10).await);
        let pressed = she.presses().await;
        std::fs::write(&file, &other_node).unwrap();
        assert!(looks(&town).await, "it waits on");
        let held = "select count(*) as n from alerts where restored_at is not null";
        assert_eq!(town.count(held).await, 0, "the other node's look holds nothing again");
        assert!(is_restored(&town, 1).await);
        assert_eq!(town.count(held).await, 1, "a second restore does");
        she.cancels(&pressed, "").await.expect(200);
        for broken in ["", "12x"] {
            std::fs::write(&file, broken).unwrap();
            looks(&town).await;
            assert_eq!(town.count(held).await, 0, "{broken:?}: what cannot be read is no restore");
        }
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }
}

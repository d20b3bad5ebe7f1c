//! P1. What we acknowledge is never lost: what a 2xx promises is on disk before anything else
//! happens.

use serde_json::json;
use uuid::Uuid;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::harness::settings::TestSettings;

both_engines! {
    async fn when_the_reply_is_there_all_that_it_promises_is_a_row(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let body = json!({ "location": { "lat": 28.63, "lon": -106.07, "accuracy": 9.0 } });
        she.presses_as(&Uuid::new_v4().to_string(), &body).await.expect(201);
        // No worker has run since: time stands still, and nothing was stepped.
        for (rows, what) in [
            (1, "alerts where state = 'open' and plan_due_at is not null"),
            (1, "records where state = 'queued' and folio is not null"),
            (1, "fixes"),
            (2, "notifications where subject_kind = 'alert' and sealed is not null and deadline > due_at"),
            (1, "timeline where kind = 'raised'"),
            (1, "timeline where kind = 'record_queued'"),
        ] {
            assert_eq!(town.count(&format!("select count(*) as n from {what}")).await, rows, "{what}");
        }
        assert_eq!(town.app.fcm.claim("token-prima").map(|p| p.data), None, "the reply waited for no provider");
        town.app.settle().await;
        prima.gets_alarm().await;
        vecina.expects_sms().await;
    }

    async fn what_is_owed_later_is_owed_by_a_row_too(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        she.presses().await;
        let due = "select count(*) as n from alerts where plan_due_at is not null";
        for _ in 0..20 {
            town.after(97).await;
            assert_eq!(town.count(due).await, 1, "while it is open, somebody will ask");
        }
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn with_room_for_one_row_at_a_time_all_are_sent_all_the_same(database) {
        let town = Town::found_with(database, ampara::municipality::chihuahua::CENTRES_GEOJSON, |settings: &mut TestSettings| {
            settings.set("delivery.handed_over", 1);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        she.presses().await;
        prima.gets_alarm().await;
        amiga.gets_alarm().await;
    }

    async fn a_press_that_does_not_fit_on_the_disk_is_not_acknowledged(database) {
        if !database.is_sqlite() {
            return;
        }
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        town.app.foundation.db.limit_pages(1);
        let mut refused = 0;
        // Free room within the file's pages is used up first.
        for _ in 0..1000 {
            if refused == 10 {
                break;
            }
            let (id, note) = (Uuid::new_v4().to_string(), "x".repeat(500));
            let reply = she.presses_as(&id, &json!({ "note": note })).await;
            let kept = she.alarm().get(&format!("/v1/alerts/{id}")).await.status.is_success();
            assert_eq!(reply.status.is_success(), kept, "the answer and the disk agree: {}", reply.text);
            refused += usize::from(!kept);
        }
        assert!(refused > 0, "the control: the disk was full");
    }
}

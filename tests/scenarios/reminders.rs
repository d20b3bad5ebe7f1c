//! The monthly reminder to rehearse: when it comes, and what it gives away.

use std::collections::BTreeSet;

use ampara::db::{Conn, DbError, WritePriority};
use ampara::on;
use diesel::RunQueryDsl;
use serde_json::json;

use crate::both_engines;
use crate::harness::fcm::Push;
use crate::harness::people::{HER_PHONE, Her, Town};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;
/// From the evening at which stories begin to ten in the morning.
const TO_MORNING: u64 = 12 * HOUR + 20 * 60;

/// She has the app, and a contact who has taken part in no drill.
async fn she_settles_in(town: &Town) -> Her<'_> {
    let she = Her::signs_in(town, HER_PHONE).await;
    she.takes_pushes_at("token-she").await;
    let _vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
    she
}

/// All who want reminders are looked at, at this hour.
async fn falls_due(town: &Town) -> Vec<Push> {
    let due = |conn: &mut Conn| -> Result<usize, DbError> {
        let due = "update people set reminder_due_at = 1 where reminder_due_at is not null";
        Ok(on!(conn, |c| diesel::sql_query(due).execute(c))?)
    };
    town.app
        .foundation
        .db
        .write(WritePriority::Background, due)
        .await
        .unwrap();
    town.app.reminds().await;
    town.app.fcm.take_all()
}

/// Half an hour after half an hour, to the first reminder and no further than `hours`.
async fn next_reminder(town: &Town, hours: u64) -> Option<Push> {
    for _ in 0..hours * 2 {
        town.after(HOUR / 2).await;
        town.app.reminds().await;
        if let Some(push) = town.app.fcm.claim("token-she") {
            return Some(push);
        }
    }
    None
}

both_engines! {
    async fn a_month_after_she_came_she_is_reminded_by_day_and_a_month_later_again(database) {
        let town = Town::found(database).await;
        let _she = she_settles_in(&town).await;
        town.after(29 * DAY).await;
        assert!(next_reminder(&town, 23).await.is_none(), "not before the month is over");
        let push = next_reminder(&town, 24).await.expect("a reminder");
        let local = town.app.clock.now().utc().with_timezone(&chrono_tz::America::Chihuahua);
        let hour = chrono::Timelike::hour(&local);
        assert!((10..20).contains(&hour), "{local}");
        let keys: BTreeSet<&str> = push.data.keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["kind", "notification", "receipt", "words"]));
        assert_eq!((push.data["kind"].as_str(), push.data["words"].as_str()), ("reminder", "Tienes un recordatorio"));
        assert_eq!(push.apns_alert(), Some(&json!({ "body": "Tienes un recordatorio" })));
        town.after(29 * DAY).await;
        assert!(next_reminder(&town, 23).await.is_none(), "never twice in a month");
        assert!(next_reminder(&town, 26).await.is_some());
    }

    async fn at_night_nobody_is_reminded(database) {
        let town = Town::found(database).await;
        let _she = she_settles_in(&town).await;
        assert!(falls_due(&town).await.is_empty(), "it is evening");
        town.after(TO_MORNING).await;
        assert_eq!(falls_due(&town).await.len(), 1);
        town.after(9 * HOUR).await;
        assert!(falls_due(&town).await.is_empty(), "seven in the evening");
    }

    async fn while_an_alert_is_open_she_is_not_reminded(database) {
        let town = Town::found(database).await;
        let she = she_settles_in(&town).await;
        town.after(TO_MORNING).await;
        let pressed = she.presses().await;
        let pushes = falls_due(&town).await;
        assert!(pushes.iter().all(|p| p.data["kind"] != "reminder"), "{pushes:?}");
        she.closes(&pressed, "").await.expect(200);
        assert_eq!(falls_due(&town).await.len(), 1, "she has no PIN: something is weak");
        town.app.twilio.take_all();
    }

    async fn who_wants_none_gets_none_and_who_wants_them_again_waits_a_month(database) {
        let town = Town::found(database).await;
        let she = she_settles_in(&town).await;
        town.after(31).await;
        assert_eq!(she.client().get("/v1/me").await.expect(200)["reminders"], true);
        let off = she.client().patch("/v1/me", &json!({ "reminders": false })).await.expect(200);
        assert_eq!(off["reminders"], false);
        town.after(TO_MORNING - 31).await;
        assert!(falls_due(&town).await.is_empty());
        let mut she = she;
        she.refreshes().await;
        let on = she.client().patch("/v1/me", &json!({ "reminders": true })).await.expect(200);
        assert_eq!(on["reminders"], true);
        town.app.reminds().await;
        assert!(town.app.fcm.take_all().is_empty());
        let again = town.app.clock.now().plus(std::time::Duration::from_secs(30 * DAY)).micros();
        assert_eq!(town.count(&format!("select count(*) as n from people where reminder_due_at = {again}")).await, 1);
    }

    async fn with_all_well_and_a_drill_behind_her_or_with_nobody_to_rehearse_with_there_is_no_reminder(database) {
        let town = Town::found(database).await;
        town.after(TO_MORNING).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.takes_pushes_at("token-she").await;
        assert!(falls_due(&town).await.is_empty(), "she has chosen nobody");
        she.sets_pin("4821").await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let pushes = falls_due(&town).await;
        assert_eq!(pushes.iter().map(|p| p.target.as_str()).collect::<Vec<_>>(), ["token-she"], "no drill in a month");
        let drill = she.presses_with(json!({ "drill": true })).await;
        prima.gets_alarm().await;
        amiga.gets_alarm().await;
        she.closes(&drill, "4821").await.expect(200);
        assert!(falls_due(&town).await.is_empty());
        town.after(29 * DAY).await;
        assert!(falls_due(&town).await.is_empty(), "signs are still fresh");
        town.after(DAY + 60).await;
        assert_eq!(falls_due(&town).await.len(), 1);
    }
}

//! P8. Honest when it fails: drills never reach 911, and the server says whether it can take an alert.

use ampara::identity::model::Role;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

both_engines! {
    async fn a_drill_never_reaches_911_and_is_told_as_one(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let boss = Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some("+526144100090")).await;
        let pressed = she.presses_with(json!({ "drill": true })).await;
        assert_eq!((&pressed.told["drill"], &pressed.told["nine11"]), (&json!(true), &json!("not_told")));
        let push = prima.gets_alarm().await;
        assert_eq!((push.data["drill"].as_str(), push.data["words"].as_str()), ("true", "SIMULACRO: es una prueba, nadie corre peligro"));
        assert!(vecina.expects_sms().await.body.starts_with("SIMULACRO."));
        assert_eq!(prima.watching().await[0]["drill"], true);
        town.after(600).await;
        assert!(boss.sees_queue().await.is_empty());
        assert_eq!(town.count("select count(*) as n from records").await, 0);
        assert_eq!(she.sees(&pressed).await["call_911"], false);
        she.closes(&pressed, "").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn a_press_that_reaches_nobody_says_so_and_who_else_helps(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let pressed = she.presses().await;
        assert_eq!((&pressed.told["reached"], &pressed.told["total"]), (&json!(0), &json!(0)));
        let lines = pressed.told["help_lines"].as_array().unwrap();
        assert_eq!((&lines[0]["phone"], &lines[0]["always"]), (&json!("911"), &json!(true)));
        assert!(lines.iter().skip(1).all(|line| line["open_now"] == false), "it is evening: {lines:?}");
        assert_eq!(pressed.told["nine11"], "told", "and 911 is told, not more");
    }

    async fn the_server_says_whether_it_can_take_an_alert(database) {
        let town = Town::found(database).await;
        town.app.anyone().get("/healthz").await.expect(200);
        town.app.anyone().get("/readyz").await.expect(200);
        if town.app.database.is_sqlite() {
            town.app.foundation.db.limit_pages(1);
            let reply = town.app.anyone().get("/readyz").await;
            assert!(reply.status.as_u16() == 503 || reply.status.as_u16() == 200, "{}", reply.text);
        }
    }
}

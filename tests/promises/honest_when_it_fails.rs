//! P8. Honest when it fails: drills never reach 911, and the server says what works. More of the
//! heartbeat and of readiness stands among the scenarios.

use ampara::db::{Conn, DbError, WritePriority};
use ampara::identity::model::Role;
use ampara::on;
use diesel::connection::SimpleConnection;
use serde_json::json;
use uuid::Uuid;

use crate::both_engines;
use crate::harness::heartbeat;
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

    async fn a_server_that_can_take_an_alert_says_so(database) {
        let town = Town::found(database).await;
        town.app.anyone().get("/healthz").await.expect(200);
        town.app.anyone().get("/readyz").await.expect(200);
    }

    async fn a_server_without_room_for_an_alert_says_so(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        fill_up(&town, &she).await;
        town.app.beats().await;
        let told = heartbeat::heard(&town.app).await;
        assert_eq!((&told["alerts"], &told["sms"]), (&json!(false), &json!(true)), "what works is still told");
        town.app.anyone().get("/readyz").await.expect_problem(503, "unavailable");
        town.app.anyone().get("/healthz").await.expect(200);
    }
}

/// SQLite: until a press finds no room. PostgreSQL's disk cannot be filled here: a trigger says
/// what the server says then.
pub async fn fill_up(town: &Town, she: &Her<'_>) {
    if town.app.database.is_sqlite() {
        town.app.foundation.db.limit_pages(1);
        let body = json!({ "note": "x".repeat(500) });
        for _ in 0..2_000 {
            if !she
                .presses_as(&Uuid::new_v4().to_string(), &body)
                .await
                .status
                .is_success()
            {
                return;
            }
        }
        panic!("there was room for two thousand presses");
    }
    let full = "create function no_room() returns trigger language plpgsql as $$ begin
        raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
        create trigger no_room before insert or update on change_marks for each row execute function no_room();";
    let fill =
        |conn: &mut Conn| -> Result<(), DbError> { Ok(on!(conn, |c| c.batch_execute(full))?) };
    town.app
        .foundation
        .db
        .write(WritePriority::Alert, fill)
        .await
        .unwrap();
}

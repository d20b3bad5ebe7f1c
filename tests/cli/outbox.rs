//! `outbox`: dead letters are listed, and counted until ops have dismissed them.

use ampara::db::{Conn, DbError, WritePriority};
use ampara::on;
use diesel::RunQueryDsl;
use serde_json::json;

use super::stage::Installation;
use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::people::{HER_PHONE, Her, Town};

both_engines! {
    async fn a_dead_letter_is_seen_by_health_doctor_and_list_until_it_is_dismissed(database) {
        let town = Town::found(database).await;
        // The same database and keys; `doctor` asks no provider, whose clock is the test's.
        let here = Installation::bare(&town.app.database);
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        town.app.fcm.answers("token-prima", [Answer::Unregistered]);
        let pressed = she.presses().await;
        prima.expects_push().await;
        assert_eq!(town.app.anyone().get("/health/alerting").await.expect(200)["dead_letters"], 0);

        // As the recorder leaves one whose follow-up failed every time.
        let set_aside = |conn: &mut Conn| -> Result<usize, DbError> {
            let text = "update notifications set reason = 'dead_letter' where channel = 'fcm' and state = 'failed'";
            Ok(on!(conn, |c| diesel::sql_query(text).execute(c))?)
        };
        assert_eq!(town.app.foundation.db.write(WritePriority::Background, set_aside).await.unwrap(), 1);
        let told = town.app.anyone().get("/health/alerting").await.expect(200);
        assert_eq!((&told["dead_letters"], &told["status"]), (&json!(1), &json!("degraded")));
        let listed = here.run(&["outbox", "list", "--json"]).json();
        assert_eq!((&listed["channel"], &listed["subject"], &listed["outcome"]), (&json!("fcm"), &json!(pressed.id()), &json!("failed")));
        let (id, cause) = (listed["id"].as_str().unwrap(), listed["cause"].as_str().unwrap());
        let words = here.run(&["outbox", "list"]).ok();
        assert!(words.contains(id) && words.contains(cause) && cause.contains("UNREGISTERED"), "{words}");
        let report = here.run(&["doctor", "--json"]).json();
        let named = report["findings"].as_array().unwrap().iter().find(|f| f["check"] == "dead_letters").unwrap();
        assert!(named["level"] == "warn" && named["found"].as_str().unwrap().contains(id), "{named}");

        here.run(&["outbox", "dismiss", id]).ok();
        assert_eq!(town.app.anyone().get("/health/alerting").await.expect(200)["status"], "ok");
        assert_eq!(here.run(&["outbox", "list"]).ok(), "");
        here.run(&["outbox", "dismiss", id]).fails(1, "no dead letter, or dismissed before");
        let report = here.run(&["doctor", "--json"]).json();
        assert!(report["findings"].as_array().unwrap().iter().any(|f| f["check"] == "dead_letters" && f["found"] == "none"));
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "sent", "the SMS went all the same");
        town.app.twilio.take_all();
    }
}

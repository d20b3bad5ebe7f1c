//! Receipts of a phone that was asleep: it has no fresh access token, and the SMS that follows an
//! unconfirmed push after half a minute must not be sent for want of one.

use ampara::ids::NotificationId;
use serde_json::json;

use crate::both_engines;
use crate::harness::client::Reply;
use crate::harness::fcm::Push;
use crate::harness::people::{ContactPerson, HER_PHONE, Her, Town};

const PRIMA: &str = "+526144100002";

async fn confirms(town: &Town, push: &Push, body: &serde_json::Value) -> Reply {
    let path = format!("/v1/notifications/{}/receipt", push.notification());
    town.app.anyone().post(&path, body).await
}

async fn her_and_prima(town: &Town) -> (Her<'_>, ContactPerson<'_>) {
    let she = Her::signs_in(town, HER_PHONE).await;
    let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
    (she, prima)
}

both_engines! {
    async fn a_phone_without_a_session_confirms_by_the_secret_of_its_push(database) {
        let town = Town::found(database).await;
        let (she, prima) = her_and_prima(&town).await;
        let pressed = she.presses().await;
        let push = prima.expects_push().await;
        let secret = &push.data["receipt"];
        for _ in 0..2 {
            confirms(&town, &push, &json!({ "receipt": secret })).await.expect(204);
            assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "delivered");
        }
        town.after(35).await;
        town.app.twilio.expects_nothing_for(PRIMA);
        for _ in 0..2 {
            confirms(&town, &push, &json!({ "receipt": secret, "seen": true })).await.expect(204);
            assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "seen");
        }
        confirms(&town, &push, &json!({ "receipt": secret })).await.expect(204);
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "seen", "nothing is taken back");
    }

    async fn a_secret_is_good_for_one_notification_alone(database) {
        let town = Town::found(database).await;
        let (she, prima) = her_and_prima(&town).await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let pressed = she.presses().await;
        let (push, other) = (prima.expects_push().await, amiga.expects_push().await);
        let wrong = json!({ "receipt": other.data["receipt"], "seen": true });
        confirms(&town, &push, &wrong).await.expect_problem(404, "not-found");
        confirms(&town, &push, &json!({ "receipt": "" })).await.expect_problem(404, "not-found");
        confirms(&town, &push, &json!({ "receipt": 7 })).await.expect_problem(401, "unauthorized");
        confirms(&town, &push, &json!({})).await.expect_problem(401, "unauthorized");
        amiga.confirms(&push, &wrong).await.expect_problem(404, "not-found");
        let none = format!("/v1/notifications/{}/receipt", NotificationId::new());
        town.app.anyone().post(&none, &wrong).await.expect_problem(404, "not-found");
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "sent");
        // A mistaken secret beside a good token costs nothing.
        prima.confirms(&push, &wrong).await.expect(204);
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "seen");
    }

    async fn a_secret_is_good_until_five_minutes_after_the_deadline(database) {
        let town = Town::found(database).await;
        let (she, prima) = her_and_prima(&town).await;
        she.presses().await;
        let push = prima.expects_push().await;
        let body = json!({ "receipt": push.data["receipt"] });
        // An alarm's deadline is a quarter of an hour (`plan.alarm_deadline_s`).
        town.after(900 + 299).await;
        confirms(&town, &push, &body).await.expect(204);
        town.after(1).await;
        confirms(&town, &push, &body).await.expect_problem(404, "not-found");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
        town.app.twilio.take_calls();
    }

    async fn an_expired_access_token_and_the_alert_token_of_the_phone_are_good_for_it(database) {
        let town = Town::found(database).await;
        let (she, prima) = her_and_prima(&town).await;
        town.after(16 * 60).await;
        let pressed = she.presses().await;
        let push = prima.expects_push().await;
        prima.client().get("/v1/watching").await.expect_problem(401, "token-expired");
        prima.confirms(&push, &json!({})).await.expect(204);
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "delivered");
        let path = format!("/v1/notifications/{}/receipt", push.notification());
        let seen = json!({ "seen": true });
        she.alarm().post(&path, &seen).await.expect_problem(404, "not-found");
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "delivered");
        prima.alarm().post(&path, &seen).await.expect(204);
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "seen");
    }

    async fn a_phone_that_was_signed_out_confirms_nothing_by_its_tokens(database) {
        let town = Town::found(database).await;
        let (she, prima) = her_and_prima(&town).await;
        let pressed = she.presses().await;
        let push = prima.expects_push().await;
        let path = format!("/v1/notifications/{}/receipt", push.notification());
        prima.sets_pin("4821").await;
        prima.client().post("/v1/sessions/step-up", &json!({ "pin": "4821" })).await.expect(200);
        prima.client().delete(&format!("/v1/sessions/{}", prima.session)).await.expect(204);
        prima.client().post(&path, &json!({})).await.expect_problem(401, "session-revoked");
        prima.alarm().post(&path, &json!({})).await.expect_problem(401, "unauthorized");
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "sent");
    }
}

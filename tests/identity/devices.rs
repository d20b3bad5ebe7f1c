//! Devices, their trust and their end.

use actix_web::test::TestRequest;
use ampara::identity;
use ampara::ids::PersonId;
use serde_json::json;

use super::stage::{APP, HER_PHONE, Stage, an_alert_opens, phone};
use crate::both_engines;

const HOUR: u64 = 3_600;

both_engines! {
    async fn a_second_device_waits_72_hours_for_what_could_hurt_her(database) {
        let stage = Stage::set(&database).await;
        let old = stage.signs_in(HER_PHONE).await;
        let new = stage.signs_in(HER_PHONE).await;
        let policy = || TestRequest::patch().uri("/v1/me").set_json(json!({ "policy": "network_only" }));
        let end_old = || TestRequest::delete().uri(&format!("/v1/sessions/{}", old.session));
        stage.as_her(&new, policy()).await.is(403, "device-too-new");
        stage.as_her(&new, end_old()).await.is(403, "device-too-new");
        stage.as_her(&new, TestRequest::put().uri("/v1/me/pin").set_json(json!({ "pin": "4821" }))).await.ok();
        stage.as_her(&new, TestRequest::put().uri("/v1/me/pin").set_json(json!({ "pin": "1590" }))).await.is(403, "device-too-new");
        stage.get_as(&new.alert_token, "/alert").await.ok();
        stage.as_her(&old, policy()).await.ok();

        stage.fast_forward(72 * HOUR);
        let tokens = stage.refreshes(&new.refresh).await.ok();
        let mut grown = new;
        grown.access = tokens["access"].as_str().unwrap().to_owned();
        stage.as_her(&grown, policy()).await.ok();
        stage.as_her(&grown, end_old()).await.ok();
    }

    async fn an_older_device_confirms_a_newer_one_and_nobody_else_does(database) {
        let stage = Stage::set(&database).await;
        let old = stage.signs_in(HER_PHONE).await;
        let new = stage.signs_in(HER_PHONE).await;
        let newest = stage.signs_in(HER_PHONE).await;
        let stranger = stage.signs_in("+526149876543").await;
        let confirm = || TestRequest::post().uri(&format!("/v1/sessions/{}/confirm", new.session));
        stage.as_her(&new, confirm()).await.is(403, "device-too-new");
        stage.as_her(&newest, confirm()).await.is(403, "device-too-new");
        stage.as_her(&stranger, confirm()).await.is(404, "not-found");
        stage.as_her(&old, confirm()).await.ok();
        stage.as_her(&new, TestRequest::patch().uri("/v1/me").set_json(json!({ "policy": "if_unanswered" }))).await.ok();
    }

    async fn a_device_that_signs_in_again_with_its_alert_token_stays_what_it_was(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let code = stage.asks_for_code(HER_PHONE).await;
        let again = phone(&stage.verifies(HER_PHONE, &code, Some(&she.alert_token)).await.ok());
        assert_eq!((&again.device, &again.alert_token), (&she.device, &she.alert_token));
        stage.get_as(&she.access, "/who").await.is(401, "session-revoked");
        stage.as_her(&again, TestRequest::patch().uri("/v1/me").set_json(json!({ "policy": "if_unanswered" }))).await.ok();
        let code = stage.asks_for_code("+526149876543").await;
        let thief = phone(&stage.verifies("+526149876543", &code, Some(&she.alert_token)).await.ok());
        assert_ne!((&thief.device, &thief.alert_token), (&she.device, &she.alert_token));
    }

    async fn a_revoked_session_lets_nothing_through(database) {
        let stage = Stage::set(&database).await;
        let old = stage.signs_in(HER_PHONE).await;
        let new = stage.signs_in(HER_PHONE).await;
        let listed = stage.as_her(&old, TestRequest::get().uri("/v1/sessions")).await.ok();
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
        let first = stage.as_her(&old, TestRequest::get().uri("/v1/sessions?limit=1")).await.ok();
        let next = first["next"].as_str().unwrap();
        let second = stage.as_her(&old, TestRequest::get().uri(&format!("/v1/sessions?limit=1&cursor={next}"))).await.ok();
        assert_eq!((&second["items"][0]["session"], &second["next"]), (&json!(old.session), &json!(null)));

        let end = || TestRequest::delete().uri(&format!("/v1/sessions/{}", new.session));
        stage.as_her(&old, end()).await.ok();
        stage.get_as(&new.access, "/who").await.is(401, "session-revoked");
        stage.get_as(&new.access, "/alert").await.is(401, "session-revoked");
        stage.get_as(&new.alert_token, "/alert").await.is(401, "unauthorized");
        stage.refreshes(&new.refresh).await.is(401, "session-revoked");
        stage.as_her(&old, end()).await.is(404, "not-found");
    }

    async fn a_revoked_device_keeps_its_token_for_an_alert_that_is_open(database) {
        let stage = Stage::set(&database).await;
        let old = stage.signs_in(HER_PHONE).await;
        let new = stage.signs_in(HER_PHONE).await;
        let person: PersonId = new.person.parse().unwrap();
        stage.write(move |conn| an_alert_opens(conn, person)).await.unwrap();
        stage.as_her(&old, TestRequest::delete().uri(&format!("/v1/sessions/{}", new.session))).await.ok();
        assert_eq!(stage.get_as(&new.alert_token, "/alert").await.ok()["only_open_alert"], true);
        stage.write(move |conn| identity::alert_closed(conn, person)).await.unwrap();
        stage.get_as(&new.alert_token, "/alert").await.is(401, "unauthorized");
    }

    async fn anothers_session_is_the_same_404_as_none(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let stranger = stage.signs_in("+526149876543").await;
        let end = |id: String| TestRequest::delete().uri(&format!("/v1/sessions/{id}"));
        let none = stage.as_her(&stranger, end(uuid::Uuid::now_v7().to_string())).await;
        let hers = stage.as_her(&stranger, end(she.session.clone())).await;
        assert_eq!((none.status, &none.body), (hers.status, &hers.body));
        hers.is(404, "not-found");
        stage.get_as(&she.access, "/who").await.ok();
    }

    async fn a_push_token_is_taken_for_the_own_device_and_an_app_of_the_municipality(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let stranger = stage.signs_in("+526149876543").await;
        let put = |device: &str, app: &str, token: &str| {
            TestRequest::put()
                .uri(&format!("/v1/devices/{device}/push"))
                .set_json(json!({ "platform": "android", "app_id": app, "provider": "fcm", "token": token }))
        };
        stage.as_her(&she, put(&she.device, APP, "a-token")).await.ok();
        stage.as_her(&she, put(&she.device, "mx.example.other", "a-token")).await.is(422, "bad-value");
        stage.as_her(&she, put(&she.device, APP, "")).await.is(422, "bad-value");
        stage.as_her(&she, put(&stranger.device, APP, "a-token")).await.is(404, "not-found");
        let person: PersonId = she.person.parse().unwrap();
        let live = stage
            .write(move |conn| Ok(ampara::delivery::addresses::live_for(conn, &[person.into()])?))
            .await
            .unwrap();
        assert_eq!((live.len(), live[0].app_id.as_deref()), (1, Some(APP)));
    }
}

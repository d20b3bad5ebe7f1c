//! A number proves itself by a code.

use serde_json::json;

use super::stage::{HER_PHONE, Stage};
use crate::both_engines;

both_engines! {
    async fn a_code_signs_in_once(database) {
        let stage = Stage::set(&database).await;
        let code = stage.asks_for_code(HER_PHONE).await;
        let tokens = stage.verifies(HER_PHONE, &code, None).await.ok();
        assert_eq!(tokens["registered"], true);
        stage.verifies(HER_PHONE, &code, None).await.is(422, "code-wrong");
        let again = stage.asks_for_code(HER_PHONE).await;
        let tokens_again = stage.verifies(HER_PHONE, &again, None).await.ok();
        assert_eq!((&tokens_again["registered"], &tokens_again["person"]), (&json!(false), &tokens["person"]));
    }

    async fn the_fifth_wrong_try_kills_a_code(database) {
        let stage = Stage::set(&database).await;
        let code = stage.asks_for_code(HER_PHONE).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            stage.verifies(HER_PHONE, wrong, None).await.is(422, "code-wrong");
        }
        stage.verifies(HER_PHONE, &code, None).await.is(422, "code-wrong");
    }

    async fn a_code_is_good_for_ten_minutes(database) {
        let stage = Stage::set(&database).await;
        let code = stage.asks_for_code(HER_PHONE).await;
        stage.fast_forward(600);
        stage.verifies(HER_PHONE, &code, None).await.is(422, "code-wrong");
        let code = stage.asks_for_code(HER_PHONE).await;
        stage.fast_forward(599);
        stage.verifies(HER_PHONE, &code, None).await.ok();
    }

    async fn only_the_newest_code_counts(database) {
        let stage = Stage::set(&database).await;
        let older = stage.asks_for_code(HER_PHONE).await;
        let newer = stage.asks_for_code(HER_PHONE).await;
        if older != newer {
            stage.verifies(HER_PHONE, &older, None).await.is(422, "code-wrong");
        }
        stage.verifies(HER_PHONE, &newer, None).await.ok();
    }

    async fn a_number_gets_five_codes_an_hour_and_the_answer_never_tells(database) {
        let stage = Stage::set(&database).await;
        let mut answers = Vec::new();
        for _ in 0..8 {
            stage.fast_forward(31);
            answers.push(stage.post("/v1/sign-in", json!({ "phone": HER_PHONE })).await);
        }
        assert!(answers.iter().all(|a| a.status == 202 && a.body == answers[0].body), "{answers:?}");
        assert_eq!(stage.codes(HER_PHONE).await.len(), 5);
        stage.fast_forward(3_600);
        stage.asks_for_code(HER_PHONE).await;
    }

    async fn a_mistake_about_the_municipality_does_not_cost_the_code(database) {
        let stage = Stage::set(&database).await;
        let code = stage.asks_for_code(HER_PHONE).await;
        let device = json!({ "platform": "ios" });
        let body = |municipality: &str, notice: &str| json!({
            "phone": HER_PHONE, "code": code, "device": device, "municipality": municipality, "privacy_notice": notice,
        });
        stage.post("/v1/sign-in/verify", body("nowhere", "1")).await.is(422, "bad-value");
        let here = ampara::municipality::chihuahua::CODE;
        let outdated = stage.post("/v1/sign-in/verify", body(here, "of last century")).await;
        assert_eq!(outdated.body["privacy_notice_version"], stage.notice().await.as_str());
        outdated.is(422, "privacy-notice-outdated");
        let notice = stage.notice().await;
        stage.post("/v1/sign-in/verify", body(here, &notice)).await.ok();
    }

    async fn what_cannot_be_dialled_or_read_is_a_problem(database) {
        let stage = Stage::set(&database).await;
        stage.post("/v1/sign-in", json!({ "phone": "911" })).await.is(422, "bad-value");
        stage.post("/v1/sign-in", json!({ "phone": "hello" })).await.is(422, "bad-value");
        stage.post("/v1/sign-in", json!({ "phone": HER_PHONE, "admin": true })).await.is(422, "unknown-field");
        stage.post("/v1/sign-in", json!({})).await.is(422, "missing-field");
        stage.verifies(HER_PHONE, "12345x", None).await.is(422, "code-wrong");
    }
}

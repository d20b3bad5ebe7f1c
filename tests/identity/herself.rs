//! What she says of herself, her PIN, and the officers she named.

use actix_web::test::TestRequest;
use ampara::db::schema::people;
use ampara::identity::{self, PinVerdict};
use ampara::ids::PersonId;
use ampara::on;
use diesel::{QueryDsl, RunQueryDsl};
use serde_json::json;

use super::stage::{HER_PHONE, Stage, an_alert_opens};
use crate::both_engines;

fn pin(pin: &str) -> TestRequest {
    TestRequest::put()
        .uri("/v1/me/pin")
        .set_json(json!({ "pin": pin }))
}

fn policy(policy: &str) -> TestRequest {
    TestRequest::patch()
        .uri("/v1/me")
        .set_json(json!({ "policy": policy }))
}

both_engines! {
    async fn she_sees_and_changes_herself(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let me = stage.as_her(&she, TestRequest::get().uri("/v1/me")).await.ok();
        assert_eq!((&me["phone"], &me["name"], &me["policy"]), (&json!(HER_PHONE), &json!(null), &json!("now")));
        assert_eq!((&me["if_nobody_reached"], &me["if_duress"], &me["has_pin"]), (&json!("911"), &json!("911"), &json!(false)));
        let change = json!({ "name": "  Ana López ", "language": "en", "policy": "network_only", "if_duress": "hold" });
        let me = stage.as_her(&she, TestRequest::patch().uri("/v1/me").set_json(change)).await.ok();
        assert_eq!((&me["name"], &me["language"], &me["if_duress"]), (&json!("Ana López"), &json!("en"), &json!("hold")));
        stage.as_her(&she, TestRequest::patch().uri("/v1/me").set_json(json!({}))).await.ok();
        for bad in [json!({ "name": " " }), json!({ "name": "x".repeat(101) }), json!({ "policy": "never" })] {
            stage.as_her(&she, TestRequest::patch().uri("/v1/me").set_json(bad)).await.is(422, "bad-value");
        }
    }

    async fn while_an_alert_is_open_the_pin_stays_and_the_policy_only_rises(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let person: PersonId = she.person.parse().unwrap();
        stage.as_her(&she, policy("if_unanswered")).await.ok();
        stage.write(move |conn| an_alert_opens(conn, person)).await.unwrap();
        stage.as_her(&she, pin("4821")).await.is(409, "alert-open");
        stage.as_her(&she, policy("network_only")).await.is(409, "alert-open");
        let hold = TestRequest::patch().uri("/v1/me").set_json(json!({ "if_duress": "hold" }));
        stage.as_her(&she, hold).await.is(409, "alert-open");
        stage.as_her(&she, policy("now")).await.ok();
        stage.as_her(&she, policy("if_unanswered")).await.is(409, "alert-open");
        stage.write(move |conn| identity::alert_closed(conn, person)).await.unwrap();
        stage.write(move |conn| identity::alert_closed(conn, person)).await.unwrap();
        stage.as_her(&she, policy("if_unanswered")).await.ok();
        stage.as_her(&she, pin("4821")).await.ok();
        let open = stage.write(move |conn| {
            Ok(on!(conn, |c| people::table.find(person).select(people::open_alerts).get_result::<i64>(c))?)
        });
        assert_eq!(open.await.unwrap(), 0, "one close too many counts nothing below zero");
    }

    async fn a_pin_is_checked_and_changed_only_after_a_step_up(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let person: PersonId = she.person.parse().unwrap();
        let foundation = stage.identity.foundation().clone();
        assert_eq!(identity::check_pin(&foundation, person, "4821").await.unwrap(), PinVerdict::NoneSet);
        stage.as_her(&she, pin("1234")).await.is(422, "pin-weak");
        stage.as_her(&she, pin("4821")).await.ok();
        assert_eq!(identity::check_pin(&foundation, person, "4821").await.unwrap(), PinVerdict::Right);
        assert_eq!(identity::check_pin(&foundation, person, "1590").await.unwrap(), PinVerdict::Wrong);

        stage.fast_forward(601);
        stage.as_her(&she, pin("1590")).await.is(403, "step-up-needed");
        let step_up = |proof| TestRequest::post().uri("/v1/sessions/step-up").set_json(proof);
        stage.as_her(&she, step_up(json!({ "pin": "1590" }))).await.is(422, "pin-wrong");
        stage.as_her(&she, step_up(json!({ "pin": "4821" }))).await.ok();
        stage.as_her(&she, pin("1590")).await.ok();
        assert_eq!(identity::check_pin(&foundation, person, "4821").await.unwrap(), PinVerdict::Wrong);
    }

    async fn the_duress_pin_passes_for_the_pin_everywhere_but_in_the_verdict(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let person: PersonId = she.person.parse().unwrap();
        stage.as_her(&she, pin("1590")).await.ok();
        // Until she can set one herself, the duress PIN is what her PIN was.
        let moved = stage.write(|conn| {
            let sql = "update people set duress_pin_hash = pin_hash";
            Ok(ampara::on!(conn, |c| diesel::RunQueryDsl::execute(diesel::sql_query(sql), c))?)
        });
        assert_eq!(moved.await.unwrap(), 1);
        stage.as_her(&she, pin("4821")).await.ok();
        stage.as_her(&she, pin("1590")).await.is(422, "pin-weak");
        let foundation = stage.identity.foundation();
        for (entered, verdict) in
            [("4821", PinVerdict::Right), ("1590", PinVerdict::Duress), ("7307", PinVerdict::Wrong)]
        {
            assert_eq!(identity::check_pin(foundation, person, entered).await.unwrap(), verdict);
        }
        let step_up = |pin| TestRequest::post().uri("/v1/sessions/step-up").set_json(json!({ "pin": pin }));
        let (a, b) = (stage.as_her(&she, step_up("4821")).await, stage.as_her(&she, step_up("1590")).await);
        assert_eq!((a.status, a.body), (b.status, b.body));
    }

    async fn a_session_is_stepped_up_by_a_code_too(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        stage.fast_forward(601);
        let officers = || TestRequest::get().uri("/v1/me/conflicts");
        stage.as_her(&she, officers()).await.is(403, "step-up-needed");
        let code = stage.asks_for_code(HER_PHONE).await;
        let step_up = || TestRequest::post().uri("/v1/sessions/step-up").set_json(json!({ "code": code }));
        stage.as_her(&she, step_up()).await.ok();
        stage.as_her(&she, officers()).await.ok();
        stage.as_her(&she, step_up()).await.is(422, "code-wrong");
    }

    async fn a_pin_is_not_guessed_through_a_step_up(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        stage.as_her(&she, pin("4821")).await.ok();
        let guess = |n: u32| TestRequest::post().uri("/v1/sessions/step-up").set_json(json!({ "pin": n.to_string() }));
        for n in 0..10 {
            stage.as_her(&she, guess(7_300 + n)).await.is(422, "pin-wrong");
        }
        stage.as_her(&she, guess(4_821)).await.is(429, "rate-limited");
    }

    async fn officers_need_a_name_or_a_badge(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let put = |officers| TestRequest::put().uri("/v1/me/conflicts").set_json(json!({ "officers": officers }));
        for bad in [json!([{ "corporation": "DSPM" }]), json!([{ "name": " -" }]), json!(vec![json!({ "badge": "1" }); 21])] {
            stage.as_her(&she, put(bad)).await.is(422, "bad-value");
        }
        let named = json!([{ "name": "Juan Pérez", "badge": "DS-0447", "corporation": "DSPM" }]);
        let answer = stage.as_her(&she, put(named.clone())).await.ok();
        assert_eq!(answer["officers"], named);
        assert_eq!(stage.as_her(&she, TestRequest::get().uri("/v1/me/conflicts")).await.ok()["officers"], named);
        assert_eq!(stage.as_her(&she, put(json!([]))).await.ok()["officers"], json!([]));
    }
}

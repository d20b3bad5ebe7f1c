//! P3. The truth about every contact: each message ends, visibly, as delivered, seen, answered,
//! expired, or failed with a reason; "911 has it" only after a claim.

use ampara::identity::model::Role;
use serde_json::json;

use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};
use crate::harness::twilio;

both_engines! {
    async fn she_sees_two_of_three_reached_and_which(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let pressed = she.presses().await;
        assert_eq!((&pressed.told["reached"], &pressed.told["total"]), (&json!(0), &json!(3)), "sent is not reached");
        let push = prima.expects_push().await;
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "sent");
        prima.receives(&push).await;
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "delivered");
        prima.looks_at(&push).await;
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "seen");
        prima.receives(&push).await;
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "seen", "a late receipt takes nothing back");
        amiga.gets_alarm().await;
        let sms = vecina.expects_sms().await;
        let seen = she.sees(&pressed).await;
        assert_eq!((&seen["reached"], &seen["total"]), (&json!(2), &json!(3)));
        town.app.twilio.reports_failure(&sms, "undelivered", 30_003).await;
        town.app.settle().await;
        let seen = she.sees(&pressed).await;
        assert_eq!((&seen["contacts"][2]["reach"], &seen["contacts"][2]["reason"]), (&json!("failed"), &json!("undelivered")));
        prima.answers(pressed.id(), "with_her").await;
        let seen = she.sees(&pressed).await;
        assert_eq!((&seen["contacts"][0]["reach"], &seen["contacts"][0]["answer"]), (&json!("answered"), &json!("with_her")));
    }

    async fn a_receipt_counts_from_the_one_it_was_sent_to_alone(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let pressed = she.presses().await;
        let push = prima.expects_push().await;
        amiga.gets_alarm().await;
        amiga.confirms(&push, &json!({ "seen": true })).await.expect_problem(404, "not-found");
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "sent");
    }

    async fn what_could_not_be_sent_in_time_expires_and_is_never_sent_late(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        town.app.twilio.answers_all(twilio::Answer::Unavailable);
        let pressed = she.presses().await;
        town.after(960).await;
        town.app.twilio.take_all();
        town.app.twilio.answers_all(twilio::Answer::Queued);
        let overdue = "select count(*) as n from notifications where state in ('queued', 'sending') and deadline < ";
        let now = town.app.clock.now().micros();
        assert_eq!(town.count(&format!("{overdue}{now}")).await, 0, "what is overdue has an end");
        assert!(town.count("select count(*) as n from notifications where state = 'expired'").await > 0);
        assert_eq!(she.sees(&pressed).await["reached"], 0);
        she.closes(&pressed, "").await.expect(200);
        town.after(70).await;
        let late = town.app.twilio.take_all();
        assert!(late.iter().all(|sms| sms.body.contains("termin")), "only the end is news now: {late:?}");
        let _ = vecina;
    }

    async fn every_message_of_a_long_alert_comes_to_an_end(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let _vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        town.app.fcm.answers("token-prima", [Answer::Unavailable(None), Answer::Quota(None), Answer::Internal]);
        let pressed = she.presses().await;
        town.after(600).await;
        she.closes(&pressed, "").await.expect(200);
        town.after(3_700).await;
        let open = "select count(*) as n from notifications where state in ('queued', 'sending')";
        assert_eq!(town.count(open).await, 0);
        assert_eq!(town.count("select count(*) as n from notifications where final_at is not null and sealed is not null").await, 0, "what is over keeps no words");
        assert_eq!(town.count("select count(*) as n from notifications where state = 'failed' and reason is null").await, 0);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
        let _ = prima;
    }

    async fn nine_one_one_has_it_only_once_somebody_has(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _shift = marta.watches().await;
        let pressed = she.presses().await;
        assert_eq!(she.sees(&pressed).await["nine11"], "told");
        let record = marta.sees_one().await;
        marta.reads(&record).await.expect(200);
        assert_eq!(she.sees(&pressed).await["nine11"], "told", "reading is not having");
        marta.claims(&record).await.expect(200);
        assert_eq!(she.sees(&pressed).await["nine11"], "has_it");
        marta.posts(&format!("/v1/escalations/{}/release", record["id"].as_str().unwrap()), &json!({})).await.expect(200);
        assert_eq!(she.sees(&pressed).await["nine11"], "told", "and having ends");
    }
}

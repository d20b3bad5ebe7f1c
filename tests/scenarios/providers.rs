//! What happens when a provider refuses, is busy, or says nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::fcm::{Answer, Push};
use crate::harness::people::{ContactPerson, HER_PHONE, Her, Pressed, Town};
use crate::harness::twilio;

const TOKEN: &str = "token-prima";
const PRIMA: &str = "+526144100002";

/// She has one contact, with the app.
struct Two<'t> {
    she: Her<'t>,
    prima: ContactPerson<'t>,
}

impl<'t> Two<'t> {
    async fn in_town(town: &'t Town) -> Self {
        let she = Her::signs_in(town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, TOKEN).await;
        Self { she, prima }
    }

    async fn contact(&self, pressed: &Pressed) -> Value {
        self.she.sees(pressed).await["contacts"][0].clone()
    }
}

/// The pushes that came to the token, oldest first.
fn pushes(town: &Town) -> Vec<Push> {
    std::iter::from_fn(|| town.app.fcm.claim(TOKEN)).collect()
}

both_engines! {
    async fn a_dead_token_is_retired_and_an_sms_goes_out_at_once(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        town.app.fcm.answers(TOKEN, [Answer::Unregistered]);
        let pressed = two.she.presses().await;
        two.prima.expects_push().await;
        let sms = town.app.twilio.expects_sms(PRIMA).await;
        assert!(sms.link().is_some(), "{}", sms.body);
        assert_eq!(two.contact(&pressed).await["reach"], "sent");
        assert_eq!(town.count("select count(*) as n from addresses where channel = 'fcm' and state = 'retired'").await, 1);
        town.after(61).await;
        assert!(pushes(&town).is_empty(), "nothing goes to a dead token");
        town.app.twilio.expects_sms(PRIMA).await;
        two.prima.takes_pushes_at("token-new").await;
        two.she.cancels(&pressed, "").await.expect(200);
        town.app.settle().await;
        town.app.twilio.take_all();
        town.app.fcm.take_all();
        two.she.presses().await;
        town.app.fcm.expects_push("token-new").await;
    }

    async fn a_bare_404_is_a_wrong_project_and_retires_nobody(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        town.app.fcm.answers(TOKEN, [Answer::BareNotFound]);
        two.she.presses().await;
        two.prima.expects_push().await;
        town.app.twilio.expects_sms(PRIMA).await;
        assert_eq!(town.count("select count(*) as n from addresses where channel = 'fcm' and state = 'live'").await, 1);
    }

    async fn a_token_that_is_none_and_another_senders_are_not_tried_again(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        for (answer, state) in [(Answer::InvalidToken, "retired"), (Answer::SenderIdMismatch, "disabled")] {
            two.prima.takes_pushes_at(TOKEN).await;
            town.app.fcm.answers(TOKEN, [answer]);
            let pressed = two.she.presses().await;
            two.prima.expects_push().await;
            town.app.twilio.expects_sms(PRIMA).await;
            let query = format!("select count(*) as n from addresses where channel = 'fcm' and state = '{state}'");
            assert_eq!(town.count(&query).await, 1);
            two.she.cancels(&pressed, "").await.expect(200);
            town.app.twilio.expects_sms(PRIMA).await;
        }
    }

    async fn a_429_waits_as_asked_and_an_sms_goes_out_after_five_seconds(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        town.app.fcm.answers(TOKEN, [Answer::Quota(Some(20))]);
        let pressed = two.she.presses().await;
        let first = two.prima.expects_push().await;
        town.app.twilio.expects_nothing_for(PRIMA);
        town.after(4).await;
        town.app.twilio.expects_nothing_for(PRIMA);
        town.after(1).await;
        town.app.twilio.expects_sms(PRIMA).await;
        town.after(14).await;
        assert!(pushes(&town).is_empty(), "not before the 20 s that were asked for");
        town.after(5).await;
        let again = pushes(&town);
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].notification(), first.notification(), "the phone can tell that it is the same");
        two.prima.receives(&again[0]).await;
        assert_eq!(two.contact(&pressed).await["reach"], "delivered");
    }

    async fn a_429_that_asks_for_nothing_waits_a_minute(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        town.app.fcm.answers(TOKEN, [Answer::Quota(None)]);
        two.she.presses().await;
        two.prima.expects_push().await;
        town.after(47).await;
        assert!(pushes(&town).is_empty());
        town.app.twilio.expects_sms(PRIMA).await;
        two.prima.answers(two.prima.watching().await[0]["id"].as_str().unwrap(), "on_my_way").await;
        town.after(26).await;
        let alarms = pushes(&town).into_iter().filter(|p| p.data["kind"] == "alarm").count();
        assert_eq!(alarms, 1, "60 s, give or take a fifth");
        let sms = town.app.twilio.expects_sms(PRIMA).await;
        assert!(sms.body.starts_with("Nadie en el 911"), "what the push said, over the way that works: {}", sms.body);
    }

    async fn a_503_is_tried_again_after_a_second_then_two(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        town.app.fcm.answers(TOKEN, [Answer::Unavailable(None), Answer::Internal]);
        let pressed = two.she.presses().await;
        let first = two.prima.expects_push().await;
        town.fast_forward(Duration::from_millis(700)).await;
        assert!(pushes(&town).is_empty());
        town.fast_forward(Duration::from_millis(600)).await;
        assert_eq!(pushes(&town).len(), 1);
        town.fast_forward(Duration::from_millis(2_500)).await;
        let third = pushes(&town);
        assert_eq!((third.len(), third[0].notification()), (1, first.notification()));
        town.app.twilio.expects_nothing_for(PRIMA);
        two.prima.receives(&third[0]).await;
        assert_eq!(two.contact(&pressed).await["reach"], "delivered");
        town.after(31).await;
        town.app.twilio.expects_nothing_for(PRIMA);
    }

    async fn silence_of_the_provider_is_tried_again_with_the_same_id(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        town.app.fcm.answers(TOKEN, [Answer::Hang, Answer::ResetMidBody]);
        two.she.presses().await;
        let first = two.prima.expects_push().await;
        town.after(4).await;
        let again = pushes(&town);
        assert!(!again.is_empty());
        assert!(again.iter().all(|p| p.notification() == first.notification()));
        town.app.twilio.expects_nothing_for(PRIMA);
        two.prima.receives(&again[0]).await;
    }

    async fn apples_certificate_failing_is_our_alarm_and_the_contact_gets_an_sms(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        town.app.fcm.answers(TOKEN, [Answer::ThirdPartyAuth]);
        two.she.presses().await;
        two.prima.expects_push().await;
        town.app.twilio.expects_sms(PRIMA).await;
        assert_eq!(town.count("select count(*) as n from addresses where channel = 'fcm' and state = 'live'").await, 1);
    }

    async fn a_bearer_that_was_rolled_is_fetched_anew_once(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        let pressed = two.she.presses().await;
        two.prima.gets_alarm().await;
        two.she.cancels(&pressed, "").await.expect(200);
        two.prima.expects_push().await;
        let before = town.app.fcm.token_requests();
        town.app.fcm.revokes_tokens();
        two.she.presses().await;
        two.prima.gets_alarm().await;
        assert_eq!(town.app.fcm.token_requests(), before + 1);
        town.app.fcm.take_all();
    }

    async fn a_push_without_a_receipt_is_followed_by_an_sms_after_thirty_seconds(database) {
        let town = Town::found(database).await;
        let two = Two::in_town(&town).await;
        let pressed = two.she.presses().await;
        two.prima.expects_push().await;
        town.after(29).await;
        two.prima.expects_nothing();
        town.after(1).await;
        let sms = town.app.twilio.expects_sms(PRIMA).await;
        assert_eq!(two.contact(&pressed).await["over"], json!(["push", "text"]));
        assert_eq!(town.app.twilio.reports(&sms, "delivered").await.as_u16(), 204);
        assert_eq!(two.contact(&pressed).await["reach"], "delivered");
    }

    async fn a_number_that_said_stop_fails_visibly(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        town.app.twilio.answers(&vecina.phone, [twilio::Answer::Refused(twilio::answer::OPTED_OUT)]);
        let pressed = she.presses().await;
        vecina.expects_sms().await;
        let seen = she.sees(&pressed).await;
        assert_eq!((&seen["contacts"][0]["reach"], &seen["contacts"][0]["reason"]), (&json!("failed"), &json!("opted_out")));
        assert!(!seen["help_lines"].as_array().unwrap().is_empty(), "nobody can be told: who else helps");
    }
}

//! Who does not answer is called; only a pressed key counts.

use ampara::identity::model::Role;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{
    CALLER, HER_PHONE, Her, Operator911, PhoneOnly, Pressed, SENDER, Town,
};
use crate::harness::twilio::{Answer, Call};

const VECINA: &str = "+526144100004";
const BOSS: &str = "+526144100090";

/// She is called Ana Lozano and has one contact, with a phone alone, whose alias for her is "Tu
/// vecina".
struct Night<'t> {
    town: &'t Town,
    she: Her<'t>,
    vecina: PhoneOnly<'t>,
}

impl<'t> Night<'t> {
    async fn falls(town: &'t Town) -> Self {
        let she = Her::signs_in(town, HER_PHONE).await;
        she.is_called("Ana Lozano").await;
        let vecina = she.trusts_by_phone("Vecina", VECINA).await;
        Self { town, she, vecina }
    }

    /// She presses; her text is on the neighbour's phone, who does nothing for a minute, and is
    /// called.
    async fn calls(&self) -> (Pressed, Call) {
        let pressed = self.she.presses().await;
        let sms = self.vecina.expects_sms().await;
        self.town.app.twilio.reports(&sms, "delivered").await;
        self.town.after(59).await;
        self.town.app.twilio.expects_no_call(VECINA);
        self.town.after(1).await;
        self.town.app.twilio.take_all();
        (pressed, self.town.app.twilio.expects_call(VECINA).await)
    }

    async fn ends(&self, call: &Call, status: &str) {
        assert_eq!(self.town.app.twilio.ends(call, status).await, 204);
        self.town.app.settle().await;
    }

    async fn presses(&self, call: &Call, key: &str) {
        let script = self.town.app.twilio.presses(call, key).await;
        assert_eq!(
            (script.said, script.keys),
            (vec!["Gracias. Quedó anotado.".to_owned()], String::new())
        );
        self.town.app.settle().await;
    }

    async fn failed_for(&self, reason: &str) -> i64 {
        let query = format!(
            "select count(*) as n from notifications where channel = 'voice' and reason = '{reason}'"
        );
        self.town.count(&query).await
    }
}

both_engines! {
    async fn who_has_not_answered_for_a_minute_is_called_and_presses_1(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let (pressed, call) = night.calls().await;
        assert_eq!((call.from.as_str(), call.language.as_str(), call.said.len()), (CALLER, "es-MX", 2));
        assert_eq!(call.said[0], call.said[1]);
        assert!(call.said[0].contains("Tu vecina te necesita") && call.said[0].contains("Marca 1"), "{:?}", call.said);
        night.presses(&call, "1").await;
        night.ends(&call, "completed").await;
        let seen = night.she.sees(&pressed).await;
        assert_eq!((&seen["contacts"][0]["reach"], &seen["contacts"][0]["answer"]), (&json!("answered"), &json!("on_my_way")));
        assert_eq!(seen["contacts"][0]["over"], json!(["text", "call", "text"]));
        assert_eq!(town.count("select count(*) as n from notifications where channel = 'voice' and state = 'seen'").await, 1);
        town.after(300).await;
        town.app.twilio.expects_no_call(VECINA);
        town.app.twilio.expects_nothing_for(VECINA);
    }

    async fn who_presses_2_cannot_help_and_is_asked_once_more_a_minute_later(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let (pressed, call) = night.calls().await;
        night.presses(&call, "2").await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["answer"], "cannot_help");
        town.after(59).await;
        town.app.twilio.expects_no_call(VECINA);
        town.after(1).await;
        town.app.twilio.expects_call(VECINA).await;
    }

    async fn a_key_that_is_pressed_in_the_call_of_a_drill_is_no_answer_to_the_alarm_that_it_became(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let drill = night.she.presses_with(json!({ "drill": true })).await;
        let sms = night.vecina.expects_sms().await;
        town.app.twilio.reports_failure(&sms, "undelivered", 30_003).await;
        town.app.settle().await;
        let call = town.app.twilio.expects_call(VECINA).await;
        assert!(call.said[0].starts_with("Simulacro."), "{:?}", call.said);
        night.she.presses_as(&drill.client_id, &json!({})).await.expect(200);
        town.app.settle().await;
        assert!(night.vecina.expects_sms().await.body.starts_with("Esto ya NO es un simulacro."));
        night.presses(&call, "1").await;
        assert_eq!(night.she.sees(&drill).await["contacts"][0]["answer"], json!(null));
        night.ends(&call, "completed").await;
        town.after(60).await;
        let real = town.app.twilio.expects_call(VECINA).await;
        assert!(real.said[0].contains("te necesita"), "{:?}", real.said);
        night.presses(&real, "1").await;
        assert_eq!(night.she.sees(&drill).await["contacts"][0]["answer"], "on_my_way");
        town.app.twilio.take_all();
    }

    async fn a_key_that_the_gateway_reports_again_changes_no_later_answer(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let (pressed, call) = night.calls().await;
        night.presses(&call, "1").await;
        assert_eq!(town.app.twilio.inbound("/v1/callbacks/sms/inbound", VECINA, SENDER, "2").await, 200);
        town.app.settle().await;
        night.presses(&call, "1").await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["answer"], "cannot_help", "the last word");
        town.app.twilio.take_all();
    }

    async fn who_answers_by_a_text_while_it_rings_has_taken_no_call(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let (pressed, call) = night.calls().await;
        assert_eq!(town.app.twilio.inbound("/v1/callbacks/sms/inbound", VECINA, SENDER, "1").await, 200);
        town.app.settle().await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["answer"], "on_my_way");
        let arrived = "select count(*) as n from notifications where subject_kind = 'alert' and state in ('delivered', 'seen') and channel = ";
        assert!(town.count(&format!("{arrived}'sms'")).await > 0, "the text that was answered arrived");
        assert_eq!(town.count(&format!("{arrived}'voice'")).await, 0);
        night.ends(&call, "no-answer").await;
        assert_eq!(night.failed_for("no_answer").await, 1);
        town.app.twilio.take_all();
    }

    async fn a_call_that_nobody_takes_is_followed_by_a_text_at_once_and_says_why(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let (_, call) = night.calls().await;
        night.ends(&call, "ringing").await;
        town.app.twilio.expects_nothing_for(VECINA);
        night.ends(&call, "no-answer").await;
        night.vecina.expects_sms().await;
        assert_eq!(night.failed_for("no_answer").await, 1);
        let explained = "select count(*) as n from attempts where outcome = 'failed' and cause = 'voice no-answer'";
        assert_eq!(town.count(explained).await, 1);
        town.after(120).await;
        let again = town.app.twilio.expects_call(VECINA).await;
        night.ends(&again, "busy").await;
        assert_eq!(night.failed_for("busy").await, 1);
        town.app.twilio.take_all();
    }

    async fn a_mailbox_that_picks_up_is_nobody_reached(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let pressed = night.she.presses().await;
        let sms = night.vecina.expects_sms().await;
        town.app.twilio.reports_failure(&sms, "undelivered", 30_003).await;
        town.app.settle().await;
        // Where no text arrives the call comes at once.
        let call = town.app.twilio.expects_call(VECINA).await;
        night.ends(&call, "in-progress").await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["reach"], "sent");
        night.ends(&call, "completed").await;
        let seen = night.she.sees(&pressed).await;
        assert_eq!((&seen["contacts"][0]["reach"], &seen["contacts"][0]["reason"]), (&json!("failed"), &json!("no_key_pressed")));
        assert_eq!(seen["reached"], 0);
        // It was a person after all, and the key came late.
        night.presses(&call, "1").await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["answer"], "on_my_way");
        town.app.twilio.take_all();
    }

    async fn nobody_is_called_twice_at_once(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        night.she.presses().await;
        let sms = night.vecina.expects_sms().await;
        town.after(30).await;
        town.app.twilio.expects_no_call(VECINA);
        town.app.twilio.reports_failure(&sms, "failed", 30_008).await;
        town.app.settle().await;
        town.app.twilio.expects_call(VECINA).await;
        town.after(30).await;
        // The line is in use when the first repeat is due: it goes as a text.
        town.app.twilio.expects_no_call(VECINA);
        assert!(!town.app.twilio.take_all().is_empty());
    }

    async fn a_key_that_means_nothing_is_asked_for_once_more(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let (pressed, call) = night.calls().await;
        let script = town.app.twilio.presses(&call, "7").await;
        assert_eq!((script.keys.as_str(), script.said.len()), (call.keys.as_str(), 1));
        town.app.settle().await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["reach"], "delivered");
        night.presses(&call, "1").await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["reach"], "answered");
    }

    async fn without_an_alias_a_call_says_nothing_of_her_and_with_one_it_is_only_read_out(database) {
        let town = Town::found_with_calls(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana Lozano").await;
        let (no_alias, odd) = ("+526144100005", "+526144100006");
        for (phone, alias) in [(no_alias, ""), (odd, "</Say><Dial>&\"x\"</Dial>")] {
            let (contact, link) = she.invites("Alguien", phone).await;
            PhoneOnly::new(&town, contact, phone).accepts_on_the_page(&link, alias).await;
        }
        she.presses().await;
        for (phone, words) in [(no_alias, "Alguien que confía en ti"), (odd, "</Say><Dial>&\"x\"</Dial> te necesita")] {
            let sms = town.app.twilio.expects_sms(phone).await;
            town.app.twilio.reports_failure(&sms, "undelivered", 30_003).await;
            town.app.settle().await;
            let call = town.app.twilio.expects_call(phone).await;
            assert!(call.said[0].contains(words), "{:?}", call.said);
            assert!(["Ana", "Lozano", "28.6", "106.0"].iter().all(|told| !call.said[0].contains(told)), "{:?}", call.said);
        }
    }

    async fn what_the_gateway_did_not_sign_changes_nothing(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let (pressed, call) = night.calls().await;
        let twilio = &town.app.twilio;
        assert_eq!(twilio.forges(&call.status_callback, &[("CallStatus", "busy")]).await, 403);
        assert_eq!(twilio.forges(&call.keys, &[("Digits", "1")]).await, 403);
        town.app.settle().await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["reach"], "delivered");
        assert_eq!(town.count("select count(*) as n from inbound").await, 0);
    }

    async fn stop_ends_calls_as_it_ends_texts(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        night.she.presses().await;
        night.vecina.expects_sms().await;
        assert_eq!(town.app.twilio.inbound("/v1/callbacks/sms/inbound", VECINA, CALLER, "ALTO").await, 200);
        town.after(130).await;
        town.app.twilio.expects_no_call(VECINA);
        town.app.twilio.expects_nothing_for(VECINA);
        assert!(night.failed_for("opted_out").await > 0);
    }

    async fn supervisors_are_called_as_well_as_texted(database) {
        let town = Town::found_with_calls(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _boss = Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some(BOSS)).await;
        she.presses().await;
        let sms = town.app.twilio.expects_sms(BOSS).await;
        let call = town.app.twilio.expects_call(BOSS).await;
        let folio = sms.body.split_whitespace().find(|word| word.contains("-26-")).unwrap();
        assert!(call.said[0].contains(folio) && call.said[0].contains("nadie en turno"), "{:?}", call.said);
        town.app.twilio.presses(&call, "1").await;
        town.app.settle().await;
        assert_eq!(town.count("select count(*) as n from answers").await, 0, "heard, and no answer of a contact's");
    }

    async fn a_drill_that_calls_says_first_that_it_is_one(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        let pressed = night.she.presses_with(json!({ "drill": true })).await;
        let sms = night.vecina.expects_sms().await;
        town.app.twilio.reports_failure(&sms, "undelivered", 30_003).await;
        town.app.settle().await;
        let call = town.app.twilio.expects_call(VECINA).await;
        assert!(call.said[0].starts_with("Simulacro."), "{:?}", call.said);
        night.presses(&call, "1").await;
        assert_eq!(night.she.sees(&pressed).await["contacts"][0]["answer"], "on_my_way");
    }

    async fn a_gateway_that_refuses_a_call_leaves_the_number_to_texts(database) {
        let town = Town::found_with_calls(database).await;
        let night = Night::falls(&town).await;
        night.she.presses().await;
        let sms = night.vecina.expects_sms().await;
        town.app.twilio.reports(&sms, "delivered").await;
        town.app.twilio.answers_calls(VECINA, [Answer::Refused(21_214)]);
        town.after(60).await;
        town.app.twilio.expects_call(VECINA).await;
        assert_eq!(night.failed_for("bad_address").await, 1);
        assert_eq!(town.count("select count(*) as n from addresses where state <> 'live'").await, 0);
        let texts = town.app.twilio.take_all();
        assert!(texts.iter().any(|sms| sms.body.contains("te necesita")), "the next way at once: {texts:?}");
    }

    async fn where_nobody_calls_a_call_is_no_way_that_is_tried(database) {
        let town = Town::found(database).await;
        let night = Night::falls(&town).await;
        night.she.presses().await;
        town.after(400).await;
        assert_eq!(town.count("select count(*) as n from notifications where channel = 'voice'").await, 0);
        town.app.twilio.take_all();
    }
}

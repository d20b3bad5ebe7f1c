//! Contacts without the app answer by SMS.

use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Pressed, SENDER, Town};
use crate::harness::twilio::Answer;

const VECINA: &str = "+526144100004";
const OTHER_PHONE: &str = "+526144100011";

async fn replies(town: &Town, words: &str) {
    assert_eq!(
        town.app
            .twilio
            .inbound("/v1/callbacks/sms/inbound", VECINA, SENDER, words)
            .await,
        200
    );
    town.app.settle().await;
    assert_eq!(
        town.count("select count(*) as n from inbound where read_at is null")
            .await,
        0
    );
}

async fn answer(she: &Her<'_>, pressed: &Pressed) -> Value {
    she.sees(pressed).await["contacts"][0]["answer"].clone()
}

both_engines! {
    async fn a_reply_answers_the_alert_that_the_number_was_told_of_last_and_quiets_nobody_else(database) {
        let town = Town::found(database).await;
        let (ana, eva) = (Her::signs_in(&town, HER_PHONE).await, Her::signs_in(&town, OTHER_PHONE).await);
        for she in [&ana, &eva] {
            she.trusts_by_phone("Vecina", VECINA).await;
        }
        let prima = eva.trusts_by_phone("Prima", "+526144100005").await;
        let of_ana = ana.presses().await;
        town.after(10).await;
        let of_eva = eva.presses().await;
        town.app.twilio.take_all();
        replies(&town, "Voy!").await;
        assert_eq!((answer(&ana, &of_ana).await, answer(&eva, &of_eva).await), (Value::Null, json!("on_my_way")));
        assert_eq!(eva.sees(&of_eva).await["contacts"][0]["reach"], "answered");
        town.after(61).await;
        let to = |phone: &str, all: &[crate::harness::twilio::Sms]| all.iter().filter(|sms| sms.to == phone).count();
        let texts = town.app.twilio.take_all();
        // Of Ana's: the repeat and the call to call 911; of Eva's to the neighbour only the latter,
        // to the cousin both.
        assert_eq!((to(VECINA, &texts), to(&prima.phone, &texts)), (3, 2), "{texts:?}");
        // Ana's was the last that the number was told of now.
        town.after(60).await;
        town.app.twilio.take_all();
        replies(&town, "no puedo").await;
        assert_eq!((answer(&ana, &of_ana).await, answer(&eva, &of_eva).await), (json!("cannot_help"), json!("on_my_way")));
    }

    async fn one_and_two_answer_as_the_words_do_and_the_last_counts(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        let sms = town.app.twilio.expects_sms(VECINA).await;
        assert!(sms.body.ends_with("Responde 1 si vas, 2 si no puedes") && sms.link().is_some(), "{}", sms.body);
        for (words, said) in [("1", "on_my_way"), (" 2.", "cannot_help"), ("VOY", "on_my_way"), ("No puedo ir", "cannot_help")] {
            replies(&town, words).await;
            assert_eq!(answer(&she, &pressed).await, said, "{words}");
        }
    }

    async fn other_words_change_nothing_and_are_noted(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        town.app.twilio.expects_sms(VECINA).await;
        replies(&town, "quien eres?").await;
        let seen = she.sees(&pressed).await;
        assert_eq!((&seen["contacts"][0]["answer"], &seen["contacts"][0]["reach"]), (&Value::Null, &json!("sent")));
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'replied'").await, 1);
        replies(&town, "STOP").await;
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'replied'").await, 1);
        town.after(61).await;
        town.app.twilio.expects_nothing_for(VECINA);
    }

    async fn a_text_that_arrived_though_the_gateway_never_said_so_is_answered_like_any(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        town.app.twilio.answers(VECINA, [Answer::Hang]);
        let pressed = she.presses().await;
        town.app.twilio.expects_sms(VECINA).await;
        let taken = "select count(*) as n from notifications where subject_kind = 'alert' and sent_at is not null";
        assert_eq!(town.count(taken).await, 0);
        replies(&town, "1").await;
        assert_eq!(answer(&she, &pressed).await, json!("on_my_way"));
        town.app.twilio.take_all();
        town.after(2).await;
        town.app.twilio.take_all();
    }

    async fn a_reply_when_nothing_is_open_or_from_one_who_was_removed_changes_nothing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let vecina = she.trusts_by_phone("Vecina", VECINA).await;
        replies(&town, "1").await;
        let pressed = she.presses().await;
        assert_eq!(answer(&she, &pressed).await, Value::Null, "a reply answers nothing that came after it");
        town.app.twilio.expects_sms(VECINA).await;
        she.removes(&vecina.contact).await;
        replies(&town, "1").await;
        she.closes(&pressed, "").await.expect(200);
        replies(&town, "1").await;
        assert_eq!(town.count("select count(*) as n from answers").await, 0);
        town.app.twilio.take_all();
    }
}

//! Two providers of SMS, in order: what the first does not do for a reason that is not the
//! number's, the second does.

use ampara::municipality::chihuahua;

use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::harness::settings::PUBLIC_URL;
use crate::harness::twilio::answer::{INVALID_NUMBER, OPTED_OUT};
use crate::harness::twilio::{Answer, Twilio, signature};

const VECINA: &str = "+526144100004";
const SECOND_SENDER: &str = "+526140000002";

async fn town_with(second: &Twilio, database: TestDatabase) -> Town {
    let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
        settings.gateway("sms.second", second);
    })
    .await;
    second.serves(PUBLIC_URL, town.app.base_url());
    town.sends_from(|town| town.sms_second_sender = Some(SECOND_SENDER.to_owned()))
        .await;
    town.calls_people().await;
    town
}

async fn attempts(town: &Town, cause: &str) -> i64 {
    town.count(&format!(
        "select count(*) as n from attempts where cause = '{cause}'"
    ))
    .await
}

both_engines! {
    async fn what_the_first_does_not_send_the_second_sends_at_once(database) {
        let second = Twilio::start_second();
        let town = town_with(&second, database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        second.expects_nothing_for(VECINA);
        let refusals = [Answer::Unavailable, Answer::TooMany(Some(60)), Answer::Hang, Answer::Refused(21_408), Answer::Garbage];
        for (nth, answer) in (1..).zip(refusals) {
            town.app.twilio.answers(VECINA, [answer.clone()]);
            let pressed = she.presses().await;
            town.app.twilio.expects_sms(VECINA).await;
            let sms = second.expects_sms(VECINA).await;
            assert_eq!(sms.from, SECOND_SENDER, "{answer:?}");
            assert_eq!(attempts(&town, "sms/second 201").await, nth, "each try is a row");
            assert_eq!(second.reports(&sms, "delivered").await, 204);
            assert_eq!(she.sees(&pressed).await["reached"], 1);
            she.cancels(&pressed, "").await.expect(200);
            town.app.twilio.expects_sms(VECINA).await;
            town.after(61).await;
        }
        for cause in ["sms 503 20503", "sms 429 20429", "sms time-out", "sms 400 21408"] {
            assert_eq!(attempts(&town, cause).await, 1, "{cause}");
        }
        town.app.twilio.expects_no_call(VECINA);
    }

    async fn a_first_that_is_down_is_not_asked_each_time_and_comes_back(database) {
        let second = Twilio::start_second();
        let town = town_with(&second, database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        for n in 0..6 {
            she.trusts_by_phone("Alguien", &format!("+52614410002{n}")).await;
        }
        town.app.twilio.answers_all(Answer::Unavailable);
        let pressed = she.presses().await;
        town.app.twilio.take_all();
        assert_eq!(second.take_all().len(), 6);
        she.cancels(&pressed, "").await.expect(200);
        assert_eq!(town.app.twilio.take_all().len(), 0, "its breaker is open");
        assert_eq!(second.take_all().len(), 6, "the second does it meanwhile");
        town.app.twilio.answers_all(Answer::Queued);
        town.after(61).await;
        she.presses().await;
        assert!(!town.app.twilio.take_all().is_empty(), "a probe a second goes through");
        second.take_all();
    }

    async fn a_number_that_the_first_calls_dead_is_dead(database) {
        let second = Twilio::start_second();
        let town = town_with(&second, database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        for (phone, refusal) in [(VECINA, INVALID_NUMBER), ("+526144100005", OPTED_OUT)] {
            she.trusts_by_phone("Alguien", phone).await;
            town.app.twilio.answers(phone, [Answer::Refused(refusal)]);
        }
        let pressed = she.presses().await;
        assert_eq!(town.app.twilio.take_all().len(), 2);
        let contacts = she.sees(&pressed).await["contacts"].clone();
        let reached: Vec<&str> = contacts.as_array().unwrap().iter().filter_map(|c| c["reach"].as_str()).collect();
        assert_eq!(reached, ["failed", "failed"]);
        // Neither the second nor a call: dropping the fakes fails the test if there was one.
        town.after(61).await;
    }

    async fn with_both_down_the_contact_is_called(database) {
        let second = Twilio::start_second();
        let town = town_with(&second, database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        town.app.twilio.answers_all(Answer::Unavailable);
        second.answers_all(Answer::Unavailable);
        she.presses().await;
        town.app.twilio.expects_no_call(VECINA);
        town.after(5).await;
        town.app.twilio.expects_call(VECINA).await;
        town.app.twilio.take_all();
        second.take_all();
    }

    async fn each_signs_for_itself_and_replies_come_over_either(database) {
        let second = Twilio::start_second();
        let town = town_with(&second, database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        town.app.twilio.answers(VECINA, [Answer::Broken]);
        let pressed = she.presses().await;
        town.app.twilio.expects_sms(VECINA).await;
        let sms = second.expects_sms(VECINA).await;
        let url = sms.status_callback.clone().unwrap();
        let fields = [("AccountSid", second.account_sid()), ("MessageStatus", "undelivered")];
        let signed = signature::sign(&url, &fields, town.app.twilio.auth_token());
        let path = url.strip_prefix(PUBLIC_URL).unwrap();
        let request = town.app.anyone().request(reqwest::Method::POST, path).header("X-Twilio-Signature", signed);
        assert_eq!(request.form(&fields).send().await.unwrap().status(), 403, "one's secret is not the other's");
        assert_eq!(second.inbound("/v1/callbacks/sms/inbound", VECINA, SECOND_SENDER, "1").await, 200);
        town.app.settle().await;
        assert_eq!(she.sees(&pressed).await["contacts"][0]["answer"], "on_my_way");
    }
}

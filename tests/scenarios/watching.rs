//! A contact's app follows one alert, to its end and not beyond.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::people::{Account, ContactPerson, Feed, HER_PHONE, Her, PLAZA, Pressed, Town};

async fn follows(contact: &ContactPerson<'_>, pressed: &Pressed) -> Feed {
    Feed::open(contact.client().request(
        Method::GET,
        &format!("/v1/watching/{}/stream", pressed.id()),
    ))
    .await
}

async fn one(contact: &ContactPerson<'_>, pressed: &Pressed) -> crate::harness::client::Reply {
    contact
        .client()
        .get(&format!("/v1/watching/{}", pressed.id()))
        .await
}

both_engines! {
    async fn the_stream_brings_her_place_and_the_end_and_then_ends(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        let mut live = follows(&prima, &pressed).await;
        let first = live.expects("watch").await;
        assert_eq!((&first["open"], &first["place"]["lat"]), (&json!(true), &json!(PLAZA.0)));
        assert_eq!(first, prima.watching().await[0], "the same as in the list");
        she.walks(&pressed, &[(2, 28.6370, -106.0780)]).await;
        assert_eq!(live.expects("watch").await["place"]["lat"], 28.6370);
        prima.answers(pressed.id(), "with_her").await;
        assert_eq!(live.expects("watch").await["answer"], "with_her");
        she.closes(&pressed, "").await.expect(200);
        let last = live.expects("watch").await;
        assert_eq!((&last["open"], &last["no_news"], &last["place"]), (&json!(false), &json!(false), &Value::Null));
        assert!(live.next_within(Duration::from_secs(4)).await.is_none());
        assert_eq!(one(&prima, &pressed).await.expect(200), last, "and can be read for a day");
        let mut prima = prima;
        town.after(24 * 60 * 60 + 1).await;
        prima.refreshes().await;
        one(&prima, &pressed).await.expect_problem(404, "not-found");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn who_is_removed_is_cut_off_and_who_is_no_contact_sees_nothing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        let mut live = follows(&prima, &pressed).await;
        live.expects("watch").await;
        she.removes(&prima.contact).await;
        live.ends().await;
        one(&prima, &pressed).await.expect_problem(404, "not-found");
        let stranger = Account::signs_in(&town, "+526144100009").await;
        for path in ["", "/stream"] {
            stranger.client().get(&format!("/v1/watching/{}{path}", pressed.id())).await.expect_problem(404, "not-found");
        }
    }

    async fn a_contact_with_the_app_who_says_yes_in_mid_alert_sees_it_and_may_answer(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (contact, link) = she.invites("Prima", "+526144100002").await;
        let account = Account::signs_in(&town, "+526144100002").await;
        account.takes_pushes_at("token-prima").await;
        let prima = ContactPerson::new(account, contact, "token-prima");
        let pressed = she.presses().await;
        one(&prima, &pressed).await.expect_problem(404, "not-found");
        prima.accepts(&link).await;
        town.after(60).await;
        prima.gets_alarm().await;
        assert_eq!(prima.watching().await[0]["id"], pressed.id());
        prima.answers(pressed.id(), "on_my_way").await;
        she.closes(&pressed, "").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn who_says_yes_after_the_end_does_not_learn_that_there_was_an_alert(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (contact, link) = she.invites("Prima", "+526144100002").await;
        let account = Account::signs_in(&town, "+526144100002").await;
        let prima = ContactPerson::new(account, contact, "token-prima");
        let pressed = she.presses().await;
        she.closes(&pressed, "").await.expect(200);
        town.after(1).await;
        prima.accepts(&link).await;
        one(&prima, &pressed).await.expect_problem(404, "not-found");
        town.app.twilio.take_all();
    }
}

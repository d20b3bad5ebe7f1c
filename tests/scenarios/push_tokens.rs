//! Google's token endpoint hangs: what waits for an access token loses no right and gains none.

use std::time::Duration;

use ampara::municipality::chihuahua;
use serde_json::json;
use uuid::Uuid;

use crate::both_engines;
use crate::harness::fcm::oauth::TokenAnswer;
use crate::harness::people::{ContactPerson, HER_PHONE, Her, Town};
use crate::harness::settings::PROJECT;

const PEOPLE: [(&str, &str, &str); 3] = [
    ("Prima", "+526144100002", "token-prima"),
    ("Vecina", "+526144100003", "token-vecina"),
    ("Tía", "+526144100004", "token-tia"),
];

async fn contacts<'t>(she: &Her<'t>) -> Vec<ContactPerson<'t>> {
    let mut all = Vec::new();
    for (name, phone, token) in PEOPLE {
        all.push(she.trusts_with_app(name, phone, token).await);
    }
    all
}

/// Waits until senders wait for a token.
async fn asked_for_a_token(town: &Town) {
    while town.app.fcm.token_requests() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

both_engines! {
    async fn a_push_that_waited_for_a_token_does_not_leave_after_she_cancelled_and_removed_its_contact(database) {
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
            // The token may be late by longer than the test takes.
            settings
                .set("delivery.total_timeout_ms", 20_000)
                .set("delivery.lease_margin_s", 25);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let contacts = contacts(&she).await;
        town.app.settle().await;
        town.app.fcm.holds_tokens_of(PROJECT);
        let client_id = Uuid::new_v4().to_string();
        she.presses_as(&client_id, &json!({})).await.expect(201);
        let sends = town.app.settle();
        let meanwhile = async {
            asked_for_a_token(&town).await;
            let path = format!("/v1/alerts/{client_id}/cancel");
            she.alarm().post(&path, &json!({ "pin": "" })).await.expect(200);
            for contact in &contacts[..2] {
                let path = format!("/v1/contacts/{}", contact.contact);
                she.client().delete(&path).await.expect(204);
            }
            assert_eq!(town.app.fcm.token_requests(), 1, "one request, however many senders wait");
            // What was known when the wait began is old by now.
            town.app.clock.advance(Duration::from_secs(1));
            town.app.fcm.lets_tokens_go(PROJECT);
        };
        futures_util::future::join(sends, meanwhile).await;
        assert_eq!(town.app.fcm.token_requests(), 1);
        town.after(60).await;
        for push in town.app.fcm.take_all() {
            // Whether the third had heard of it could not be known when she cancelled.
            assert_eq!((push.target.as_str(), push.data["kind"].as_str()), (PEOPLE[2].2, "over"));
        }
        for text in town.app.twilio.take_all() {
            assert_eq!(text.to, PEOPLE[2].1, "{}", text.body);
        }
    }

    async fn while_the_token_endpoint_hangs_the_senders_fail_together_and_texts_come_at_their_time(database) {
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
            // Four fifths of it are waited for the token, each time that it is asked for.
            settings
                .set("delivery.connect_timeout_ms", 1_000)
                .set("delivery.total_timeout_ms", 1_500);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        contacts(&she).await;
        town.app.settle().await;
        town.app.fcm.token_endpoint_answers([TokenAnswer::Hang; 50]);
        she.presses_with(json!({})).await;
        assert_eq!(town.app.fcm.token_requests(), 1, "they fail with the one request that they waited for");
        town.after(4).await;
        assert!(town.app.twilio.take_all().is_empty());
        town.after(1).await;
        let mut texted: Vec<String> = town.app.twilio.take_all().into_iter().map(|sms| sms.to).collect();
        texted.sort();
        assert_eq!(texted, PEOPLE.map(|(_, phone, _)| phone));
        assert_eq!(town.app.fcm.total(), 0);
    }
}

//! Links in SMS, which robots open before people do.

use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::client;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::harness::twilio;

both_engines! {
    async fn a_link_preview_fetches_the_page_and_nothing_is_seen(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana Prueba").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let pressed = she.presses().await;
        let link = vecina.expects_link().await;
        for _ in 0..3 {
            let page = vecina.opens(&link).await;
            assert_eq!(page.status.as_u16(), 200);
            for secret in ["28.6", "106.0", "Ana", "Prueba", "Tu vecina", "6144100001"] {
                assert!(!page.text.contains(secret), "{secret} in {}", page.text);
            }
            assert!(!page.text.contains("<script"), "no script is needed");
            assert_eq!(page.headers["cache-control"], "no-store");
            assert_eq!(page.headers["referrer-policy"], "no-referrer");
        }
        assert_eq!(she.sees_reach(&pressed, &vecina.contact).await, "sent");
        let page = vecina.taps_see(&link).await;
        assert!(page.text.contains("28.63534"), "{}", page.text);
        assert_eq!(she.sees_reach(&pressed, &vecina.contact).await, "seen");
        let page = vecina.answers(&link, "on_my_way").await;
        assert!(page.text.contains("Quedó anotado: vas en camino."), "{}", page.text);
        assert_eq!(she.sees_reach(&pressed, &vecina.contact).await, "answered");
    }

    async fn every_link_that_is_none_is_the_same_page(database) {
        let town = Town::found(database).await;
        let anyone = town.app.anyone();
        let guess = "A".repeat(43);
        for path in [format!("/w/{guess}"), "/w/x".to_owned(), format!("/i/{guess}"), "/i/%00".to_owned()] {
            let page = anyone.form(&path, &[("answer", "accept")]).await;
            assert_eq!(page.status.as_u16(), 404, "{path}: {}", page.text);
            assert!(page.text.contains("911"));
        }
        anyone.get(&format!("/v1/invitations/{guess}")).await.expect_problem(404, "not-found");
    }

    async fn an_invitation_is_looked_at_by_robots_and_answered_once(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana Prueba").await;
        let (_, link) = she.invites("Vecina", "+526144100004").await;
        let anyone = town.app.anyone();
        for language in ["es", "en"] {
            let page = anyone.get(&format!("{link}?lang={language}")).await;
            assert_eq!(page.status.as_u16(), 200);
            assert!(page.text.contains(&format!("<html lang=\"{language}\">")), "{}", page.text);
        }
        assert_eq!(she.client().get("/v1/contacts").await.expect(200)["items"][0]["state"], "invited");
        let code = link.strip_prefix("/i/").unwrap();
        let declined = anyone.post(&format!("/v1/invitations/{code}"), &json!({ "accept": false })).await.expect(200);
        assert_eq!(declined["state"], "declined");
        let again = anyone.post(&format!("/v1/invitations/{code}"), &json!({ "accept": true })).await;
        again.expect_problem(410, "invitation-gone");
        assert!(she.client().get("/v1/contacts").await.expect(200)["items"].as_array().unwrap().is_empty());
    }

    async fn she_sees_what_became_of_an_invitation_and_why(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let told = async || { let all = she.lists().await; all.last().unwrap()["invitation"].clone() };
        let invites = async |phone: &str| {
            she.client().post("/v1/contacts", &json!({ "name": "Prima", "phone": phone })).await.expect(201);
            town.app.settle().await;
            town.app.twilio.expects_sms(phone).await
        };
        town.app.twilio.answers("+526144100031", [twilio::Answer::Refused(twilio::answer::NOT_MOBILE)]);
        invites("+526144100031").await;
        assert_eq!(told().await, json!({ "state": "failed", "reason": "bad_address" }));
        let sms = invites("+526144100032").await;
        assert_eq!(told().await, json!({ "state": "sent", "reason": null }));
        assert_eq!(town.app.twilio.reports(&sms, "delivered").await.as_u16(), 204);
        assert_eq!(told().await, json!({ "state": "delivered", "reason": null }));
        let sms = invites("+526144100033").await;
        assert_eq!(town.app.twilio.reports_failure(&sms, "undelivered", 30006).await.as_u16(), 204);
        assert_eq!(told().await["state"], "failed");
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        assert_eq!(told().await, Value::Null, "{}: who said yes has no invitation that waits", vecina.phone);
    }

    async fn an_invitation_that_was_says_what_to_do_and_not_what_became_of_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let anyone = town.app.anyone().speaking("es");
        let (_, declined) = she.invites("Vecina", "+526144100004").await;
        anyone.form(&declined, &[("answer", "decline"), ("language", "es")]).await;
        let (withdrawn_contact, withdrawn) = she.invites("Prima", "+526144100002").await;
        she.removes(&withdrawn_contact).await;
        let (_, ran_out) = she.invites("Amiga", "+526144100003").await;
        town.after(7 * 24 * 60 * 60).await;
        let mut pages = Vec::new();
        for link in [&declined, &withdrawn, &ran_out] {
            let page = anyone.get(link).await;
            assert_eq!(page.status.as_u16(), 410, "{}", page.text);
            assert!(page.text.contains("pide a quien te invitó que te mande otra"), "{}", page.text);
            let answered = anyone.form(link, &[("answer", "accept"), ("language", "es")]).await;
            assert_eq!((answered.status, &answered.text), (page.status, &page.text));
            pages.push(page.text);
            let code = format!("/v1/invitations/{}", link.strip_prefix("/i/").unwrap());
            anyone.get(&code).await.expect_problem(410, "invitation-gone");
            anyone.post(&code, &json!({ "accept": true })).await.expect_problem(410, "invitation-gone");
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "one page for all three");
        let made_up = anyone.get(&format!("/i/{}", "A".repeat(43))).await;
        assert_eq!(made_up.status.as_u16(), 404);
    }
}

#[test]
fn a_flood_of_made_up_links_is_held_off_and_good_links_and_presses_go_on() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let (_, invited) = she.invites("Prima", "+526144100002").await;
        let pressed = she.presses().await;
        let alarm = vecina.expects_link().await;
        let (http, base) = (client::bare(), town.app.base_url());
        // Contacts and the flood come from one address of one carrier.
        let asks = async |request: reqwest::RequestBuilder| {
            let request = request.header("x-forwarded-for", "203.0.113.9");
            let reply = request
                .header("accept-language", "en")
                .send()
                .await
                .unwrap();
            let (status, waits) = (
                reply.status().as_u16(),
                reply.headers().contains_key("retry-after"),
            );
            (status, waits, reply.text().await.unwrap())
        };
        let mut refused = 0;
        for n in 0..1_010 {
            let (status, ..) = asks(http.get(format!("{base}/v1/invitations/{n:043}"))).await;
            refused += usize::from(status == 429);
        }
        assert_eq!(refused, 10);
        for made_up in ["i", "m"] {
            let (status, waits, page) = asks(http.get(format!("{base}/{made_up}/{:043}", 7))).await;
            assert!(status == 429 && waits, "{made_up}: {status}");
            assert!(
                page.contains("a good link always opens") && page.contains("911"),
                "{page}"
            );
        }
        let code = invited.strip_prefix("/i/").unwrap();
        for good in [
            format!("{base}{alarm}"),
            format!("{base}{invited}"),
            format!("{base}/v1/invitations/{code}"),
        ] {
            assert_eq!(asks(http.get(&good)).await.0, 200, "{good}");
        }
        let (status, _, page) = asks(http.post(format!("{base}{alarm}"))).await;
        assert!(
            status == 200 && page.contains("28.63534"),
            "{status}: {page}"
        );
        she.presses_as(&pressed.client_id, &json!({}))
            .await
            .expect(200);
        town.app
            .clock
            .advance(std::time::Duration::from_millis(200));
        assert_eq!(asks(http.get(format!("{base}/i/{:043}", 0))).await.0, 404);
        town.app.twilio.take_all();
    });
}

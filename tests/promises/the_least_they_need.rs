//! P7. Each person knows the least they need.

use ampara::identity::model::Role;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

both_engines! {
    async fn contacts_see_neither_one_another_nor_911s_side(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _shift = marta.watches().await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        amiga.gets_alarm().await;
        let link = vecina.expects_link().await;
        let (app, page) = (prima.watching().await, vecina.taps_see(&link).await.text);
        // Whatever the others and 911 do, what each sees stays as it was.
        amiga.answers(pressed.id(), "with_her").await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        marta.dispatches(&record, "U-204").await;
        marta.on_scene(&record).await;
        assert_eq!(prima.watching().await, app);
        assert_eq!(vecina.taps_see(&link).await.text, page);
        for text in [serde_json::to_string(&app).unwrap(), page] {
            for secret in ["Amiga", "Vecina", "6144100003", "CUU-26", "U-204", "marta", amiga.contact.as_str()] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
    }

    async fn a_lock_screen_shows_neither_name_nor_place(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana Prueba").await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let (contact, link) = she.invites("Vecina", "+526144100004").await;
        let vecina = crate::harness::people::PhoneOnly::new(&town, contact, "+526144100004");
        vecina.accepts_on_the_page(&link, "").await;
        she.presses().await;
        let push = prima.gets_alarm().await;
        assert!(push.apns_alert().is_some_and(|alert| alert.to_string().contains("Tu prima te necesita")), "{}", push.message);
        let sms = vecina.expects_sms().await;
        assert!(sms.body.starts_with("Tienes un aviso urgente"), "{}", sms.body);
        for sent in [push.message.to_string(), sms.body] {
            for secret in ["Ana", "Prueba", "6144100001", "28.6"] {
                assert!(!sent.contains(secret), "{secret} in {sent}");
            }
        }
    }

    async fn an_operator_claims_before_reading_and_each_opening_is_on_the_trail(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana Prueba").await;
        let prima = she.trusts_with_app("Prima Secreta", "+526144100002", "token-prima").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        she.presses_with(json!({ "note": "está en la puerta" })).await;
        prima.gets_alarm().await;
        let record = marta.sees_one().await;
        for text in [record.to_string(), marta.reads(&record).await.text, boss.reads(&record).await.text] {
            for secret in ["Ana", "6144100001", "Secreta", "6144100002", "puerta"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        let reads = "select count(*) as n from read_audit";
        assert_eq!(town.count(reads).await, 0);
        marta.claims(&record).await.expect(200);
        marta.reads(&record).await.expect(200);
        boss.posts(&format!("/v1/escalations/{}/open", record["id"].as_str().unwrap()), &json!({ "reason": "Queja 12" })).await.expect(200);
        let audit = boss.gets("/v1/audit").await;
        let items = audit.json()["items"].as_array().unwrap().clone();
        let actions: Vec<&str> = items.iter().map(|i| i["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["supervised", "opened", "claimed"], "the newest first");
        assert!(!audit.text.contains("Ana") && !audit.text.contains("28.6"), "{}", audit.text);
        let hers = she.client().get("/v1/me/accesses").await;
        assert!(!hers.text.contains("marta") && !hers.text.contains("Queja"), "{}", hers.text);
        assert_eq!(hers.expect(200)["items"].as_array().unwrap().len(), 3, "she may ask who read");
    }

    async fn administrators_and_auditors_read_no_record(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        she.presses().await;
        let record = marta.sees_one().await;
        for role in [Role::Administrator, Role::Auditor] {
            let who = Operator911::sits_down(&town, role.as_str(), role).await;
            who.gets("/v1/escalations").await.expect_problem(403, "forbidden");
            who.reads(&record).await.expect_problem(403, "forbidden");
            who.claims(&record).await.expect_problem(403, "forbidden");
            who.gets("/v1/me").await.expect_problem(401, "unauthorized");
        }
    }

    async fn a_phone_that_lies_about_shows_no_network(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.sets_pin("4821").await;
        she.invites("Prima", "+526144100002").await;
        town.after(601).await;
        she.client().get("/v1/contacts").await.expect_problem(403, "step-up-needed");
        she.client().post("/v1/sessions/step-up", &json!({ "pin": "9999" })).await.expect_problem(422, "pin-wrong");
        she.client().post("/v1/sessions/step-up", &json!({ "pin": "4821" })).await.expect(200);
        assert_eq!(she.client().get("/v1/contacts").await.expect(200)["items"][0]["name"], "Prima");
    }
}

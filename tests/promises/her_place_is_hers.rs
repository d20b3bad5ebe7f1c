//! P6. Her place is hers: no place outside an alert of hers, contacts see the latest alone and only
//! while it is open, and nothing that is sent carries one. That the trail is destroyed, in backups
//! too, is told in `scenarios/backups.rs`.

use ampara::identity::model::Role;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

both_engines! {
    async fn a_place_is_kept_only_while_an_alert_of_hers_is_open(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let fixes = "select count(*) as n from fixes";
        let pressed = she.presses_with(json!({})).await;
        let open = she.walks(&pressed, &[(1, 28.61, -106.01)]).await;
        assert_eq!(town.count(fixes).await, 1);
        she.closes(&pressed, "").await.expect(200);
        let closed = she.walks(&pressed, &[(2, 28.62, -106.02)]).await;
        assert_eq!(open, closed, "the phone cannot tell whether it is kept");
        assert_eq!(town.count(fixes).await, 1);
        assert_eq!(town.count("select count(*) as n from fixes where sealed is not null").await, 1, "sealed");
    }

    async fn contacts_see_the_latest_place_alone_and_none_after_the_end(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let pressed = she.presses().await;
        prima.gets_alarm().await;
        let link = vecina.expects_link().await;
        town.after(20).await;
        she.walks(&pressed, &[(7, 28.640_01, -106.080_01)]).await;
        let watching = prima.client().get("/v1/watching").await.text;
        let page = vecina.taps_see(&link).await.text;
        for shown in [&watching, &page] {
            assert!(shown.contains("28.64001") && !shown.contains("28.63534"), "the latest, and no trail: {shown}");
        }
        assert!(page.contains("15 m"), "with its accuracy: {page}");
        she.closes(&pressed, "").await.expect(200);
        let page = vecina.taps_see(&link).await.text;
        assert!(!page.contains("28.64") && !prima.client().get("/v1/watching").await.text.contains("28.64"));
        prima.expects_push().await;
        vecina.expects_sms().await;
    }

    async fn nothing_that_is_sent_carries_a_place(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let _vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let pressed = she.presses().await;
        she.walks(&pressed, &[(2, 28.641_23, -106.081_23)]).await;
        town.after(130).await;
        she.closes(&pressed, "").await.expect(200);
        let pushes: Vec<String> = town.app.fcm.take_all().into_iter().map(|p| p.message.to_string()).collect();
        let texts: Vec<String> = town.app.twilio.take_all().into_iter().map(|s| s.body).collect();
        assert!(pushes.len() > 2 && texts.len() > 2);
        for sent in pushes.iter().chain(&texts) {
            assert!(!sent.contains("28.6") && !sent.contains("106.0"), "{sent}");
        }
    }

    async fn a_contact_who_never_said_yes_sees_and_gets_nothing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (_, link) = she.invites("Vecina", "+526144100004").await;
        let vecina = Her::signs_in(&town, "+526144100004").await;
        let pressed = she.presses().await;
        assert_eq!(pressed.told["total"], 0);
        town.after(130).await;
        assert!(vecina.client().get("/v1/watching").await.code().is_empty());
        assert_eq!(vecina.client().get("/v1/watching").await.expect(200)["items"], json!([]));
        let _ = link;
    }

    async fn an_operator_sees_a_square_kilometre_until_the_claim(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let pressed = she.presses().await;
        she.walks(&pressed, &[(2, 28.641_23, -106.081_23)]).await;
        let record = marta.sees_one().await;
        for text in [record.to_string(), marta.reads(&record).await.text] {
            assert!(text.contains("\"28.64,-106.08\""), "{text}");
            assert!(!text.contains("28.641") && !text.contains("28.635"), "{text}");
        }
        assert_eq!(marta.claims(&record).await.expect(200)["place"]["lat"], 28.641_23);
    }
}

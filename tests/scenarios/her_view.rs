//! What her phone says of her alert, in a sentence.

use ampara::identity::model::Role;
use reqwest::Method;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{Feed, HER_PHONE, Her, Operator911, Town, path_of};

both_engines! {
    async fn the_sentence_follows_her_alert_by_the_towns_clocks(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _shift = marta.watches().await;
        let pressed = she.presses().await;
        assert_eq!(pressed.told["summary"], "Tu aviso llegó a 0 de 3. Falta que alguien del 911 lo tome.");
        assert_eq!(pressed.told["contacts"][0]["words"], "Enviando.");
        let mut live = Feed::open(she.alarm().request(Method::GET, &pressed.path("/stream"))).await;
        live.expects("alert").await;
        prima.gets_alarm().await;
        amiga.gets_alarm().await;
        prima.answers(pressed.id(), "on_my_way").await;
        town.app.clock.advance(std::time::Duration::from_secs(7));
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        let said = "Tu aviso llegó a 2 de 3. Alguien va en camino. El 911 lo tiene desde las 21:40:07.";
        let seen = she.sees(&pressed).await;
        assert_eq!(seen["summary"], said);
        assert_eq!(seen["contacts"][0]["words"], "Va en camino. Contestó a las 21:40:00.");
        assert_eq!(seen["contacts"][0]["channels"][0]["words"], "App: llegó a las 21:40:00");
        while live.expects("alert").await["summary"] != said {}

        let sms = vecina.expects_sms().await;
        town.app.twilio.reports_failure(&sms, "undelivered", 30_003).await;
        let way = she.sees(&pressed).await["contacts"][2]["channels"][0].clone();
        assert_eq!((&way["channel"], &way["state"], &way["reason"]), (&json!("text"), &json!("failed"), &json!("undelivered")));
        assert_eq!(way["words"], "SMS: no llegó: la compañía telefónica no pudo entregarlo");

        town.app.clock.advance(std::time::Duration::from_secs(20));
        marta.dispatches(&record, "U-204").await;
        town.app.clock.advance(std::time::Duration::from_secs(5));
        marta.notes(&record, "Va por la Juárez").await;
        let unit = she.sees(&pressed).await["summary"].as_str().unwrap().to_owned();
        assert!(unit.ends_with("El 911 mandó una unidad a las 21:40:27."), "a note sends no unit anew: {unit}");
        marta.on_scene(&record).await;
        she.client().patch("/v1/me", &json!({ "language": "en" })).await.expect(200);
        let seen = she.alarm().get(&pressed.path("")).await;
        assert!(seen.text.contains("The unit arrived at 21:40:32."), "{}", seen.text);
        for secret in ["6144100002", "6144100004", "Prima", "Vecina", "U-204", "marta", "Juárez"] {
            assert!(!seen.text.contains(secret), "{secret} in {}", seen.text);
        }
        marta.posts(&path_of(&record, "/close"), &json!({ "disposition": "attended" })).await;
        she.closes(&pressed, "").await.expect(200);
        assert_eq!(she.sees(&pressed).await["summary"], "You closed your alert.");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn when_nobody_takes_it_the_sentence_says_to_call(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let _prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let pressed = she.presses().await;
        town.after(60).await;
        let said = "Tu aviso llegó a 0 de 1. Nadie en el 911 lo ha tomado: llama al 911.";
        assert_eq!(she.sees(&pressed).await["summary"], said);
        she.closes(&pressed, "").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }
}

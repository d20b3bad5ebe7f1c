//! `trace` tells what happened to an alert, and identifies no person.

use ampara::identity::model::Role;
use serde_json::json;

use super::stage::Installation;
use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

both_engines! {
    async fn it_tells_what_happened_when_and_names_nobody(database) {
        let town = Town::found(database).await;
        let folder = town.app.database.folder.path();
        let here = Installation::of(folder, folder.join("ampara.toml"));
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Canaria Zxq").await;
        let prima = she.trusts_with_app("Prima Qzx", "+526144100002", "token-canario").await;
        let vecina = she.trusts_by_phone("Vecina Xqz", "+526144100004").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        town.app.fcm.answers("token-canario", [Answer::Unregistered]);
        let pressed = she.presses_with(json!({ "note": "nota-canaria", "location": { "lat": 28.612_345_6, "lon": -106.098_765_4, "accuracy": 9.0 } })).await;
        town.app.clock.advance(std::time::Duration::from_millis(4_250));
        vecina.expects_link().await;
        prima.answers(pressed.id(), "on_my_way").await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        marta.notes(&record, "nota-canaria").await;
        let folio = record["folio"].as_str().unwrap();

        let said = here.run(&["trace", folio]).ok();
        for part in [
            pressed.id(), folio, "0 ms  story    raised by her", "4250 ms  story    answered by contact", "answer=on_my_way",
            "over fcm to", "the provider no longer knows the address", "the provider took", "attempt  1 of", "failed after 0 ms (fcm 404 UNREGISTERED)",
            "her data was opened (claimed) by operator",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        for canary in ["Canaria", "Prima", "Vecina", "canari", "614410", "28.6", "106.0", "marta", &she.alert_token] {
            assert!(!said.contains(canary), "{canary}: {said}");
        }
        for which in [pressed.id(), record["id"].as_str().unwrap()] {
            let report = here.run(&["trace", which, "--json"]).json();
            assert_eq!((&report["alert"], &report["record"]["folio"]), (&json!(pressed.id()), &json!(folio)));
            let at: Vec<i64> = report["lines"].as_array().unwrap().iter().map(|line| line["ms"].as_i64().unwrap()).collect();
            assert!(at.is_sorted() && at[0] == 0, "{at:?}");
        }
        here.run(&["trace", "CUU-26-999999"]).fails(1, "no alert, record or folio CUU-26-999999");
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }
}

//! A record on paper.

use ampara::identity::model::Role;
use reqwest::Method;
use serde_json::json;

use crate::both_engines;
use crate::harness::client::{self, Reply};
use crate::harness::people::{HER_PHONE, Her, Operator911, Town, path_of};

async fn printings(town: &Town) -> i64 {
    town.count("select count(*) as n from read_audit where action = 'printed'")
        .await
}

async fn prints(who: &Operator911<'_>, record: &serde_json::Value, language: &str) -> Reply {
    let request = who
        .request(Method::GET, &path_of(record, "/print"))
        .header("accept-language", language);
    client::sent(request).await
}

both_engines! {
    async fn who_has_the_record_prints_all_of_it_and_the_print_is_on_the_audit(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana <b>Prueba</b>").await;
        she.names_officer("DS-4471").await;
        let prima = she.trusts_with_app("Prima Ñandú", "+526144100002", "token-prima").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let pressed = she.presses_with(json!({ "note": "Tercer piso", "location": { "lat": 28.6353, "lon": -106.0889, "accuracy": 18.0 } })).await;
        prima.gets_alarm().await;
        prima.answers(pressed.id(), "on_my_way").await;
        let record = marta.sees_one().await;
        prints(&marta, &record, "es").await.expect_problem(403, "not-claimer");
        assert_eq!(printings(&town).await, 0, "a refusal is no reading");
        marta.claims(&record).await.expect(200);
        marta.dispatches(&record, "Unidad U-204").await;

        let page = prints(&marta, &record, "es").await;
        assert_eq!(page.status.as_u16(), 200, "{}", page.text);
        assert_eq!(page.headers["cache-control"], "no-store");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        let folio = record["folio"].as_str().unwrap();
        for part in [
            folio, "Impreso por Oficial marta · 24/11/2026 21:40:00 UTC-06:00", "NO ENVIAR A", "DS-4471", "+526144100001",
            "28.635300, -106.088900 ± 18 m", "Tercer piso", "Prima Ñandú", "+526144100002", "Va en camino", "Pidió ayuda",
            "Unidad U-204", "Envió una unidad", "Unidad enviada", "30903", "Oficial marta",
        ] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains("<b>") && page.text.contains("&#60;b&#62;Prueba"), "what she wrote is no markup: {}", page.text);
        for remote in ["http:", "https:", "src=", "href=", "url(", "@import"] {
            assert!(!page.text.contains(remote), "{remote}");
        }
        assert_eq!(printings(&town).await, 1);
        assert_eq!(boss.gets("/v1/audit").await.expect(200)["items"][0]["action"], "printed");
        assert_eq!(she.client().get("/v1/me/accesses").await.expect(200)["items"][0]["action"], "printed");

        let english = prints(&marta, &record, "en").await;
        for part in ["DO NOT SEND", "Printed by", "On the way", "Sent a unit", "Read: printed"] {
            assert!(english.text.contains(part), "{part}: {}", english.text);
        }
        assert_eq!(printings(&town).await, 2, "each print is a line of its own");
    }

    async fn a_supervisor_prints_for_half_an_hour_after_a_written_reason_a_closed_record_too(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        she.presses().await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        town.after(61).await;
        marta.closes(&record, "attended").await.expect(200);
        prints(&marta, &record, "es").await.expect_problem(403, "not-claimer");
        prints(&admin, &record, "es").await.expect_problem(403, "forbidden");
        prints(&boss, &record, "es").await.expect_problem(422, "reason-needed");
        boss.posts(&path_of(&record, "/open"), &json!({ "reason": "Oficio 12/2026" })).await.expect(200);
        let page = prints(&boss, &record, "es").await;
        assert!(page.text.contains("Atendido") && page.text.contains(HER_PHONE), "{}", page.text);
        town.after(1_801).await;
        prints(&boss, &record, "es").await.expect_problem(422, "reason-needed");
        assert_eq!(printings(&town).await, 1);
    }

    async fn nobody_prints_what_does_not_exist_for_them(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let west = Operator911::sits_down(&town, "west", Role::Operator).await;
        let east = Operator911::sits_down_at(&town, town.centres[1], "east", Role::Supervisor, None).await;
        she.presses().await;
        let record = west.sees_one().await;
        prints(&east, &record, "es").await.expect_problem(404, "not-found");
        let training = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let begun = training.posts("/v1/escalations/training", &json!({})).await.expect(201);
        let begun = json!({ "id": begun["record"] });
        west.claims(&begun).await.expect(200);
        let page = prints(&west, &begun, "es").await;
        assert!(page.text.contains("CAPACITACIÓN: no es real."), "{}", page.text);
    }
}

//! Several people at 911 and one record.

use std::time::Duration;

use ampara::db::{Conn, DbError, WritePriority};
use ampara::escalation::{centres, geojson_import};
use ampara::identity::model::Role;
use ampara::ids::CentreId;
use ampara::language::Language;
use ampara::municipality::{self, NewMunicipality, chihuahua};
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town, path_of};
use crate::harness::settings::TestSettings;

both_engines! {
    async fn of_two_operators_who_claim_at_once_one_has_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let lupe = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        let _shift = marta.watches().await;
        she.presses().await;
        let record = marta.sees_one().await;
        let (a, b) = futures_util::join!(marta.claims(&record), lupe.claims(&record));
        let (had, missed, loser) = if a.status.is_success() { (a, b, &lupe) } else { (b, a, &marta) };
        assert_eq!(had.expect(200)["her"]["phone"], HER_PHONE);
        missed.expect_problem(409, "already-claimed");
        assert!(!loser.reads(&record).await.text.contains("614410"), "who lost reads nothing");
    }

    async fn claimed_and_then_silence_gets_loud_and_is_taken_over(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let lupe = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        let _shift = marta.watches().await;
        she.presses_with(json!({})).await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        town.after(89).await;
        lupe.takes_over(&record).await.expect_problem(409, "already-claimed");
        assert_eq!(lupe.sees_one().await["level"], 0);
        town.after(1).await;
        assert_eq!(lupe.sees_one().await["level"], 3);
        assert_eq!(lupe.takes_over(&record).await.expect(200)["her"]["phone"], HER_PHONE);
        assert!(!marta.reads(&record).await.text.contains("614410"), "no longer hers to read");
        town.after(91).await;
        let again = marta.takes_over(&record).await;
        again.expect_problem(409, "reclaim-too-soon");
    }

    async fn one_setting_says_from_when_on_a_silent_claim_is_loud_and_anybodys(database) {
        let sooner = |settings: &mut TestSettings| {
            settings.set("plan.idle_s", 45);
        };
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, sooner).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let lupe = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        let _shift = marta.watches().await;
        she.presses_with(json!({})).await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        town.after(44).await;
        lupe.takes_over(&record).await.expect_problem(409, "already-claimed");
        assert_eq!(lupe.sees_one().await["level"], 0);
        town.after(1).await;
        let loud = lupe.sees_one().await;
        assert_eq!((&loud["level"], &loud["take_over_from"]), (&json!(3), &json!(town.app.clock.now())));
        lupe.takes_over(&record).await.expect(200);
    }

    async fn an_officer_on_her_list_sees_nothing(database) {
        let often = |settings: &mut TestSettings| {
            settings.set("escalation.heartbeat_s", 1);
        };
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, often).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.names_officer("MARTA").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let lupe = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        let mut feed = marta.watches().await;
        assert_eq!(feed.next().await.data, json!({ "records": [] }));
        she.presses().await;
        assert_eq!(town.count("select count(*) as n from records where state = 'queued'").await, 1);
        let mut others = lupe.watches().await;
        assert!(lupe.sees_queue().await.is_empty(), "first for those of whom nobody can be her officer");
        town.after(31).await;
        let record = others.expects_record(|r| r["state"] == "queued").await;
        assert!(marta.sees_queue().await.is_empty());
        marta.reads(&record).await.expect_problem(404, "not-found");
        marta.claims(&record).await.expect_problem(404, "not-found");
        marta.takes_over(&record).await.expect_problem(404, "not-found");
        let opened = lupe.claims(&record).await.expect(200);
        assert_eq!(opened["do_not_send"][0]["badge"], "MARTA");
        let seen = feed.next_within(Duration::from_millis(2_500)).await;
        assert!(seen.is_none(), "not even on the feed: {seen:?}");
    }

    async fn an_operator_is_added_to_a_centre_that_there_is(database) {
        let town = Town::found(database).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        let elsewhere = a_centre_elsewhere(&town).await;
        let new = |name: &str, centre: CentreId| {
            json!({ "sign_in_name": name, "name": "Luis Mena", "role": "operator", "centre": centre, "phone": "6141112233" })
        };
        for nowhere in [CentreId::new(), elsewhere] {
            let refused = admin.posts("/v1/operators", &new("luis", nowhere)).await.expect_problem(422, "centre-unknown");
            assert_eq!(refused["fields"], json!([{ "path": "centre", "code": "centre-unknown" }]));
            assert!(refused["detail"].as_str().unwrap().contains("ampara centre list"), "{refused}");
        }
        let body = new("luis", town.centres[0]);
        assert_eq!(admin.posts("/v1/operators", &body).await.expect(201)["sign_in_name"], "luis");
        admin.posts("/v1/operators", &body).await.expect_problem(409, "conflict");
        let her = Her::signs_in(&town, HER_PHONE).await;
        her.presses().await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        let nowhere = json!({ "centre": CentreId::new(), "reason": "Está en Aldama." });
        marta.posts(&path_of(&record, "/transfer"), &nowhere).await.expect_problem(422, "centre-unknown");
    }
}

/// A centre of another municipality.
async fn a_centre_elsewhere(town: &Town) -> CentreId {
    let now = town.app.clock.now();
    let outline = r#"{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null,
        "properties": {"code": "ALD", "name": "Aldama", "rank": 1, "default": true}}]}"#;
    let written = town.app.foundation.db.write(
        WritePriority::Background,
        move |conn: &mut Conn| -> Result<_, DbError> {
            let aldama = NewMunicipality {
                code: "aldama".to_owned(),
                name: "Aldama".to_owned(),
                zone: chrono_tz::America::Chihuahua,
                area_code: "614".to_owned(),
                language: Language::Es,
                sms_sender: None,
                sms_second_sender: None,
                voice_sender: None,
                notice_version: "1".to_owned(),
            };
            let id = municipality::add(conn, &aldama, now)?;
            centres::import(conn, id, &geojson_import::drafts(outline).unwrap(), now).unwrap();
            Ok(centres::list(conn, id)?[0].id)
        },
    );
    written.await.unwrap()
}

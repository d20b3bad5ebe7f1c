//! What an administrator decides for one centre.

use ampara::db::{Conn, DbError, WritePriority};
use ampara::escalation::{centres, geojson_import};
use ampara::identity::model::Role;
use ampara::ids::CentreId;
use ampara::language::Language;
use ampara::municipality::{self, NewMunicipality};
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

const BOSS_PHONE: &str = "+526144100090";

fn path(centre: CentreId) -> String {
    format!("/v1/centres/{centre}/policies")
}

/// Imports this file over the town's centres, as the command line does.
async fn imports(town: &Town, outlines: &'static str) {
    let (id, now) = (town.id, town.app.clock.now());
    let import = move |conn: &mut Conn| -> Result<_, DbError> {
        Ok(centres::import(conn, id, &geojson_import::drafts(outlines).unwrap(), now).unwrap())
    };
    town.app
        .foundation
        .db
        .write(WritePriority::Background, import)
        .await
        .unwrap();
}

/// A centre of another municipality.
async fn elsewhere(town: &Town) -> CentreId {
    let now = town.app.clock.now();
    let found = move |conn: &mut Conn| -> Result<_, DbError> {
        let other = NewMunicipality {
            code: "juarez".into(),
            name: "Juárez".into(),
            zone: chrono_tz::America::Ciudad_Juarez,
            area_code: "656".into(),
            language: Language::Es,
            sms_sender: None,
            sms_second_sender: None,
            voice_sender: None,
            notice_version: "1".into(),
        };
        let other = municipality::add(conn, &other, now).unwrap();
        centres::import(conn, other, &geojson_import::drafts(JUAREZ).unwrap(), now).unwrap();
        Ok(centres::list(conn, other)?[0].id)
    };
    town.app
        .foundation
        .db
        .write(WritePriority::Background, found)
        .await
        .unwrap()
}

both_engines! {
    async fn a_centre_s_own_times_hold_for_its_records_and_not_for_what_she_is_told(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let far = Operator911::sits_down_at(&town, town.centres[1], "far", Role::Operator, None).await;
        let _boss = Operator911::sits_down_at(&town, town.centres[0], "boss", Role::Supervisor, Some(BOSS_PHONE)).await;
        let times = json!({ "unclaimed_louder_s": 10, "unclaimed_supervisors_s": 20, "unclaimed_backup_s": 90 });
        let body = json!({ "backup": town.centres[1], "times": times });
        let set = admin.puts(&path(town.centres[0]), &body).await.expect(200);
        assert_eq!((&set["times"], &set["in_force"]["unclaimed_louder_s"]), (&times, &json!(10)));
        assert_eq!(set["in_force"]["idle_s"], 90, "what is left out is as in the settings");

        let pressed = she.presses().await;
        assert!(town.app.twilio.expects_sms(BOSS_PHONE).await.body.contains("nadie en turno"));
        town.after(9).await;
        assert_eq!(marta.sees_one().await["level"], 0);
        town.after(1).await;
        assert_eq!(marta.sees_one().await["level"], 1);
        town.after(10).await;
        assert_eq!(marta.sees_one().await["level"], 2);
        assert!(town.app.twilio.expects_sms(BOSS_PHONE).await.body.contains("sin tomar"));
        town.after(39).await;
        assert_eq!(she.sees(&pressed).await["call_911"], false);
        town.after(1).await;
        assert_eq!(she.sees(&pressed).await["call_911"], true, "at a minute, whatever the centre has set");
        town.after(29).await;
        assert!(far.sees_queue().await.is_empty());
        town.after(1).await;
        assert_eq!(far.sees_one().await["level"], 3, "the backup that was named sees it");
    }

    async fn a_later_centre_puts_off_its_supervisors_and_never_her(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let body = json!({ "backup": null, "times": { "unclaimed_supervisors_s": 120 } });
        admin.puts(&path(town.centres[0]), &body).await.expect(200);
        let pressed = she.presses().await;
        for seq in 2..=7 {
            // Her phone goes on sending, so that its silence is no reason to get louder.
            town.after(10).await;
            she.walks(&pressed, &[(seq, 28.6353, -106.0889)]).await;
        }
        assert_eq!(marta.sees_one().await["level"], 1);
        assert_eq!(she.sees(&pressed).await["call_911"], true);
    }

    async fn a_record_that_was_handed_on_follows_the_times_of_its_new_centre(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let (far, other) = (
            Operator911::sits_down_at(&town, town.centres[1], "far", Role::Operator, None).await,
            Operator911::sits_down_at(&town, town.centres[1], "other", Role::Operator, None).await,
        );
        let body = json!({ "backup": null, "times": { "unclaimed_louder_s": 10, "idle_s": 45 } });
        admin.puts(&path(town.centres[1]), &body).await.expect(200);
        she.presses().await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        let at = format!("/v1/escalations/{}/transfer", record["id"].as_str().unwrap());
        marta.posts(&at, &json!({ "centre": town.centres[1] })).await.expect(200);
        town.after(10).await;
        assert_eq!(far.sees_one().await["level"], 1);
        far.claims(&record).await.expect(200);
        let from = other.sees_one().await["take_over_from"].clone();
        assert_eq!(from, json!(town.app.clock.now().plus(std::time::Duration::from_secs(45))));
        town.after(44).await;
        other.takes_over(&record).await.expect_problem(409, "already-claimed");
        town.after(1).await;
        assert_eq!(other.sees_one().await["level"], 3);
        other.takes_over(&record).await.expect(200);
    }

    async fn what_would_silence_a_centre_is_refused_by_name_and_changes_nothing(database) {
        let town = Town::found_at_a_border(database).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        let (here, other) = (town.centres[0], elsewhere(&town).await);
        let before = admin.gets(&path(here)).await.expect(200);
        assert_eq!((&before["backup"], &before["times"], &before["changes"]), (&Value::Null, &json!({}), &json!([])));
        for (times, field) in [
            (json!({ "unclaimed_supervisors_s": 3_600 }), "times.unclaimed_supervisors_s"),
            (json!({ "unclaimed_louder_s": 0 }), "times.unclaimed_louder_s"),
            (json!({ "unclaimed_backup_s": 241 }), "times.unclaimed_backup_s"),
            (json!({ "idle_s": 181 }), "times.idle_s"),
            (json!({ "idle_supervisors_s": 361 }), "times.idle_supervisors_s"),
            (json!({ "unit_idle_s": 7_200 }), "times.unit_idle_s"),
            (json!({ "unclaimed_louder_s": 60, "unclaimed_supervisors_s": 30 }), "times.unclaimed_supervisors_s"),
        ] {
            let refused = admin.puts(&path(here), &json!({ "backup": null, "times": times })).await;
            let refused = refused.expect_problem(422, "bad-value");
            assert_eq!(refused["fields"], json!([{ "path": field, "code": "out-of-range" }]), "{times}");
        }
        for nobody in [json!(here), json!(other), json!(CentreId::new())] {
            let refused = admin.puts(&path(here), &json!({ "backup": nobody, "times": {} })).await;
            let refused = refused.expect_problem(422, "bad-value");
            assert_eq!(refused["fields"], json!([{ "path": "backup", "code": "centre-unknown" }]));
        }
        // A backup must not be lost because the administrator left it out.
        admin.puts(&path(here), &json!({ "times": {} })).await.expect_problem(422, "missing-field");
        let unknown = json!({ "backup": null, "times": { "call_911_s": 600 } });
        admin.puts(&path(here), &unknown).await.expect_problem(422, "unknown-field");
        assert_eq!(admin.gets(&path(here)).await.expect(200), before);
    }

    async fn only_the_administrators_of_its_municipality_see_and_change_a_centre_s_policies(database) {
        let town = Town::found(database).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        let body = json!({ "backup": null, "times": { "idle_s": 60 } });
        for centre in [elsewhere(&town).await, CentreId::new()] {
            admin.gets(&path(centre)).await.expect_problem(404, "not-found");
            admin.puts(&path(centre), &body).await.expect_problem(404, "not-found");
        }
        for (name, role) in [("marta", Role::Operator), ("boss", Role::Supervisor), ("ima", Role::Auditor)] {
            let other = Operator911::sits_down(&town, name, role).await;
            other.gets(&path(town.centres[0])).await.expect_problem(403, "forbidden");
            other.puts(&path(town.centres[0]), &body).await.expect_problem(403, "forbidden");
        }
    }

    async fn each_change_stands_with_who_made_it_and_when_and_an_import_takes_no_backup_away_unsaid(database) {
        let town = Town::found_at_a_border(database).await;
        let admin = Operator911::sits_down(&town, "admin", Role::Administrator).await;
        let (here, begun) = (path(town.centres[0]), town.app.clock.now());
        let first = json!({ "backup": town.centres[1], "times": {} });
        admin.puts(&here, &first).await.expect(200);
        town.after(60).await;
        let second = json!({ "backup": town.centres[1], "times": { "idle_s": 45 } });
        admin.puts(&here, &second).await.expect(200);
        let same = admin.puts(&here, &second).await.expect(200);
        let line = |at, body: &Value| {
            json!({ "at": at, "operator": admin.id, "backup": body["backup"], "times": body["times"] })
        };
        let lines = [line(town.app.clock.now(), &second), line(begun, &first)];
        assert_eq!(same["changes"], json!(lines), "what changes nothing leaves no line");

        imports(&town, UNSAID).await;
        assert_eq!(admin.gets(&here).await.expect(200), same, "a file that names no backup leaves the one there is");
        imports(&town, NOBODY).await;
        let after = admin.gets(&here).await.expect(200);
        assert_eq!((&after["backup"], &after["times"]), (&Value::Null, &json!({ "idle_s": 45 })));
        assert_eq!(after["changes"][0]["operator"], Value::Null, "the command line, and that stands too");
    }
}

const UNSAID: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "PON", "name": "Poniente", "rank": 1, "default": true}, "geometry": null}]}"#;

const NOBODY: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "PON", "name": "Poniente", "rank": 1, "default": true, "backup": null},
  "geometry": null}]}"#;

const JUAREZ: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "JRZ", "name": "Juárez", "default": true}, "geometry": null}]}"#;

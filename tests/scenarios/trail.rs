//! Her places since she pressed, for those who may read them.

use ampara::identity::model::Role;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town, path_of};

/// She presses and walks north: nine places, one each ten seconds.
async fn she_walks(town: &Town, she: &Her<'_>) {
    let pressed = she
        .presses_with(
            json!({ "location": { "lat": 28.60, "lon": -106.07, "accuracy": 9.0, "seq": 1 } }),
        )
        .await;
    for seq in 2..10_i64 {
        town.after(10).await;
        she.walks(&pressed, &[(seq, 28.60 + seq as f64 / 1_000.0, -106.07)])
            .await;
    }
}

/// How often the trail was read by the audit.
async fn readings(town: &Town) -> i64 {
    town.count("select count(*) as n from read_audit where action = 'trail'")
        .await
}

both_engines! {
    async fn who_has_the_record_reads_her_way_in_pages_and_it_stands_once_on_the_audit(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        she_walks(&town, &she).await;
        let record = marta.sees_one().await;
        let path = path_of(&record, "/trail");
        marta.gets(&path).await.expect_problem(403, "not-claimer");
        marta.claims(&record).await.expect(200);
        let (mut seen, mut next) = (Vec::new(), String::new());
        for left in [4, 4, 1] {
            let page = marta.gets(&format!("{path}?limit=4{next}")).await;
            assert_eq!(page.headers["cache-control"], "no-store");
            let page = page.expect(200);
            let items = page["items"].as_array().unwrap();
            assert_eq!(items.len(), left);
            seen.extend(items.iter().map(|place| (place["lat"].as_f64().unwrap(), place["at"].clone())));
            assert_eq!(page["next"].is_null(), left == 1);
            next = format!("&cursor={}", page["next"].as_str().unwrap_or_default());
        }
        assert!(seen.is_sorted_by(|a, b| a.0 < b.0 && a.1.as_str() < b.1.as_str()), "oldest first: {seen:?}");
        assert_eq!(readings(&town).await, 1, "a reading, however many its pages");
        assert_eq!(boss.gets("/v1/audit").await.expect(200)["items"][0]["action"], "trail");

        let second = marta.gets(&format!("{path}?limit=4")).await.expect(200)["next"].as_str().unwrap().to_owned();
        assert_eq!(readings(&town).await, 2, "begun again it is another");
        town.after(1_801).await;
        marta.notes(&record, "Sigo aquí").await;
        marta.gets(&format!("{path}?cursor={second}")).await.expect(200);
        assert_eq!(readings(&town).await, 3, "half an hour later no page goes without a line");
        for query in ["limit=0", "limit=101", "cursor=elsewhere", "after=1"] {
            marta.gets(&format!("{path}?{query}")).await.expect_problem(400, "bad-query");
        }
        let left = town.count("select count(*) as n from read_audit").await;
        marta.closes(&record, "attended").await.expect(200);
        marta.gets(&path).await.expect_problem(403, "not-claimer");
        assert_eq!(town.count("select count(*) as n from read_audit").await, left, "a refusal is no reading");
    }

    async fn a_supervisor_reads_it_for_half_an_hour_after_giving_a_reason(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let chief = Operator911::sits_down(&town, "chief", Role::Supervisor).await;
        she_walks(&town, &she).await;
        let record = boss.sees_one().await;
        let path = path_of(&record, "/trail");
        boss.gets(&path).await.expect_problem(422, "reason-needed");
        boss.posts(&path_of(&record, "/open"), &json!({ "reason": "Complaint 12 of today" })).await.expect(200);
        assert_eq!(boss.gets(&path).await.expect(200)["items"].as_array().unwrap().len(), 9);
        chief.gets(&path).await.expect_problem(422, "reason-needed");
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'opened'").await, 2, "it is on the story");
        town.after(1_801).await;
        boss.gets(&path).await.expect_problem(422, "reason-needed");
    }

    async fn to_whom_a_second_person_granted_it_it_opens_and_to_nobody_beside(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let lupe = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        she_walks(&town, &she).await;
        let record = lupe.sees_one().await;
        let path = path_of(&record, "/trail");
        let asked = lupe.posts(&path_of(&record, "/break-glass"), &json!({ "reason": "Nobody else is here" })).await;
        let request = asked.expect(202)["request"].as_str().unwrap().to_owned();
        lupe.gets(&path).await.expect_problem(403, "not-claimer");
        boss.posts(&path_of(&record, &format!("/break-glass/{request}/grant")), &Value::Null).await.expect(204);
        assert_eq!(lupe.gets(&path).await.expect(200)["items"].as_array().unwrap().len(), 9);
        marta.gets(&path).await.expect_problem(403, "not-claimer");
        let far = Operator911::sits_down_at(&town, town.centres[1], "far", Role::Supervisor, None).await;
        far.gets(&path).await.expect_problem(404, "not-found");
        for (name, role) in [("admin", Role::Administrator), ("ima", Role::Auditor)] {
            Operator911::sits_down(&town, name, role).await.gets(&path).await.expect_problem(403, "forbidden");
        }
        town.after(1_801).await;
        lupe.gets(&path).await.expect_problem(403, "not-claimer");
    }

    async fn an_officer_on_her_list_gets_nothing_with_any_reason(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.names_officer("BOSS").await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let chief = Operator911::sits_down(&town, "chief", Role::Supervisor).await;
        she_walks(&town, &she).await;
        let read = town.app.foundation.db.read(|conn| {
            use ampara::db::schema::records;
            use diesel::prelude::*;
            Ok::<_, ampara::db::DbError>(ampara::on!(conn, |c| records::table
                .select(records::id)
                .first::<ampara::ids::RecordId>(c))?)
        });
        let path = format!("/v1/escalations/{}/trail", read.await.unwrap());
        boss.gets(&path).await.expect_problem(404, "not-found");
        chief.gets(&path).await.expect_problem(409, "second-person-needed");
        assert_eq!(readings(&town).await, 0);
    }

    async fn a_training_record_has_no_way_to_show(database) {
        let town = Town::found(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let begun = boss.posts("/v1/escalations/training", &json!({ "cell": "28.63,-106.08" })).await.expect(201);
        let record = json!({ "id": begun["record"] });
        marta.claims(&record).await.expect(200);
        let page = marta.gets(&path_of(&record, "/trail")).await.expect(200);
        assert_eq!(page, json!({ "items": [], "next": null }));
    }
}

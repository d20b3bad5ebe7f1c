//! What happened in a long alert: the newest first, page by page, and all of it on paper.

use ampara::db::WritePriority;
use ampara::identity::model::Role;
use ampara::ids::AlertId;
use ampara::timeline::{self, Actor, Kind, NewEntry};
use reqwest::Method;
use serde_json::json;

use crate::both_engines;
use crate::harness::client;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town, path_of};

both_engines! {
    async fn the_newest_come_first_and_all_can_be_read(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let boss = Operator911::sits_down(&town, "boss", Role::Supervisor).await;
        let pressed = she.presses().await;
        let (alert, now): (AlertId, _) = (pressed.id().parse().unwrap(), town.app.clock.now());
        town.app.foundation.db.write(WritePriority::Background, move |conn| {
            for presses in 1_000..1_600 {
                let entry = NewEntry::new(alert, now, Kind::PressedAgain, Actor::Her);
                timeline::append(conn, &entry.with(json!({ "presses": presses })))?;
            }
            Ok::<_, ampara::db::DbError>(())
        }).await.unwrap();
        let record = marta.sees_one().await;
        let (path, all) = (path_of(&record, "/story"), "select count(*) as n from timeline");
        marta.claims(&record).await.expect(200);
        let opened = marta.reads(&record).await.expect(200);
        assert_eq!(opened["story"][0]["kind"], "claimed", "what has just happened: {}", opened["story"][0]);
        let (mut seen, mut next) = (opened["story"].as_array().unwrap().clone(), opened["story_next"].clone());
        let lines = town.count("select count(*) as n from read_audit").await;
        while let Some(cursor) = next.as_str() {
            let page = marta.gets(&format!("{path}?cursor={cursor}")).await.expect(200);
            seen.extend(page["items"].as_array().unwrap().clone());
            next = page["next"].clone();
        }
        assert_eq!(town.count("select count(*) as n from read_audit").await, lines, "it is read on");
        assert_eq!(i64::try_from(seen.len()).unwrap(), town.count(all).await);
        let presses: Vec<i64> = seen.iter().filter_map(|entry| entry["detail"]["presses"].as_i64()).collect();
        assert_eq!(presses, (1_000..1_600).rev().collect::<Vec<_>>());
        assert_eq!(seen.last().unwrap()["kind"], "raised");

        let print = marta.request(Method::GET, &path_of(&record, "/print")).header("accept-language", "es");
        let paper = client::sent(print).await.text;
        let at = |what: &str| paper.find(what).unwrap_or_else(|| panic!("no {what}"));
        assert!(at(": 1000") < at(": 1599"), "paper is read from the top");

        let cursor = opened["story_next"].as_str().unwrap();
        boss.gets(&format!("{path}?cursor={cursor}")).await.expect_problem(422, "reason-needed");
        marta.gets(&format!("{path}?cursor=here")).await.expect_problem(400, "bad-query");
        town.after(1_801).await;
        marta.posts(&path_of(&record, "/note"), &json!({ "note": "Sigo aquí" })).await.expect(200);
        let lines = town.count("select count(*) as n from read_audit").await;
        marta.gets(&format!("{path}?cursor={cursor}")).await.expect(200);
        assert_eq!(town.count("select count(*) as n from read_audit").await, lines + 1, "half an hour later it is another reading");
    }
}

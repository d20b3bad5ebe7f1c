//! Streams over a real connection, as a console reads them.

use ampara::identity::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::ledger::PATIENCE;
use crate::harness::people::{Feed, HER_PHONE, Her, Operator911, PLAZA, Town, path_of};

both_engines! {
    async fn the_feed_says_what_stands_then_what_changes_then_what_is_gone(database) {
        let town = Town::found_at_a_border(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        she.presses().await;
        let mut feed = marta.watches().await;
        let record = feed.expects_record(|r| r["state"] == "queued").await;
        marta.claims(&record).await.expect(200);
        let claimed = feed.expects_record(|r| r["state"] == "claimed").await;
        assert!(claimed["version"].as_i64() > record["version"].as_i64());
        let hand_on = json!({ "centre": town.centres[1] });
        marta.posts(&path_of(&record, "/transfer"), &hand_on).await.expect(200);
        let gone = loop {
            let event = feed.next().await;
            if event.event == "gone" {
                break event;
            }
        };
        assert_eq!(gone.data["id"], record["id"]);
    }

    async fn a_feed_resumed_after_its_last_event_brings_what_was_missed(database) {
        let town = Town::found(database).await;
        let (she, other) = (Her::signs_in(&town, HER_PHONE).await, Her::signs_in(&town, "+526144100009").await);
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let mut feed = marta.watches().await;
        let standing = feed.next().await;
        assert_eq!((standing.event.as_str(), &standing.data["records"]), ("standing", &json!([])));
        she.presses().await;
        let first = feed.expects_record(|_| true).await;
        let mark = feed.last_id().to_owned();
        assert!(!mark.is_empty(), "an event has an id to resume from");
        drop(feed);
        other.presses().await;
        let mut feed = marta.resumes(&mark).await;
        let missed = feed.expects_record(|r| r["id"] != first["id"]).await;
        assert_eq!(missed["state"], "queued");
        // What no client of ours sent is no mark: everything that stands comes again.
        let mut feed = marta.resumes("zz-not-a-mark").await;
        assert_eq!(feed.next().await.data["records"].as_array().unwrap().len(), 2);
    }

    async fn a_silent_feed_says_that_it_lives(database) {
        let town = Town::found_with(database, ampara::municipality::chihuahua::CENTRES_GEOJSON, |settings| {
            settings.set("escalation.heartbeat_s", 1);
        }).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let mut response = marta.request(Method::GET, "/v1/escalations/stream").send().await.unwrap();
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        let mut read = String::new();
        let beats = async {
            while read.lines().filter(|line| line.starts_with(':')).count() < 3 {
                read.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
            }
        };
        tokio::time::timeout(PATIENCE, beats).await.expect("three comments");
    }

    async fn a_feed_is_cut_once_its_operator_signs_out(database) {
        let town = Town::found(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let mut feed = marta.watches().await;
        feed.next().await;
        marta.posts("/v1/operators/sign-out", &Value::Null).await.expect(204);
        feed.ends().await;
        marta.gets("/v1/escalations").await.expect_problem(401, "session-revoked");
    }

    async fn who_has_the_record_sees_her_place_as_it_comes_and_no_longer(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let lupe = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        let pressed = she.presses().await;
        let record = marta.sees_one().await;
        let path = path_of(&record, "/stream");
        lupe.gets(&path).await.expect_problem(403, "not-claimer");
        marta.claims(&record).await.expect(200);
        let mut live = Feed::open(marta.request(Method::GET, &path)).await;
        let here = live.expects("place").await;
        assert_eq!((&here["lat"], &here["lon"]), (&json!(PLAZA.0), &json!(PLAZA.1)));
        she.walks(&pressed, &[(2, 28.6370, -106.0780)]).await;
        let there = live.expects("place").await;
        assert_eq!(there["lat"], 28.6370);
        marta.posts(&path_of(&record, "/release"), &Value::Null).await.expect(200);
        live.ends().await;
    }
}

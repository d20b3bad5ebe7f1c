//! The live queue, cut and resumed while much happens.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ampara::identity::model::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::both_engines;
use crate::harness::people::{Feed, Her, Operator911, Town};
use crate::harness::tier;

/// A console: what it has, by the rule that the API gives it (drop versions that you have), and
/// what it shows.
#[derive(Default)]
struct Console {
    versions: HashMap<String, i64>,
    shown: HashSet<String>,
    taken: Vec<(String, i64)>,
    last_id: String,
}

impl Console {
    /// Reads until nothing has come for `quiet`; within one connection each (record, version) may
    /// come once.
    async fn reads(&mut self, feed: &mut Feed, quiet: Duration, most: usize) {
        let mut on_this_connection = Vec::new();
        for _ in 0..most {
            let Some(event) = feed.next_within(quiet).await else {
                return;
            };
            if !event.id.is_empty() {
                self.last_id.clone_from(&event.id);
            }
            match event.event.as_str() {
                "record" => {
                    let seen = (
                        event.data["id"].as_str().unwrap().to_owned(),
                        event.data["version"].as_i64().unwrap(),
                    );
                    assert!(
                        !on_this_connection.contains(&seen),
                        "{seen:?} came twice on one connection"
                    );
                    on_this_connection.push(seen.clone());
                    let known = self.versions.entry(seen.0.clone()).or_insert(0);
                    if seen.1 > *known {
                        *known = seen.1;
                        self.shown.insert(seen.0.clone());
                        self.taken.push(seen);
                    }
                }
                "gone" => {
                    let id = event.data["id"].as_str().unwrap();
                    self.versions.remove(id);
                    self.shown.remove(id);
                }
                "standing" => self.keeps_only(&event.data),
                other => panic!("an event {other:?}"),
            }
        }
    }

    fn keeps_only(&mut self, standing: &Value) {
        let stands = standing["records"].as_array().unwrap();
        self.shown
            .retain(|id| stands.iter().any(|s| s["id"] == *id));
    }
}

both_engines! {
    async fn cut_and_resumed_under_load_each_record_and_version_reaches_the_client_once(database) {
        let town = Town::found(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let lupe = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        let mut people = Vec::new();
        for n in 0..tier::count(6, 20) {
            people.push(Her::signs_in(&town, &format!("+5261441{n:05}")).await);
        }
        let mut console = Console::default();
        let mut feed = marta.watches().await;
        let work = async {
            for (n, she) in people.iter().enumerate() {
                let body = json!({ "location": { "lat": 28.63, "lon": -106.07, "accuracy": 9.0 } });
                let told = she.presses_as(&Uuid::new_v4().to_string(), &body).await.expect(201);
                assert_eq!(told["state"], "open");
                let record = lupe.sees_queue().await.into_iter().find(|r| r["state"] == "queued").unwrap();
                lupe.claims(&record).await.expect(200);
                lupe.dispatches(&record, "U-1").await;
                lupe.on_scene(&record).await;
                she.presses_as(&Uuid::new_v4().to_string(), &json!({})).await.expect(200);
                if n % 2 == 0 {
                    town.after(61).await;
                    lupe.closes(&record, "attended").await.expect(200);
                }
            }
        };
        let reading = async {
            let (console, feed) = (&mut console, &mut feed);
            for _ in 0..tier::count(5, 20) {
                console.reads(feed, Duration::from_millis(300), 4).await;
                *feed = marta.resumes(&console.last_id).await;
            }
            // Longer than the period with which a feed looks by itself.
            console.reads(feed, Duration::from_millis(2_500), usize::MAX).await;
        };
        futures_util::join!(work, reading);
        console.reads(&mut feed, Duration::from_millis(1_500), usize::MAX).await;
        for record in marta.sees_queue().await {
            let id = record["id"].as_str().unwrap();
            assert!(console.shown.contains(id));
            assert_eq!(console.versions.get(id).copied(), record["version"].as_i64(), "what stands, at its last version");
        }
        let mut once = console.taken.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), console.taken.len());
        let over = marta.gets("/v1/escalations?over=true").await.expect(200);
        for record in over["items"].as_array().unwrap() {
            let last = console.taken.iter().filter(|t| t.0 == record["id"].as_str().unwrap()).map(|t| t.1).max();
            assert_eq!(last, record["version"].as_i64(), "closed ones came with their last version too");
        }
    }

    async fn a_revoked_operators_feed_is_cut(database) {
        let town = Town::found(database).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let mut feed = marta.watches().await;
        feed.next().await;
        let id = marta.id.parse().unwrap();
        ampara::identity::operators::disable(&town.app.foundation, id).await.unwrap();
        feed.ends().await;
        marta.gets("/v1/escalations").await.expect_problem(401, "session-revoked");
    }

    async fn an_operators_screen_follows_her_while_the_claim_lasts(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, "+526144100001").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let lupe = Operator911::sits_down(&town, "lupe", Role::Operator).await;
        let pressed = she.presses().await;
        let record = marta.sees_one().await;
        let path = format!("/v1/escalations/{}/stream", record["id"].as_str().unwrap());
        assert_eq!(lupe.gets(&path).await.status.as_u16(), 403, "not before a claim");
        marta.claims(&record).await.expect(200);
        let mut live = Feed::open(marta.request(reqwest::Method::GET, &path)).await;
        she.walks(&pressed, &[(5, 28.6400, -106.0700)]).await;
        loop {
            let event = live.next().await;
            if event.event == "place" && event.data["lat"] == 28.64 {
                break;
            }
        }
    }
}

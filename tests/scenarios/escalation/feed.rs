use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use ampara::console::{FeedStream, Looks};
use ampara::db::schema::operator_sessions;
use ampara::db::{DbError, WritePriority};
use ampara::escalation::records::RecordChange;
use ampara::escalation::{RecordState, Viewer, hand_on};
use ampara::http::Event;
use ampara::identity::Operator;
use ampara::identity::model::Role;
use ampara::identity::operators;
use ampara::ids::OperatorSessionId;
use ampara::language::Language;
use ampara::on;
use diesel::prelude::*;
use serde_json::Value;

use super::scene::Scene;
use crate::both_engines;
use crate::harness::ledger::PATIENCE;

impl Scene {
    /// A session as the sign-in would have made it, without the password's wait.
    async fn signed_in(&self, viewer: Viewer) -> Operator {
        let session = OperatorSessionId::new();
        let (now, ends) = (self.now(), self.now().plus(Duration::from_secs(36_000)));
        let row = move |conn: &mut ampara::db::Conn| -> Result<(), DbError> {
            let row = (
                operator_sessions::id.eq(session),
                operator_sessions::operator.eq(viewer.operator),
                operator_sessions::token_hash.eq(session.bytes().to_vec()),
                operator_sessions::csrf_hash.eq(vec![0_u8; 32]),
                operator_sessions::created_at.eq(now),
                operator_sessions::last_seen_at.eq(now),
                operator_sessions::expires_at.eq(ends),
            );
            on!(conn, |c| diesel::insert_into(operator_sessions::table)
                .values(row)
                .execute(c))?;
            Ok(())
        };
        self.foundation
            .db
            .write(WritePriority::Background, row)
            .await
            .unwrap();
        Operator {
            id: viewer.operator,
            session,
            role: Role::Operator,
            centre: Some(viewer.centre),
            municipality: viewer.municipality,
            unlisted: false,
            language: Language::Es,
            expires_at: ends,
        }
    }
}

/// What a client has on its screen, and all it was ever sent.
#[derive(Default)]
struct Client {
    screen: BTreeMap<String, i64>,
    received: Vec<(String, i64)>,
    mark: Option<String>,
}

impl Client {
    fn takes(&mut self, event: &Event) {
        let data: Value = serde_json::from_str(&event.data).unwrap();
        self.mark = event.id.clone();
        match event.event {
            "standing" => {
                let ids: HashSet<&str> = data["records"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|r| r["id"].as_str().unwrap())
                    .collect();
                self.screen.retain(|id, _| ids.contains(id.as_str()));
            }
            "record" => {
                let (id, version) = (
                    data["id"].as_str().unwrap().to_owned(),
                    data["version"].as_i64().unwrap(),
                );
                if self.screen.get(&id).is_some_and(|had| *had >= version) {
                    return;
                }
                self.received.push((id.clone(), version));
                if ["closed", "withdrawn"].contains(&data["state"].as_str().unwrap()) {
                    self.screen.remove(&id);
                } else {
                    self.screen.insert(id, version);
                }
            }
            "gone" => drop(self.screen.remove(data["id"].as_str().unwrap())),
            other => panic!("an event that no client knows: {other}"),
        }
    }

    /// Takes what comes until the screen is as it should be.
    async fn listens_until(&mut self, watching: &mut FeedStream, is_right: impl Fn(&Self) -> bool) {
        let comes = async {
            while !is_right(self) {
                let event = watching.next().await.expect("the feed goes on");
                self.takes(&event);
            }
        };
        let came = tokio::time::timeout(PATIENCE, comes).await;
        assert!(came.is_ok(), "what should come does not: {:?}", self.screen);
    }
}

both_engines! {
    async fn a_feed_cut_and_resumed_under_load_brings_each_version_once(database) {
        let scene = Scene::set(database).await;
        let operator = scene.signed_in(scene.operator("OP-1").await).await;
        let she = scene.she("6144100001", &[]).await;
        let (mut client, mut all) = (Client::default(), Vec::new());
        for round in 0..4 {
            let mark = client.mark.clone();
            let watching = FeedStream::begin(&Looks::new(&scene.foundation), &operator, false, mark.as_deref()).await;
            let mut watching = watching.unwrap();
            let work = async {
                for n in 0..6 {
                    let pressed = scene.presses(she, RecordState::Queued).await;
                    all.push(pressed);
                    for pressed in &all {
                        let change = if n % 2 == 0 { RecordChange::PressedAgain } else { RecordChange::Level(n % 3) };
                        if let Some(changed) = scene.change(*pressed, change).await {
                            changed.publish(&scene.foundation.bus);
                        }
                    }
                }
            };
            if round % 2 == 0 {
                let listening = client.listens_until(&mut watching, |_| false);
                futures_util::future::select(std::pin::pin!(work), std::pin::pin!(listening)).await;
            } else {
                work.await;
            }
            drop(watching);
        }
        let mark = client.mark.clone();
        let mut last = FeedStream::begin(&Looks::new(&scene.foundation), &operator, false, mark.as_deref()).await.unwrap();
        let mut stands = BTreeMap::new();
        for pressed in &all {
            let facts = scene.facts(*pressed).await;
            stands.insert(facts.id.to_string(), facts.version);
        }
        client.listens_until(&mut last, |client| client.screen == stands).await;
        let received: HashSet<&(String, i64)> = client.received.iter().collect();
        assert_eq!(received.len(), client.received.len(), "no version twice");
    }

    async fn what_leaves_the_view_is_gone_and_what_ends_is_told_with_its_end(database) {
        let scene = Scene::set(database).await;
        let (one, there) = (scene.operator("OP-1").await, scene.backup);
        let operator = scene.signed_in(one).await;
        let she = scene.she("6144100001", &[]).await;
        let (moved, ended) =
            (scene.presses(she, RecordState::Queued).await, scene.presses(she, RecordState::Queued).await);
        let mut watching = FeedStream::begin(&Looks::new(&scene.foundation), &operator, false, None).await.unwrap();
        let mut client = Client::default();
        client.listens_until(&mut watching, |client| client.screen.len() == 2).await;
        scene.claims(one, moved.record).await.unwrap();
        let hand = move |conn: &mut ampara::db::Conn, f: &ampara::foundation::Foundation, now| {
            hand_on::transfer(conn, &f.keys, &one, moved.record, there, None, now)
        };
        scene.does(hand).await.unwrap().publish(&scene.foundation.bus);
        scene.change(ended, RecordChange::Withdraw).await.unwrap().publish(&scene.foundation.bus);
        client.listens_until(&mut watching, |client| client.screen.is_empty()).await;
        let last = client.received.last().unwrap();
        assert_eq!(*last, (ended.record.to_string(), 2), "a withdrawn record is told as withdrawn");
    }

    async fn a_change_of_which_nobody_was_nudged_is_seen_within_a_look(database) {
        let scene = Scene::set(database).await;
        let operator = scene.signed_in(scene.operator("OP-1").await).await;
        let mut watching = FeedStream::begin(&Looks::new(&scene.foundation), &operator, false, None).await.unwrap();
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        let mut client = Client::default();
        let came = async { while client.screen.is_empty() { client.takes(&watching.next().await.unwrap()); } };
        tokio::time::timeout(PATIENCE, came).await.unwrap();
        assert_eq!(client.received, [(pressed.record.to_string(), 1)]);
    }

    async fn a_feed_ends_with_its_session(database) {
        let scene = Scene::set(database).await;
        let one = scene.operator("OP-1").await;
        let operator = scene.signed_in(one).await;
        let mut watching = FeedStream::begin(&Looks::new(&scene.foundation), &operator, false, None).await.unwrap();
        watching.next().await.expect("what stands");
        operators::disable(&scene.foundation, one.operator).await.unwrap();
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        let changed = scene.change(pressed, RecordChange::PressedAgain).await.unwrap();
        changed.publish(&scene.foundation.bus);
        let next = tokio::time::timeout(PATIENCE, watching.next()).await.unwrap();
        assert!(next.is_none(), "nothing leaves after the commit of a revocation");
    }

    async fn who_watches_counts_as_connected_and_who_left_does_not(database) {
        let scene = Scene::set(database).await;
        let operator = scene.signed_in(scene.operator("OP-1").await).await;
        let watching = FeedStream::begin(&Looks::new(&scene.foundation), &operator, false, None).await.unwrap();
        assert_eq!(scene.on_shift().await.operators, 1);
        drop(watching);
        for _ in 0..6_000 {
            if scene.on_shift().await.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("who left still counts");
    }
}

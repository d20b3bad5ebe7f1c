use std::time::Duration;

use ampara::db::Batch;
use ampara::escalation::records::{self, FolioSource, RecordChange, RecordEdit};
use ampara::escalation::{Folios, PlacedBy, Placement, RecordState, centres};
use ampara::ids::{AlertId, PersonId};

use super::scene::Scene;
use crate::both_engines;

/// The number in a folio.
fn number_of(folio: &str) -> i64 {
    folio.rsplit('-').next().unwrap().parse().unwrap()
}

impl Scene {
    /// The folio of a record that is born in the queue.
    async fn born(&self, she: PersonId, folios: &Folios) -> String {
        let (new, folios) = (
            self.record(she, AlertId::new(), RecordState::Queued),
            folios.clone(),
        );
        self.does(move |conn, _, now| {
            let centres = centres::load(conn)?;
            let mut record = RecordEdit::new(conn, &new, Some(false), now)?;
            record.draw_folio(conn, FolioSource::Ahead(&centres, &folios), now)?;
            let folio = record.folio().unwrap().to_owned();
            let mut batch = Batch::on(conn);
            record.add(&mut batch)?;
            batch.send()?;
            Ok(folio)
        })
        .await
        .unwrap()
    }
}

both_engines! {
    async fn folios_count_up_and_are_drawn_when_the_record_queues(database) {
        let scene = Scene::set(database).await;
        let (she, operator) = (scene.she("6144100001", &[]).await, scene.operator("OP-1").await);
        let waiting = scene.presses(she, RecordState::Waiting).await;
        scene.presses(she, RecordState::Withheld).await;
        scene.presses(she, RecordState::Queued).await;
        assert_eq!(scene.queue_of(operator).await, ["CUU-26-000001"]);
        scene.change(waiting, RecordChange::Queue).await.unwrap();
        assert_eq!(scene.queue_of(operator).await, ["CUU-26-000002", "CUU-26-000001"], "oldest press first");
        assert_eq!(scene.change(waiting, RecordChange::Queue).await, None, "it is in the queue already");
    }

    async fn folios_drawn_ahead_are_each_used_once_and_the_rest_is_given_back(database) {
        let ahead = if database.is_sqlite() { 0 } else { 64 };
        let scene = Scene::set(database).await;
        let (she, db) = (scene.she("6144100001", &[]).await, scene.foundation.db.clone());
        let folios = Folios::new(db.engine());
        let mut drawn = Vec::new();
        for _ in 0..100 {
            drawn.push(scene.born(she, &folios).await);
            folios.top_up(&db);
        }
        drawn.sort();
        drawn.dedup();
        assert_eq!(drawn.len(), 100, "one number twice");
        // Another node's come from the same counter.
        let theirs = scene.born(she, &Folios::new(db.engine())).await;
        assert!(!drawn.contains(&theirs));
        assert!(number_of(&theirs) <= 101 + 4 * ahead, "{theirs}");
        let alone = Folios::new(db.engine());
        scene.born(she, &alone).await;
        let commits = db.write_stats().commits;
        alone.top_up(&db);
        while ahead > 0 && db.write_stats().commits == commits {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let last = number_of(&scene.born(she, &Folios::new(db.engine())).await);
        alone.give_back(&db).await.unwrap();
        let next = number_of(&scene.born(she, &alone).await);
        assert_eq!(next, last + 1, "nothing is given back that others have drawn past, and nothing is drawn ahead again");
        folios.give_back(&db).await.unwrap();
    }

    async fn a_folio_s_year_is_that_of_the_centre_s_clock_on_the_wall(database) {
        let scene = Scene::set(database).await;
        let (she, operator) = (scene.she("6144100001", &[]).await, scene.operator("OP-1").await);
        // 2026-12-31T23:59 in Chihuahua is 2027 in UTC.
        scene.fast_forward(37 * 86_400 + 2 * 3_600 - 60);
        scene.presses(she, RecordState::Queued).await;
        scene.fast_forward(120);
        scene.presses(she, RecordState::Queued).await;
        assert_eq!(scene.queue_of(operator).await, ["CUU-26-000001", "CUU-27-000001"]);
    }

    async fn changes_at_once_leave_no_gap_in_the_versions(database) {
        let scene = Scene::set(database).await;
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        let flags = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let all = flags.map(|flag| scene.change(pressed, RecordChange::Flag(flag)));
        let mut versions: Vec<i64> =
            futures_util::future::join_all(all).await.into_iter().map(|c| c.unwrap().version).collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..=13).collect::<Vec<i64>>());
        let facts = scene.does(move |conn, _, _| records::facts(conn, pressed.alert)).await.unwrap().unwrap();
        assert_eq!((facts.version, facts.flags.len()), (13, 12));
    }

    async fn a_press_makes_it_louder_and_never_louder_than_three(database) {
        let scene = Scene::set(database).await;
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        for _ in 0..5 {
            scene.change(pressed, RecordChange::PressedAgain).await.unwrap();
        }
        let facts = scene.does(move |conn, _, _| records::facts(conn, pressed.alert)).await.unwrap().unwrap();
        assert_eq!(facts.level, 3);
        assert_eq!(scene.change(pressed, RecordChange::Level(3)).await, None, "it is as loud as that already");
    }

    async fn a_place_adds_a_centre_and_takes_none_away(database) {
        let scene = Scene::set(database).await;
        let (here, there) = (scene.here, scene.backup);
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        let placed = move |cell: &str, other| RecordChange::Placed {
            placement: Placement { centre: Some(here), other_centre: other, by: PlacedBy::Fix },
            cell: Some(cell.to_owned()),
            accuracy_m: Some(12.0),
            fix_at: None,
        };
        let changed = scene.change(pressed, placed("28.63,-105.99", Some(there))).await.unwrap();
        assert_eq!((changed.centre, changed.other_centre), (here, Some(there)));
        assert_eq!(scene.change(pressed, placed("28.63,-105.99", Some(there))).await, None, "nothing is new");
        let changed = scene.change(pressed, placed("28.64,-106.08", None)).await.unwrap();
        assert_eq!((changed.centre, changed.other_centre), (here, Some(there)));
    }

    async fn whoever_is_connected_twice_counts_once_and_is_forgotten_in_time(database) {
        let scene = Scene::set(database).await;
        let (one, boss) = (scene.operator("OP-1").await, scene.supervisor("SU-1").await);
        for viewer in [one, one, boss] {
            scene.watches(viewer).await;
        }
        let facts = scene.on_shift().await;
        assert_eq!((facts.operators, facts.supervisors), (1, 1));
        scene.fast_forward(11);
        assert!(scene.on_shift().await.is_empty());
    }
}

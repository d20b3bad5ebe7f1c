use std::time::Duration;

use ampara::escalation::model::Post;
use ampara::escalation::{EscalationError, RecordState, Words, break_glass, conflict};

use super::scene::Scene;
use crate::both_engines;

both_engines! {
    async fn an_officer_on_her_list_sees_nothing_ever(database) {
        let scene = Scene::set(database).await;
        let named = scene.operator("DS-4471").await;
        let named_boss = scene.somebody("Jefe", "DS-1", Post::Unlisted, scene.here).await;
        let (other, here) = (scene.operator("OP-2").await, scene.here);
        let she = scene.she("6144100001", &["4471", "ds 4471", "DS-1"]).await;
        let record = scene.presses(she, RecordState::Queued).await.record;
        scene.fast_forward(31);
        let opened = scene.does(move |conn, _, now| conflict::open_up(conn, here, Duration::from_secs(30), now)).await;
        assert_eq!(opened.unwrap().len(), 1);
        for officer in [named, named_boss] {
            assert!(scene.queue_of(officer).await.is_empty());
            assert!(matches!(scene.claims(officer, record).await, Err(EscalationError::NotFound)));
            let reason = Words::parse("I want to see it").unwrap();
            let asked = move |conn: &mut _, f: &ampara::foundation::Foundation, now| {
                break_glass::ask(conn, &f.keys, &officer, record, &reason, now)
            };
            assert!(matches!(scene.does(asked).await, Err(EscalationError::NotFound)));
        }
        assert_eq!(scene.queue_of(other).await.len(), 1, "the others may help her by now");
    }

    async fn a_record_in_conflict_is_first_for_unlisted_supervisors_and_the_backup(database) {
        let scene = Scene::set(database).await;
        let (one, boss, here) = (scene.operator("OP-1").await, scene.supervisor("SU-1").await, scene.here);
        scene.operator("DS-4471").await;
        let unlisted = scene.somebody("Reservada", "SU-2", Post::Unlisted, here).await;
        let backup = scene.somebody("Lejana", "OP-9", Post::Operator, scene.backup).await;
        let she = scene.she("6144100001", &["DS-4471"]).await;
        let record = scene.presses(she, RecordState::Queued).await.record;
        for (who, sees) in [(one, false), (boss, false), (unlisted, true), (backup, true)] {
            assert_eq!(scene.queue_of(who).await.len(), usize::from(sees), "{who:?}");
        }
        assert!(matches!(scene.claims(one, record).await, Err(EscalationError::NotFound)));
        let open_up = move |conn: &mut _, _: &_, now| conflict::open_up(conn, here, Duration::from_secs(30), now);
        scene.fast_forward(29);
        assert!(scene.does(open_up).await.unwrap().is_empty(), "too early");
        scene.fast_forward(10);
        scene.watches(unlisted).await;
        assert!(scene.does(open_up).await.unwrap().is_empty(), "an unlisted supervisor is there");
        scene.fast_forward(11);
        assert_eq!(scene.does(open_up).await.unwrap().len(), 1);
        assert_eq!(scene.queue_of(one).await.len(), 1);
        scene.claims(one, record).await.unwrap();
    }

    async fn who_named_nobody_of_the_centre_is_in_no_conflict(database) {
        let scene = Scene::set(database).await;
        let one = scene.operator("OP-1").await;
        scene.somebody("Lejano", "DS-7", Post::Operator, scene.backup).await;
        let she = scene.she("6144100001", &["DS-7", "XX-1"]).await;
        scene.presses(she, RecordState::Queued).await;
        assert_eq!(scene.queue_of(one).await.len(), 1);
    }
}

use ampara::escalation::open::{Opened, open_record};
use ampara::escalation::right::Right;
use ampara::escalation::{EscalationError, RecordState, Viewer, Words, break_glass, work};
use ampara::ids::RecordId;
use ampara::timeline::reads::{self, Action, Verdict};

use super::scene::Scene;
use crate::both_engines;

/// By what right, without a borrow.
#[derive(Clone)]
enum As {
    Claimer,
    Supervisor(Words),
    BreakGlass,
}

impl Scene {
    async fn opens(
        &self,
        who: Viewer,
        record: RecordId,
        right: As,
    ) -> Result<Opened, EscalationError> {
        self.does(move |conn, f, now| {
            let right = match &right {
                As::Claimer => Right::Claimer,
                As::Supervisor(words) => Right::Supervisor(words),
                As::BreakGlass => Right::BreakGlass,
            };
            open_record(conn, &f.keys, &who, record, &right, now)
        })
        .await
    }

    /// Who opened it, and how.
    async fn reads_of(&self, record: RecordId) -> Vec<Action> {
        let (reads, verdict) = self
            .does(move |conn, _, _| {
                Ok((
                    reads::by_record(conn, record, 0)?,
                    reads::verify(conn, record)?,
                ))
            })
            .await
            .unwrap();
        assert!(matches!(verdict, Verdict::Whole { .. }));
        reads.into_iter().map(|entry| entry.read.action).collect()
    }
}

both_engines! {
    async fn an_operator_claims_before_reading_and_every_opening_is_on_the_trail(database) {
        let scene = Scene::set(database).await;
        let (one, other) = (scene.operator("OP-1").await, scene.operator("OP-2").await);
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await.record;
        let refused = scene.opens(one, record, As::Claimer).await;
        assert!(matches!(refused, Err(EscalationError::NotClaimer)));
        scene.claims(one, record).await.unwrap();
        let words = Words::parse("She whispers: third floor").unwrap();
        scene.does(move |conn, f, now| work::note(conn, &f.keys, &one, record, &words, now)).await.unwrap();
        let opened = scene.opens(one, record, As::Claimer).await.unwrap();
        assert_eq!(opened.card().phone, "+526144100001");
        assert!(opened.timeline().iter().any(|told| told.note.as_deref() == Some("She whispers: third floor")));
        assert!(!format!("{opened:?}").contains("6144100001"), "it prints nobody");
        assert!(matches!(scene.opens(other, record, As::Claimer).await, Err(EscalationError::NotClaimer)));
        assert_eq!(scene.reads_of(record).await, [Action::Opened], "a refusal is no reading");
    }

    async fn a_supervisor_reads_with_a_written_reason(database) {
        let scene = Scene::set(database).await;
        let (one, boss) = (scene.operator("OP-1").await, scene.supervisor("SU-1").await);
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await.record;
        let reason = Words::parse("Complaint 12 of today").unwrap();
        let refused = scene.opens(one, record, As::Supervisor(reason.clone())).await;
        assert!(matches!(refused, Err(EscalationError::Forbidden)));
        scene.opens(boss, record, As::Supervisor(reason)).await.unwrap();
        assert_eq!(scene.reads_of(record).await, [Action::Supervised]);
    }

    async fn breaking_the_glass_takes_two_people_and_half_an_hour_at_most(database) {
        let scene = Scene::set(database).await;
        let (one, boss) = (scene.operator("OP-1").await, scene.supervisor("SU-1").await);
        scene.operator("DS-4471").await;
        let she = scene.she("6144100001", &["DS-4471"]).await;
        let record = scene.presses(she, RecordState::Queued).await.record;
        let second = scene.supervisor("SU-2").await;
        let reason = Words::parse("Nobody else is here").unwrap();
        let kept = scene.opens(boss, record, As::Supervisor(reason.clone())).await;
        assert!(matches!(kept, Err(EscalationError::SecondPersonNeeded)), "in conflict a reason alone is not enough");
        let asks = move |who: Viewer| {
            let reason = reason.clone();
            scene_asks(who, record, reason)
        };
        assert!(matches!(scene.does(asks(one)).await, Err(EscalationError::NotFound)));
        let request = scene.does(asks(boss)).await.unwrap();
        let grants = move |who: Viewer| {
            move |conn: &mut ampara::db::Conn, _: &ampara::foundation::Foundation, now| {
                break_glass::grant(conn, &who, record, request, now)
            }
        };
        assert!(matches!(scene.does(grants(boss)).await, Err(EscalationError::SecondPersonNeeded)));
        assert!(matches!(scene.opens(boss, record, As::BreakGlass).await, Err(EscalationError::SecondPersonNeeded)));
        scene.does(grants(second)).await.unwrap();
        scene.opens(boss, record, As::BreakGlass).await.unwrap();
        assert!(matches!(scene.opens(second, record, As::BreakGlass).await, Err(EscalationError::SecondPersonNeeded)));
        assert_eq!(scene.reads_of(record).await, [Action::BreakGlass]);
        scene.fast_forward(1_801);
        assert!(matches!(scene.opens(boss, record, As::BreakGlass).await, Err(EscalationError::SecondPersonNeeded)));
    }

    async fn a_withheld_record_is_readable_by_nobody(database) {
        let scene = Scene::set(database).await;
        let boss = scene.somebody("Reservada", "SU-2", ampara::escalation::model::Post::Unlisted, scene.here).await;
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Withheld).await.record;
        let reason = Words::parse("Curious").unwrap();
        let refused = scene.opens(boss, record, As::Supervisor(reason)).await;
        assert!(matches!(refused, Err(EscalationError::NotFound)));
        assert!(scene.reads_of(record).await.is_empty());
    }
}

fn scene_asks(
    who: Viewer,
    record: RecordId,
    reason: Words,
) -> impl Fn(
    &mut ampara::db::Conn,
    &ampara::foundation::Foundation,
    ampara::clock::At,
) -> Result<ampara::ids::EntryId, EscalationError> {
    move |conn, f, now| break_glass::ask(conn, &f.keys, &who, record, &reason, now)
}

use ampara::escalation::close::{Closing, Ending, close};
use ampara::escalation::records::RecordChange;
use ampara::escalation::{Disposition, EscalationError, RecordState, Viewer};
use ampara::ids::RecordId;

use super::scene::Scene;
use crate::both_engines;

impl Scene {
    pub async fn closes(
        &self,
        who: Viewer,
        record: RecordId,
        how: Disposition,
    ) -> Result<Closing, EscalationError> {
        let ending = Ending {
            disposition: how,
            words: None,
            alert_open: false,
        };
        self.does(move |conn, f, now| {
            close(
                conn,
                &f.keys,
                &who,
                record,
                ending,
                &f.config.escalation,
                now,
            )
        })
        .await
    }
}

both_engines! {
    async fn a_false_alarm_takes_two_people(database) {
        let scene = Scene::set(database).await;
        let (one, other) = (scene.operator("OP-1").await, scene.operator("OP-2").await);
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await.record;
        scene.claims(one, record).await.unwrap();
        scene.fast_forward(300);
        let how = Disposition::FalseAlarm;
        assert!(matches!(scene.closes(other, record, how).await, Err(EscalationError::NotClaimer)));
        assert!(matches!(scene.closes(one, record, how).await, Ok(Closing::Proposed(_))));
        assert!(matches!(scene.closes(one, record, how).await, Err(EscalationError::SecondPersonNeeded)));
        let unlike = scene.closes(other, record, Disposition::Attended).await;
        assert!(matches!(unlike, Err(EscalationError::WrongState)), "who confirms says the same");
        assert!(matches!(scene.closes(other, record, how).await, Ok(Closing::Closed(_))));
        assert!(matches!(scene.closes(other, record, how).await, Err(EscalationError::Over)));
    }

    async fn within_a_minute_of_the_claim_any_close_takes_two(database) {
        let scene = Scene::set(database).await;
        let one = scene.operator("OP-1").await;
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await.record;
        scene.claims(one, record).await.unwrap();
        scene.fast_forward(59);
        assert!(matches!(scene.closes(one, record, Disposition::Attended).await, Ok(Closing::Proposed(_))));
        scene.fast_forward(1);
        assert!(matches!(scene.closes(one, record, Disposition::Attended).await, Ok(Closing::Closed(_))));
    }

    async fn a_step_or_a_new_press_voids_a_proposal(database) {
        let scene = Scene::set(database).await;
        let (one, other) = (scene.operator("OP-1").await, scene.operator("OP-2").await);
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        let (record, how) = (pressed.record, Disposition::FalseAlarm);
        scene.claims(one, record).await.unwrap();
        scene.closes(one, record, how).await.unwrap();
        scene.change(pressed, RecordChange::PressedAgain).await.unwrap();
        assert!(matches!(scene.closes(other, record, how).await, Err(EscalationError::NotClaimer)));
        scene.closes(one, record, how).await.unwrap();
        scene.dispatches(one, record).await.unwrap();
        assert!(matches!(scene.closes(other, record, how).await, Err(EscalationError::NotClaimer)));
    }

    async fn a_closed_record_queues_again_on_a_new_press_with_its_folio(database) {
        let scene = Scene::set(database).await;
        let (one, other) = (scene.operator("OP-1").await, scene.operator("OP-2").await);
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        scene.claims(one, pressed.record).await.unwrap();
        scene.fast_forward(120);
        scene.closes(one, pressed.record, Disposition::Attended).await.unwrap();
        assert!(scene.queue_of(other).await.is_empty());
        scene.change(pressed, RecordChange::PressedAgain).await.unwrap();
        assert_eq!(scene.queue_of(other).await, ["CUU-26-000001"]);
        scene.claims(other, pressed.record).await.unwrap();
    }
}

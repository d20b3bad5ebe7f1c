use ampara::escalation::changed::Changed;
use ampara::escalation::records::RecordChange;
use ampara::escalation::{EscalationError, RecordState, Viewer, Words, claim, hand_on, work};
use ampara::ids::RecordId;

use super::scene::Scene;
use crate::both_engines;

impl Scene {
    pub async fn claims(
        &self,
        viewer: Viewer,
        record: RecordId,
    ) -> Result<Changed, EscalationError> {
        self.does(move |conn, f, now| {
            claim::claim(conn, &viewer, record, &f.config.escalation, now)
        })
        .await
    }

    pub async fn takes_over(
        &self,
        viewer: Viewer,
        record: RecordId,
    ) -> Result<Changed, EscalationError> {
        self.does(move |conn, f, now| claim::take_over(conn, &viewer, record, &f.config, now))
            .await
    }

    pub async fn dispatches(
        &self,
        viewer: Viewer,
        record: RecordId,
    ) -> Result<Changed, EscalationError> {
        let unit = Words::parse("U-204");
        self.does(move |conn, f, now| {
            work::dispatch(conn, &f.keys, &viewer, record, unit.as_ref(), now)
        })
        .await
    }
}

both_engines! {
    async fn two_operators_claim_at_once_and_one_of_them_has_it(database) {
        let scene = Scene::set(database).await;
        let (one, other) = (scene.operator("OP-1").await, scene.operator("OP-2").await);
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        let both = tokio::join!(scene.claims(one, pressed.record), scene.claims(other, pressed.record));
        let (winner, refused) = match both {
            (Ok(_), Err(refused)) => (one, refused),
            (Err(refused), Ok(_)) => (other, refused),
            _ => panic!("one and only one claims: {both:?}"),
        };
        assert!(matches!(refused, EscalationError::AlreadyClaimed));
        let again = scene.claims(winner, pressed.record).await.unwrap();
        assert_eq!(again.version, 2, "a retry of who has it changes nothing");
    }

    async fn who_falls_silent_is_relieved_and_waits_ten_minutes(database) {
        let scene = Scene::set(database).await;
        let (one, other) = (scene.operator("OP-1").await, scene.operator("OP-2").await);
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await.record;
        scene.claims(one, record).await.unwrap();
        scene.fast_forward(89);
        assert!(matches!(scene.takes_over(other, record).await, Err(EscalationError::AlreadyClaimed)));
        scene.fast_forward(1);
        scene.takes_over(other, record).await.unwrap();
        assert!(matches!(scene.dispatches(one, record).await, Err(EscalationError::NotClaimer)));
        scene.fast_forward(90);
        assert!(matches!(scene.takes_over(one, record).await, Err(EscalationError::ReclaimTooSoon(_))));
        scene.does(move |conn, _, now| hand_on::release(conn, &other, record, now)).await.unwrap();
        assert!(matches!(scene.claims(one, record).await, Err(EscalationError::ReclaimTooSoon(_))));
        scene.fast_forward(510);
        scene.claims(one, record).await.unwrap();
    }

    async fn each_who_fell_silent_waits_and_not_only_the_last(database) {
        let scene = Scene::set(database).await;
        let (one, two, three) =
            (scene.operator("OP-1").await, scene.operator("OP-2").await, scene.operator("OP-3").await);
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await.record;
        let too_soon = |refused, seconds| match refused {
            Err(EscalationError::ReclaimTooSoon(left)) => assert_eq!(left.as_secs(), seconds),
            other => panic!("{other:?}"),
        };
        scene.claims(one, record).await.unwrap();
        scene.fast_forward(90);
        scene.takes_over(two, record).await.unwrap();
        scene.fast_forward(90);
        scene.takes_over(three, record).await.unwrap();
        scene.fast_forward(90);
        too_soon(scene.takes_over(one, record).await, 420);
        too_soon(scene.takes_over(two, record).await, 510);
        scene.does(move |conn, _, now| hand_on::release(conn, &three, record, now)).await.unwrap();
        scene.fast_forward(420);
        too_soon(scene.claims(two, record).await, 90);
        scene.claims(one, record).await.unwrap();
        scene.fast_forward(90);
        scene.takes_over(two, record).await.unwrap();
        scene.fast_forward(90);
        too_soon(scene.takes_over(one, record).await, 510);
    }

    async fn a_step_counts_as_a_sign_of_life(database) {
        let scene = Scene::set(database).await;
        let (one, other) = (scene.operator("OP-1").await, scene.operator("OP-2").await);
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await.record;
        scene.claims(one, record).await.unwrap();
        scene.fast_forward(60);
        scene.dispatches(one, record).await.unwrap();
        scene.fast_forward(60);
        assert!(matches!(scene.takes_over(other, record).await, Err(EscalationError::AlreadyClaimed)));
        scene.fast_forward(30);
        scene.takes_over(other, record).await.unwrap();
        scene.does(move |conn, f, now| work::on_scene(conn, &f.keys, &other, record, None, now)).await.unwrap();
    }

    async fn a_record_handed_to_another_centre_is_gone_from_the_first(database) {
        let scene = Scene::set(database).await;
        let (one, there) = (scene.operator("OP-1").await, scene.backup);
        let other = scene.somebody("Lejana", "OP-9", ampara::escalation::model::Post::Operator, there).await;
        let record = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await.record;
        let hand = move |viewer: Viewer| {
            move |conn: &mut ampara::db::Conn, f: &ampara::foundation::Foundation, now| {
                hand_on::transfer(conn, &f.keys, &viewer, record, there, None, now)
            }
        };
        assert!(matches!(scene.does(hand(one)).await, Err(EscalationError::NotClaimer)));
        scene.claims(one, record).await.unwrap();
        scene.does(hand(one)).await.unwrap();
        assert!(scene.queue_of(one).await.is_empty());
        assert_eq!(scene.queue_of(other).await, ["CUU-26-000001"], "the folio stays");
        assert!(matches!(scene.claims(one, record).await, Err(EscalationError::NotFound)));
        scene.claims(other, record).await.unwrap();
    }

    async fn what_nobody_claims_reaches_the_backup_centre(database) {
        let scene = Scene::set(database).await;
        let other = scene.somebody("Lejana", "OP-9", ampara::escalation::model::Post::Operator, scene.backup).await;
        let pressed = scene.presses(scene.she("6144100001", &[]).await, RecordState::Queued).await;
        assert!(scene.queue_of(other).await.is_empty());
        assert!(matches!(scene.claims(other, pressed.record).await, Err(EscalationError::NotFound)));
        scene.change(pressed, RecordChange::Widen).await.unwrap();
        assert_eq!(scene.queue_of(other).await, ["CUU-26-000001"]);
        scene.claims(other, pressed.record).await.unwrap();
    }

    async fn only_an_unclaimed_record_is_withdrawn_and_a_withheld_one_cannot_be_claimed(database) {
        let scene = Scene::set(database).await;
        let one = scene.operator("OP-1").await;
        let she = scene.she("6144100001", &[]).await;
        let withheld = scene.presses(she, RecordState::Withheld).await;
        assert!(matches!(scene.claims(one, withheld.record).await, Err(EscalationError::NotFound)));
        let first = scene.presses(she, RecordState::Queued).await;
        scene.change(first, RecordChange::Withdraw).await.unwrap();
        assert!(matches!(scene.claims(one, first.record).await, Err(EscalationError::Over)));
        let second = scene.presses(she, RecordState::Queued).await;
        scene.claims(one, second.record).await.unwrap();
        scene.does(move |conn, _, now| hand_on::release(conn, &one, second.record, now)).await.unwrap();
        assert_eq!(scene.change(second, RecordChange::Withdraw).await, None, "somebody has had it");
    }
}

//! What phones say moves a notification on, never back.

use ampara::db::WritePriority;
use ampara::delivery::model::{FailReason, NotificationEvent, NotificationState as S};
use ampara::delivery::receipts::{Receipt, find, receipt};
use ampara::ids::RecipientId;

use super::stage::{IMPATIENT, Stage};
use crate::both_engines;
use crate::harness::fcm::Answer;

both_engines! {
    async fn receipts_move_forward_only(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        let (id, now) = (stage.fact().await.id, stage.clock.now());
        let found = stage.db.read(move |c| find(c, id)).await.unwrap().unwrap();
        assert_eq!((found.key.subject, found.state, found.key.recipient), (stage.subject, S::Sent, RecipientId(phone.0)));
        assert!(found.owner.is_some());
        let says = |what| stage.db.write(WritePriority::Alert, move |c| receipt(c, id, what, now));
        assert_eq!(says(Receipt::Delivered).await.unwrap().unwrap().state, S::Delivered);
        assert_eq!(says(Receipt::Delivered).await.unwrap(), None);
        assert_eq!(says(Receipt::Seen).await.unwrap().unwrap().state, S::Seen);
        assert_eq!(says(Receipt::Delivered).await.unwrap(), None);
        let fact = stage.fact().await;
        assert_eq!((fact.state, fact.delivered_at, fact.seen_at), (S::Seen, Some(now), Some(now)));
    }

    async fn a_receipt_that_overtakes_the_answer_stands(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let (places, owed) = stage.owes_leased(stage.delivery.outbox(), stage.push(phone, "tok-1")).await;
        let (id, now) = (owed[0].id, stage.clock.now());
        stage.db.write(WritePriority::Alert, move |c| receipt(c, id, Receipt::Delivered, now)).await.unwrap().unwrap();
        stage.fcm.answers("tok-1", [Answer::Internal]);
        places.hand_over(owed);
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        stage.fast_forward(60).await;
        stage.fcm.expects_nothing_for("tok-1");
        assert_eq!(stage.fact().await.state, S::Delivered);
    }

    async fn a_carrier_s_no_that_overtakes_the_answer_stands(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let (places, owed) = stage.owes_leased(stage.delivery.outbox(), stage.push(phone, "tok-1")).await;
        let no = NotificationEvent::Failed(FailReason::Undelivered);
        stage.delivery.hears_of(owed[0].id, no).await.unwrap();
        stage.fcm.answers("tok-1", [Answer::Internal]);
        places.hand_over(owed);
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        stage.fast_forward(60).await;
        stage.fcm.expects_nothing_for("tok-1");
        assert_eq!(stage.fact().await.state, S::Failed(FailReason::Undelivered));
    }

    async fn a_push_that_timed_out_and_arrived_is_not_sent_again(database) {
        let stage = Stage::waiting(&database, None, IMPATIENT).await;
        let phone = stage.a_phone("tok-1").await;
        stage.fcm.answers("tok-1", [Answer::Hang]);
        stage.owes(stage.push(phone, "tok-1")).await;
        stage.delivery.step().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        let (id, now) = (stage.fact().await.id, stage.clock.now());
        stage.db.write(WritePriority::Alert, move |c| receipt(c, id, Receipt::Seen, now)).await.unwrap().unwrap();
        stage.fast_forward(60).await;
        stage.fcm.expects_nothing_for("tok-1");
    }
}

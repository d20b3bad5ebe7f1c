//! Which messages are queued, when they are sent, and which recipients get none any more.

use std::time::Duration;

use ampara::db::WritePriority;
use ampara::delivery::NewNotification;
use ampara::delivery::model::{FailReason, NotificationState as S};
use ampara::delivery::withdraw;
use ampara::ids::RecipientId;

use super::stage::{Stage, with_repeat};
use crate::both_engines;
use crate::harness::fcm::Answer;

both_engines! {
    async fn the_same_step_is_owed_once(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        assert_eq!(stage.owes_free(stage.push(phone, "tok-1")).await.len(), 1);
        assert!(stage.owes_free(stage.push(phone, "tok-1")).await.is_empty());
        assert_eq!(stage.owes_free(with_repeat(stage.push(phone, "tok-1"), 1)).await.len(), 1);
        assert_eq!(stage.delivery.drain_due().await.unwrap(), 2);
        assert_eq!(stage.fcm.take_all().len(), 2);
    }

    async fn a_row_born_leased_is_sent_without_being_looked_for(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let (places, owed) = stage.owes_leased(stage.delivery.outbox(), stage.push(phone, "tok-1")).await;
        assert_eq!((owed.len(), stage.fact().await.state), (1, S::Sending));
        places.hand_over(owed);
        assert_eq!(stage.delivery.outbox().waiting(), 1);
        assert_eq!(stage.delivery.drain_due().await.unwrap(), 1);
        stage.fcm.expects_push("tok-1").await;
        assert_eq!((stage.fact().await.state, stage.delivery.outbox().waiting()), (S::Sent, 0));
    }

    async fn what_is_due_later_waits_and_what_is_late_never_leaves(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let due_at = stage.clock.now().plus(Duration::from_secs(30));
        stage.owes(NewNotification { due_at, ..stage.push(phone, "tok-1") }).await;
        stage.fast_forward(29).await;
        stage.fcm.expects_nothing_for("tok-1");
        stage.fast_forward(1).await;
        stage.fcm.expects_push("tok-1").await;

        stage.owes(with_repeat(stage.push(phone, "tok-1"), 1)).await;
        stage.clock.advance(Duration::from_secs(900));
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_nothing_for("tok-1");
        assert_eq!(stage.facts().await[1].state, S::Expired);
        assert_eq!(stage.memory.told.lock().unwrap()[0].state, S::Expired, "whoever owed it hears of it");
    }

    async fn a_retry_that_would_come_late_ends_at_the_deadline(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let deadline = stage.clock.now().plus(Duration::from_secs(20));
        stage.fcm.answers("tok-1", [Answer::Quota(Some(300))]);
        stage.owes(NewNotification { deadline, ..stage.push(phone, "tok-1") }).await;
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        stage.fast_forward(20).await;
        assert_eq!(stage.fact().await.state, S::Expired);
        assert_eq!(stage.fact().await.reason, None);
    }

    async fn what_was_called_back_does_not_leave(database) {
        let stage = Stage::set(&database).await;
        let (kept, removed) = (stage.a_phone("tok-kept").await, stage.a_phone("tok-removed").await);
        stage.fcm.answers("tok-removed", [Answer::Unavailable(None)]);
        stage.owes(stage.push(removed, "tok-removed")).await;
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-removed").await;
        stage.owes(stage.push(kept, "tok-kept")).await;
        let (subject, now) = (stage.subject, stage.clock.now());
        let gone = [RecipientId(removed.0)];
        let ended = stage.db.write(WritePriority::Alert, move |c| {
            withdraw(c, subject, Some(&gone), FailReason::ContactRemoved, now)
        });
        assert_eq!(ended.await.unwrap(), 1);
        stage.fast_forward(120).await;
        stage.fcm.expects_nothing_for("tok-removed");
        stage.fcm.expects_push("tok-kept").await;
        let states: Vec<S> = stage.facts().await.iter().map(|f| f.state).collect();
        assert_eq!(states, [S::Failed(FailReason::ContactRemoved), S::Sent]);
        let again = stage.db.write(WritePriority::Alert, move |c| withdraw(c, subject, None, FailReason::AlertClosed, now));
        assert_eq!(again.await.unwrap(), 0, "what is sent is not called back");
    }

    async fn what_waits_in_memory_is_called_back_too(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let (places, owed) = stage.owes_leased(stage.delivery.outbox(), stage.push(phone, "tok-1")).await;
        places.hand_over(owed);
        let (subject, now) = (stage.subject, stage.clock.now());
        stage.db.write(WritePriority::Alert, move |c| withdraw(c, subject, None, FailReason::AlertClosed, now)).await.unwrap();
        stage.fast_forward(2).await;
        stage.fcm.expects_nothing_for("tok-1");
        assert_eq!(stage.fact().await.state, S::Expired);
    }
}

//! A provider that is down is left alone but for a probe a second.

use ampara::delivery::model::{FailReason, NotificationState as S};

use super::stage::{Stage, with_repeat};
use crate::both_engines;
use crate::harness::fcm::Answer;

both_engines! {
    async fn a_provider_that_is_down_is_asked_once_a_second_until_it_answers(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.fcm.answers_all(Answer::Unavailable(None));
        for repeat in 0..5 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        stage.delivery.step().await.unwrap();
        assert_eq!(stage.fcm.take_all().len(), 5);
        assert_eq!(stage.delivery.breakers_open(), ["fcm/mx.example.mia"]);
        for repeat in 5..25 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        stage.delivery.step().await.unwrap();
        assert_eq!(stage.fcm.take_all().len(), 0);
        let held = stage.facts().await.pop().unwrap();
        assert_eq!((held.state, held.reason, held.attempts), (S::Queued, Some(FailReason::Unavailable), 0));
        assert!(held.failing_since.is_some(), "whoever owed it can go another way");
        stage.fast_forward(5).await;
        assert_eq!(stage.fcm.take_all().len(), 1, "one probe");
        stage.fcm.answers_all(Answer::Ok);
        for _ in 0..8 {
            stage.fast_forward(4).await;
        }
        assert_eq!(stage.fcm.take_all().len(), 25);
        assert!(stage.facts().await.iter().all(|f| f.state == S::Sent));
        assert!(stage.delivery.breakers_open().is_empty());
    }
}

//! The loops of a serving process, on the machine's clock.

use std::time::{Duration, Instant};

use ampara::delivery::NewNotification;
use ampara::delivery::model::NotificationState as S;
use tokio::sync::watch;

use super::stage::Stage;
use crate::both_engines;
use crate::harness::fcm::Answer;

both_engines! {
    async fn a_process_that_starts_sends_what_a_dead_one_owed_without_waiting_for_its_lease(database) {
        let stage = Stage::live(&database);
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        let (stop, stopped) = watch::channel(false);
        let started = Instant::now();
        let running = actix_web::rt::spawn({ let d = stage.delivery.clone(); async move { d.run(stopped).await } });
        stage.fcm.expects_push("tok-1").await;
        // A lease that is waited for runs half a minute.
        assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());

        // And by hand-over, without being looked for.
        let second = NewNotification { repeat: 1, ..stage.push(phone, "tok-1") };
        let (places, owed) = stage.owes_leased(stage.delivery.outbox(), second).await;
        places.hand_over(owed);
        stage.fcm.expects_push("tok-1").await;

        // And a retry by itself.
        stage.fcm.answers("tok-1", [Answer::Unavailable(None)]);
        stage.owes(NewNotification { repeat: 2, ..stage.push(phone, "tok-1") }).await;
        let first = stage.fcm.expects_push("tok-1").await;
        assert_eq!(stage.fcm.expects_push("tok-1").await.notification(), first.notification());
        stop.send(true).unwrap();
        running.await.unwrap();
        assert!(stage.facts().await.iter().all(|f| f.state == S::Sent), "what was in flight is recorded at the stop");
    }

    async fn a_stop_gives_back_what_has_not_begun(database) {
        let stage = Stage::live(&database);
        let phone = stage.a_phone("tok-1").await;
        stage.delivery.step().await.unwrap();
        let (places, owed) = stage.owes_leased(stage.delivery.outbox(), stage.push(phone, "tok-1")).await;
        places.hand_over(owed);
        let (_stop, stopped) = watch::channel(true);
        stage.delivery.run(stopped).await;
        assert_eq!((stage.fact().await.state, stage.delivery.outbox().waiting()), (S::Queued, 0));
        stage.fcm.expects_nothing_for("tok-1");
    }
}

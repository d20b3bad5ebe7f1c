//! The loops of a serving process, on the machine's clock.

use std::time::Duration;

use ampara::delivery::NewNotification;
use ampara::delivery::model::NotificationState as S;
use tokio::sync::watch;

use super::stage::{OTHER_APP, OTHER_PROJECT, Stage, with_repeat};
use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::log::Log;

both_engines! {
    async fn a_process_that_starts_sends_what_a_dead_one_owed_without_waiting_for_its_lease(database) {
        let stage = Stage::live(&database);
        let phone = stage.a_phone("tok-1").await;
        stage.a_dead_process_owes(stage.push(phone, "tok-1")).await;
        let (stop, stopped) = watch::channel(false);
        let running = actix_web::rt::spawn({ let d = stage.delivery.clone(); async move { d.run(stopped).await } });
        stage.fcm.expects_push("tok-1").await;

        // And by hand-over, without being looked for.
        let second = with_repeat(stage.push(phone, "tok-1"), 1);
        let (places, owed) = stage.owes_leased(stage.delivery.outbox(), second).await;
        places.hand_over(owed);
        stage.fcm.expects_push("tok-1").await;

        // And a retry by itself.
        stage.fcm.answers("tok-1", [Answer::Unavailable(None)]);
        stage.owes(with_repeat(stage.push(phone, "tok-1"), 2)).await;
        let first = stage.fcm.expects_push("tok-1").await;
        assert_eq!(stage.fcm.expects_push("tok-1").await.notification(), first.notification());
        stop.send(true).unwrap();
        running.await.unwrap();
        assert!(stage.facts().await.iter().all(|f| f.state == S::Sent), "what was in flight is recorded at the stop");
    }

    async fn an_app_whose_token_endpoint_hangs_holds_up_no_other_app(database) {
        let stage = Stage::live_with_two_apps(&database);
        let (ours, others) = (stage.a_phone("tok-1").await, stage.a_phone("tok-2").await);
        stage.fcm.holds_tokens_of("mia-chihuahua");
        // More than there are sends in flight.
        let many = i64::try_from(stage.foundation.config.delivery.in_flight + 10).unwrap();
        let all = (0..many).map(|repeat| with_repeat(stage.push(ours, "tok-1"), repeat)).collect();
        stage.owes_all(all).await;
        let (stop, stopped) = watch::channel(false);
        let running = actix_web::rt::spawn({ let d = stage.delivery.clone(); async move { d.run(stopped).await } });
        while stage.fcm.token_requests() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let other = NewNotification { senders: vec![OTHER_APP.to_owned()], ..with_repeat(stage.push(others, "tok-2"), many) };
        stage.owes(other).await;
        assert_eq!(stage.fcm.expects_push("tok-2").await.project, OTHER_PROJECT);
        stage.fcm.expects_nothing_for("tok-1");
        assert_eq!(stage.fcm.token_requests(), 2, "one for each project");
        stage.fcm.lets_tokens_go("mia-chihuahua");
        for _ in 0..many {
            stage.fcm.expects_push("tok-1").await;
        }
        stop.send(true).unwrap();
        running.await.unwrap();
    }

    async fn a_loop_of_the_senders_that_panics_is_started_again_and_raises_an_alarm(database) {
        let stage = Stage::live(&database);
        let log = Log::that_panics_on("rows of a dead sender are free again");
        let phone = stage.a_phone("tok-1").await;
        stage.a_dead_process_owes(stage.push(phone, "tok-1")).await;
        let (stop, stopped) = watch::channel(false);
        let running = actix_web::rt::spawn({ let d = stage.delivery.clone(); async move { d.run(stopped).await } });
        stage.fcm.expects_push("tok-1").await;
        log.has_panicked().await;
        // By the same loop, begun anew.
        stage.a_dead_process_owes(with_repeat(stage.push(phone, "tok-1"), 1)).await;
        let freed = async {
            while stage.fcm.claim("tok-1").is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), freed).await.unwrap();
        assert_eq!(log.alarms(), ["delivery signs of life: a loop panicked"]);
        stop.send(true).unwrap();
        running.await.unwrap();
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

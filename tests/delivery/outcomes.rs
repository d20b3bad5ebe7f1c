//! What each answer of FCM leads to.

use std::sync::Arc;

use ampara::db::DbError;
use ampara::db::schema::notifications;
use ampara::delivery::addresses::live_for;
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::model::{Channel, FailReason, NotificationState as S};
use ampara::ids::{DeviceId, PersonId};

use ampara::on;
use diesel::prelude::*;

use super::stage::{IMPATIENT, Stage, with_repeat, with_step};
use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::fcm::oauth::TokenAnswer;

both_engines! {
    async fn a_push_is_sent_once_and_says_nothing_it_should_not(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        assert_eq!(stage.delivery.drain_due().await.unwrap(), 1);
        let push = stage.fcm.expects_push("tok-1").await;
        let fact = stage.fact().await;
        assert_eq!((fact.state, fact.attempts), (S::Sent, 1));
        assert_eq!(push.data["notification"], fact.id.to_string());
        assert_eq!((push.data["kind"].as_str(), push.data["words"].as_str()), ("alarm", "Tu vecina"));
        assert!(stage.memory.told.lock().unwrap().is_empty(), "what went well asks for nothing");
        assert_eq!(stage.memory.published.lock().unwrap().len(), 1);
        let kept = stage.db.read(|c| {
            Ok::<Option<Vec<u8>>, DbError>(on!(c, |c| notifications::table.select(notifications::sealed).get_result(c))?)
        });
        assert_eq!(kept.await.unwrap(), None, "where it went and what it said is wiped");
    }

    async fn a_dead_token_is_retired_and_the_next_channel_is_owed_in_the_same_transaction(database) {
        let stage = Stage::set(&database).await;
        let (person, device) = (PersonId::new(), DeviceId::new());
        let phone = stage.registers(person, device, "tok-dead").await;
        let next = with_step(stage.push(stage.a_phone("tok-2").await, "tok-2"), 1);
        *stage.memory.next.lock().unwrap() = Some((Arc::clone(&stage.keys), next));
        stage.fcm.answers("tok-dead", [Answer::Unregistered]);
        stage.owes(stage.push(phone, "tok-dead")).await;
        assert_eq!(stage.delivery.step().await.unwrap(), 1);
        stage.fcm.expects_push("tok-dead").await;
        let facts = stage.facts().await;
        assert_eq!(facts.iter().map(|f| f.state).collect::<Vec<_>>(), [S::Failed(FailReason::Unregistered), S::Queued]);
        assert!(stage.db.read(move |c| live_for(c, &[person.into()])).await.unwrap().is_empty());
        assert_eq!(stage.delivery.drain_due().await.unwrap(), 1);
        stage.fcm.expects_push("tok-2").await;
        // Registering again revives it.
        assert_eq!(stage.registers(person, device, "tok-dead").await, phone);
        assert_eq!(stage.db.read(move |c| live_for(c, &[person.into()])).await.unwrap().len(), 1);
    }

    async fn a_token_endpoint_that_fails_is_asked_again_and_one_that_refuses_the_account_is_not(database) {
        let stage = Stage::waiting(&database, None, IMPATIENT).await;
        let phone = stage.a_phone("tok-1").await;
        let answers = [TokenAnswer::Unavailable, TokenAnswer::Garbage, TokenAnswer::Hang, TokenAnswer::InvalidGrant];
        stage.fcm.token_endpoint_answers(answers);
        stage.owes(stage.push(phone, "tok-1")).await;
        // The waits between tries double, and swing by a fifth.
        for (wait, reason) in [(0, FailReason::Unavailable), (2, FailReason::Internal), (3, FailReason::TimedOut)] {
            stage.fast_forward(wait).await;
            let fact = stage.fact().await;
            assert_eq!((fact.state, fact.reason), (S::Queued, Some(reason)));
        }
        stage.fast_forward(6).await;
        assert_eq!(stage.fact().await.state, S::Failed(FailReason::NotAuthorised));
        stage.fast_forward(600).await;
        assert_eq!((stage.fcm.token_requests(), stage.fcm.total()), (4, 0), "nothing is sent without a token");
    }

    async fn answers_that_are_final_are_never_asked_again(database) {
        let stage = Stage::set(&database).await;
        let cases = [
            ("tok-a", Answer::InvalidToken, FailReason::BadAddress, false),
            ("tok-b", Answer::BadRequest("message.data[0].value"), FailReason::BadRequest, true),
            ("tok-c", Answer::SenderIdMismatch, FailReason::SenderMismatch, false),
            ("tok-d", Answer::ThirdPartyAuth, FailReason::NotAuthorised, true),
            ("tok-e", Answer::BareNotFound, FailReason::BadRequest, true),
        ];
        for (token, answer, reason, stays) in cases {
            let person = PersonId::new();
            let phone = stage.registers(person, DeviceId::new(), token).await;
            stage.fcm.answers(token, [answer]);
            stage.owes(stage.push(phone, token)).await;
            stage.delivery.drain_due().await.unwrap();
            stage.fcm.expects_push(token).await;
            let facts = stage.facts().await;
            assert_eq!(facts.last().unwrap().state, S::Failed(reason), "{token}");
            let live = stage.db.read(move |c| live_for(c, &[person.into()])).await.unwrap();
            assert_eq!(!live.is_empty(), stays, "{token}");
        }
        stage.fast_forward(600).await;
        assert_eq!(stage.fcm.total(), 5);
    }

    async fn a_quota_waits_as_long_as_it_was_asked_to(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.fcm.answers("tok-1", [Answer::Quota(Some(30))]);
        stage.owes(stage.push(phone, "tok-1")).await;
        stage.delivery.drain_due().await.unwrap();
        let first = stage.fcm.expects_push("tok-1").await;
        let fact = stage.fact().await;
        assert_eq!((fact.state, fact.reason), (S::Queued, Some(FailReason::Quota)));
        assert_eq!(fact.failing_since, Some(stage.clock.now()));
        let told = stage.memory.told.lock().unwrap().clone();
        assert_eq!((told.len(), told[0].channel, told[0].state), (1, Channel::Fcm, S::Queued));
        stage.fast_forward(29).await;
        stage.fcm.expects_nothing_for("tok-1");
        stage.fast_forward(8).await;
        assert_eq!(stage.fcm.expects_push("tok-1").await.notification(), first.notification());
        assert_eq!((stage.fact().await.state, stage.fact().await.attempts), (S::Sent, 2));
    }

    async fn what_may_have_arrived_goes_again_under_the_same_id(database) {
        let stage = Stage::waiting(&database, None, IMPATIENT).await;
        let cases = [
            (Answer::Unavailable(None), FailReason::Unavailable),
            (Answer::Internal, FailReason::Internal),
            (Answer::Hang, FailReason::TimedOut),
            (Answer::ResetMidBody, FailReason::TimedOut),
            (Answer::Garbage, FailReason::Internal),
        ];
        let phone = stage.a_phone("tok-1").await;
        for (repeat, (answer, reason)) in cases.into_iter().enumerate() {
            stage.fcm.answers("tok-1", [answer]);
            let repeat = i64::try_from(repeat).unwrap();
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
            stage.delivery.step().await.unwrap();
            let first = stage.fcm.expects_push("tok-1").await;
            let fact = stage.facts().await.pop().unwrap();
            assert_eq!((fact.state, fact.reason), (S::Queued, Some(reason)));
            stage.fast_forward(2).await;
            assert_eq!(stage.fcm.expects_push("tok-1").await.notification(), first.notification());
            assert_eq!(stage.facts().await.pop().unwrap().state, S::Sent);
        }
    }

    async fn a_follow_up_that_always_fails_is_set_aside_and_holds_nobody_up(database) {
        let stage = Stage::set(&database).await;
        stage.memory.fails.store(true, std::sync::atomic::Ordering::SeqCst);
        let (dead, good) = (stage.a_phone("tok-dead").await, stage.a_phone("tok-good").await);
        stage.fcm.answers("tok-dead", [Answer::Unregistered]);
        stage.owes(stage.push(dead, "tok-dead")).await;
        stage.owes(stage.push(good, "tok-good")).await;
        stage.delivery.step().await.unwrap();
        assert_eq!(stage.fcm.take_all().len(), 2);
        let states: Vec<S> = stage.facts().await.iter().map(|f| f.state).collect();
        assert_eq!(states, [S::Failed(FailReason::DeadLetter), S::Sent]);
        stage.fast_forward(60).await;
        assert_eq!(stage.fcm.total(), 2);
    }

    async fn a_message_on_which_the_code_fails_is_set_aside_at_the_third_time_and_holds_nobody_up(database) {
        let stage = Stage::set(&database).await;
        let (bad, good) = (stage.a_phone("tok-bad").await, stage.a_phone("tok-good").await);
        let node = stage.printing(Arc::new(|shown: Shown| assert_ne!(shown.to, "tok-bad", "the code fails"))).await;
        stage.owes(stage.push(bad, "tok-bad")).await;
        stage.owes(stage.push(good, "tok-good")).await;
        let states = async || stage.facts().await.iter().map(|f| f.state).collect::<Vec<S>>();
        for wait in [0, 2] {
            stage.clock.advance(std::time::Duration::from_secs(wait));
            node.drain_due().await.unwrap();
            assert_eq!(states().await, [S::Queued, S::Sent]);
        }
        stage.clock.advance(std::time::Duration::from_secs(3));
        node.drain_due().await.unwrap();
        assert_eq!(states().await, [S::Failed(FailReason::DeadLetter), S::Sent]);
        let told = stage.memory.told.lock().unwrap().clone();
        assert_eq!(told.len(), 3, "the owner hears of each, and goes on over another channel: {told:?}");
    }

    async fn a_row_that_does_not_open_fails_as_what_it_is(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        let junk = |c: &mut ampara::db::Conn| {
            let sealed = notifications::sealed.eq(Some(vec![1_u8, 2, 3]));
            Ok::<_, DbError>(on!(c, |c| diesel::update(notifications::table).set(sealed).execute(c))?)
        };
        stage.db.write(ampara::db::WritePriority::Alert, junk).await.unwrap();
        stage.delivery.drain_due().await.unwrap();
        let fact = stage.fact().await;
        assert_eq!((fact.state, fact.channel, fact.attempts), (S::Failed(FailReason::Unreadable), Channel::Fcm, 0));
        assert_eq!(stage.memory.told.lock().unwrap()[0].channel, Channel::Fcm);
    }

    async fn a_refused_access_token_is_renewed_once(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        stage.fcm.revokes_tokens();
        stage.owes(with_repeat(stage.push(phone, "tok-1"), 1)).await;
        stage.delivery.drain_due().await.unwrap();
        assert_eq!(stage.facts().await.pop().unwrap().state, S::Sent);
        assert_eq!(stage.fcm.token_requests(), 2);
        for push in stage.fcm.take_all() {
            assert_eq!(push.target, "tok-1");
        }
    }

    async fn a_hundred_senders_ask_for_one_access_token(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        for repeat in 0..100 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        assert_eq!(stage.delivery.drain_due().await.unwrap(), 100);
        assert_eq!((stage.fcm.take_all().len(), stage.fcm.token_requests()), (100, 1));
        // An hour later the token is renewed before it runs out.
        stage.fast_forward(3_400).await;
        stage.owes(with_repeat(stage.push(phone, "tok-1"), 100)).await;
        stage.delivery.drain_due().await.unwrap();
        assert_eq!((stage.fcm.take_all().len(), stage.fcm.token_requests()), (1, 2));
    }
}

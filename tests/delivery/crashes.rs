//! A process that dies loses no message: its rows are sent by a node that lives, and what it still learns
//! is refused.

use ampara::db::schema::{attempts, nodes};
use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::addresses::live_for;
use ampara::delivery::model::{FailReason, NotificationState as S};
use ampara::delivery::receipts::{self, Receipt};
use ampara::delivery::{Outbox, withdraw};
use ampara::ids::{DeviceId, PersonId};
use ampara::on;
use diesel::prelude::*;

use super::stage::{Stage, with_repeat};
use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::log::Log;

/// Changes rows behind the server's back.
async fn corrupts(stage: &Stage, sql: &'static str) {
    let write = move |conn: &mut Conn| -> Result<usize, DbError> {
        Ok(on!(conn, |c| diesel::sql_query(sql).execute(c))?)
    };
    let changed = stage.db.write(WritePriority::Background, write).await;
    assert_eq!(changed.unwrap(), 1);
}

both_engines! {
    async fn a_message_whose_recipient_is_no_id_costs_itself_alone(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        for repeat in 0..2 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        corrupts(&stage, "update notifications set recipient = 'x' where rep = 0").await;
        assert_eq!(stage.fact().await.key.repeat, 1, "the other is read");
        stage.delivery.drain_due().await.unwrap();
        assert_eq!(stage.fcm.take_all().len(), 1);
        assert_eq!((stage.fact().await.key.repeat, stage.fact().await.state), (1, S::Sent));
        // It is over, and leased no second time.
        corrupts(&stage, "delete from notifications where rep = 0 and state = 'failed' and reason = 'unreadable' and sealed is null and lease_boot is null").await;
    }

    async fn a_token_whose_earlier_owner_is_no_id_is_registered_anew(database) {
        let stage = Stage::set(&database).await;
        let (hers, his) = (PersonId::new(), PersonId::new());
        for (who, token) in [(hers, "tok-1"), (his, "tok-2")] {
            stage.registers(who, DeviceId::new(), token).await;
        }
        corrupts(&stage, "update addresses set owner = 'x' where id = (select id from addresses order by id desc limit 1)").await;
        stage.registers(his, DeviceId::new(), "tok-2").await;
        let owners = [hers.into(), his.into()];
        let live = stage.db.read(move |conn| live_for(conn, &owners)).await.unwrap();
        assert_eq!(live.len(), 2);
    }

    async fn a_state_that_this_release_does_not_know_reads_as_a_failure_for_good(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        for (sql, state) in [
            ("update notifications set state = 'whispered'", S::Failed(FailReason::Unreadable)),
            ("update notifications set state = 'failed', reason = 'whim'", S::Failed(FailReason::Unreadable)),
            ("update notifications set state = 'failed', reason = null", S::Failed(FailReason::Unreadable)),
            ("update notifications set state = 'sent', reason = 'whim'", S::Sent),
        ] {
            corrupts(&stage, sql).await;
            assert_eq!(stage.fact().await.state, state, "{sql}");
        }
        assert!(FailReason::Unreadable.hard(), "the next channel follows at once");
    }

    async fn rows_of_a_dead_process_are_sent_by_a_living_one(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let dead = stage.another_node();
        dead.step().await.unwrap();
        let (places, owed) = stage.owes_leased(dead.outbox(), stage.push(phone, "tok-1")).await;
        drop((places, owed, dead));
        if !database.is_sqlite() {
            // Others believe for 6 s that it lives.
            stage.fast_forward(5).await;
            stage.fcm.expects_nothing_for("tok-1");
            stage.fast_forward(2).await;
        }
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        assert_eq!(stage.fact().await.state, S::Sent);
    }

    async fn an_outcome_that_comes_after_the_takeover_is_refused(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let slow = stage.another_node();
        slow.step().await.unwrap();
        let (places, owed) = stage.owes_leased(slow.outbox(), stage.push(phone, "tok-1")).await;
        stage.clock.advance(std::time::Duration::from_secs(7));
        stage.delivery.drain_due().await.unwrap();
        let first = stage.fcm.expects_push("tok-1").await;
        let fact = stage.fact().await;
        // The slow one wakes up and is asked to renew before it sends: its fence is gone.
        places.hand_over(owed);
        assert_eq!(slow.step().await.unwrap(), 0);
        stage.fcm.expects_nothing_for("tok-1");
        assert_eq!(stage.fact().await, fact);
        assert_eq!((fact.state, fact.attempts, first.notification()), (S::Sent, 1, fact.id.to_string().as_str()));
    }

    async fn what_a_process_drops_because_others_think_it_dead_waits_for_no_lease_to_end(database) {
        if database.is_sqlite() {
            return; // One process a file: nobody thinks it dead.
        }
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let frozen = stage.another_node();
        frozen.step().await.unwrap();
        let (places, owed) = stage.owes_leased(frozen.outbox(), stage.push(phone, "tok-1")).await;
        places.hand_over(owed);
        let held = frozen.waiting().await;
        stage.clock.advance(std::time::Duration::from_secs(7));
        for one in held {
            assert!(frozen.send(one).await.is_none(), "it may be somebody else's by now");
        }
        stage.fcm.expects_nothing_for("tok-1");
        // No other node looked meanwhile, and it lives again: its lease would last for 23 s.
        frozen.says_it_lives().await.unwrap();
        assert_eq!(frozen.step().await.unwrap(), 1);
        stage.fcm.expects_push("tok-1").await;
        assert_eq!(stage.fact().await.state, S::Sent);
    }

    async fn a_panic_over_one_outcome_sets_only_that_one_aside(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.fcm.answers_all(Answer::Internal);
        *stage.memory.panics_on.lock().unwrap() = Some(1);
        for repeat in 0..3 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        let log = Log::heard();
        assert_eq!(stage.delivery.step().await.unwrap(), 3);
        assert_eq!(stage.fcm.take_all().len(), 3);
        let mut facts = stage.facts().await;
        facts.sort_by_key(|f| f.key.repeat);
        let states: Vec<S> = facts.iter().map(|f| f.state).collect();
        assert_eq!(states, [S::Queued, S::Failed(FailReason::DeadLetter), S::Queued]);
        assert_eq!(log.alarms(), ["an outcome cannot be recorded"]);
    }

    async fn a_panic_before_any_of_a_group_is_recorded_sets_only_the_bad_one_aside(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.fcm.answers_all(Answer::Internal);
        *stage.memory.panics_on.lock().unwrap() = Some(1);
        for repeat in 0..3 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        let log = Log::that_panics_on("outcomes refused as a group: one by one");
        assert_eq!(stage.delivery.step().await.unwrap(), 3);
        assert_eq!(stage.fcm.take_all().len(), 3);
        let mut facts = stage.facts().await;
        facts.sort_by_key(|f| f.key.repeat);
        let states: Vec<S> = facts.iter().map(|f| f.state).collect();
        assert_eq!(states, [S::Queued, S::Failed(FailReason::DeadLetter), S::Queued]);
        assert_eq!(log.alarms(), ["the code failed on a group of outcomes: one by one", "an outcome cannot be recorded"]);
    }

    async fn a_panic_on_publishing_one_outcome_keeps_no_other_from_being_published(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        *stage.memory.panics_on_publishing.lock().unwrap() = Some(1);
        for repeat in 0..3 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        let log = Log::heard();
        assert_eq!(stage.delivery.step().await.unwrap(), 3);
        assert_eq!(stage.fcm.take_all().len(), 3);
        assert!(stage.facts().await.iter().all(|f| f.state == S::Sent));
        let mut published: Vec<i64> = stage.memory.published.lock().unwrap().iter().map(|s| s.key.repeat).collect();
        published.sort_unstable();
        assert_eq!(published, [0, 2]);
        assert_eq!(log.alarms(), ["the code failed on publishing outcomes"]);
    }

    async fn a_panic_after_a_groups_commit_loses_no_outcome(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        for repeat in 0..3 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        let log = Log::that_panics_on("a message");
        assert_eq!(stage.delivery.step().await.unwrap(), 3);
        assert_eq!(stage.fcm.take_all().len(), 3);
        assert!(stage.facts().await.iter().all(|f| f.state == S::Sent));
        assert_eq!(stage.memory.published.lock().unwrap().len(), 3);
        assert_eq!(log.alarms(), ["the code failed on a group of outcomes: one by one"]);
        assert_eq!(stage.delivery.step().await.unwrap(), 0, "no row waits for its lease to end");
    }

    async fn what_is_called_back_is_over_for_a_node_whose_clock_is_behind(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        stage.delivery.look().await.unwrap();
        let held = stage.delivery.waiting().await;
        let (subject, ahead) = (stage.subject, stage.clock.now().plus(std::time::Duration::from_secs(30)));
        let close = move |c: &mut Conn| withdraw(c, subject, None, FailReason::AlertClosed, ahead);
        stage.db.write(WritePriority::Alert, close).await.unwrap();
        stage.clock.advance(std::time::Duration::from_secs(2));
        for one in held {
            let ended = stage.delivery.send(one).await.unwrap();
            stage.delivery.write_down(vec![ended]).await;
        }
        stage.fcm.expects_nothing_for("tok-1");
        assert_eq!(stage.fact().await.state, S::Expired);
    }

    async fn what_a_phone_has_confirmed_is_not_given_back(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let dead = stage.another_node();
        dead.step().await.unwrap();
        let (places, owed) = stage.owes_leased(dead.outbox(), stage.push(phone, "tok-1")).await;
        drop((places, owed));
        stage.clock.advance(std::time::Duration::from_secs(31));
        stage.delivery.look().await.unwrap();
        let held = stage.delivery.waiting().await;
        // The dead one had sent it.
        let (id, now) = (stage.fact().await.id, stage.clock.now());
        let said = move |c: &mut Conn| receipts::receipt(c, id, Receipt::Delivered, now).map(|_| ());
        stage.db.write(WritePriority::Alert, said).await.unwrap();
        stage.clock.advance(std::time::Duration::from_secs(60));
        for one in held {
            stage.delivery.send(one).await;
        }
        stage.delivery.look().await.unwrap();
        assert_eq!(stage.fact().await.state, S::Delivered);
        stage.fcm.take_all();
    }

    async fn a_second_outcome_of_the_same_row_is_refused(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let cut_off = stage.another_node();
        cut_off.step().await.unwrap();
        let (places, owed) = stage.owes_leased(cut_off.outbox(), stage.push(phone, "tok-1")).await;
        // Others believe it dead while it believes itself alive: both send, one counts.
        stage.db.write(WritePriority::Alert, |c| Ok::<_, DbError>(on!(c, |c| diesel::delete(nodes::table).execute(c))?)).await.unwrap();
        stage.delivery.drain_due().await.unwrap();
        let first = stage.fcm.expects_push("tok-1").await;
        let fact = stage.fact().await;
        stage.fcm.answers("tok-1", [Answer::Unregistered]);
        places.hand_over(owed);
        assert_eq!(cut_off.step().await.unwrap(), 1);
        assert_eq!(stage.fcm.expects_push("tok-1").await.notification(), first.notification());
        assert_eq!(stage.fact().await, fact, "what came second changes nothing");
        assert!(stage.memory.told.lock().unwrap().is_empty());
        let attempts = stage.db.read(|c| Ok::<i64, DbError>(on!(c, |c| attempts::table.count().get_result(c))?));
        assert_eq!(attempts.await.unwrap(), 1);
    }

    async fn a_lease_that_ran_out_is_free_again_even_if_its_owner_lives(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let lost = stage.owes_leased(stage.delivery.outbox(), stage.push(phone, "tok-1")).await;
        drop(lost);
        for _ in 0..5 {
            stage.fast_forward(5).await;
            stage.fcm.expects_nothing_for("tok-1");
        }
        stage.fast_forward(5).await;
        stage.fcm.expects_push("tok-1").await;
        assert_eq!(stage.delivery.outbox().waiting(), 0, "its place was given back");
    }

    async fn two_living_nodes_send_each_row_once(database) {
        if database.is_sqlite() {
            return; // One process a file.
        }
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        for repeat in 0..60 {
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat)).await;
        }
        let other = stage.another_node();
        let (a, b) = futures_util::future::join(stage.delivery.drain_due(), other.drain_due()).await;
        assert_eq!(a.unwrap() + b.unwrap(), 60);
        assert_eq!(stage.fcm.take_all().len(), 60);
    }

    async fn a_process_that_has_not_said_that_it_lives_leases_nothing(_database) {
        assert!(Outbox::new(&ampara::config::Config::load(None, std::iter::empty()).unwrap().delivery).reserve(1).is_none());
    }
}

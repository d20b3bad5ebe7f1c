//! Nodes whose clocks are off, and messages, leases and nodes whose moments cannot be.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ampara::clock::{At, Clock};
use ampara::db::schema::{nodes, notifications};
use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::model::NotificationState as S;
use ampara::delivery::{Channels, Delivery, NoOutcomeHook, Outbox};
use ampara::foundation::Foundation;
use ampara::ids::NotificationId;
use ampara::on;
use diesel::prelude::*;

use super::stage::{Stage, with_repeat};
use crate::both_engines;
use crate::harness::log::Log;

/// A node on a machine whose clock says something else, its clock, and what it has sent.
struct Node {
    delivery: Delivery,
    clock: Clock,
    sent: Arc<Mutex<Vec<NotificationId>>>,
}

impl Node {
    fn whose_clock_says(at: At, stage: &Stage) -> Self {
        let clock = Clock::manual(at);
        let foundation = Foundation {
            clock: clock.clone(),
            ..stage.foundation.clone()
        };
        let sent = Arc::<Mutex<Vec<NotificationId>>>::default();
        let printer = Arc::clone(&sent);
        let outbox = Outbox::new(&foundation.config.delivery);
        let channels = Channels::demo(Arc::new(move |shown: Shown| {
            printer.lock().unwrap().push(shown.notification);
        }));
        let delivery = Delivery::new(foundation, outbox, channels, Arc::new(NoOutcomeHook));
        Self {
            delivery,
            clock,
            sent,
        }
    }

    async fn sends(&self) -> usize {
        self.delivery.step().await.unwrap();
        self.sent.lock().unwrap().len()
    }
}

both_engines! {
    async fn a_node_whose_clock_is_off_takes_nobody_for_dead(database) {
        if database.is_sqlite() {
            return; // One process a file has no other clock to compare with.
        }
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let held = stage.owes_leased(stage.delivery.outbox(), stage.push(phone, "tok-1")).await;
        stage.delivery.says_it_lives().await.unwrap();
        let now = stage.clock.now();
        let off = Node::whose_clock_says(now.plus(Duration::from_secs(31)), &stage);
        off.delivery.compare_clocks_with(now);
        assert_eq!(off.sends().await, 0);
        off.clock.advance_to(now);
        stage.clock.advance(Duration::from_secs(31));
        off.clock.advance(Duration::from_secs(31));
        off.delivery.compare_clocks_with(off.clock.now());
        assert_eq!(off.sends().await, 1, "by a good clock that lease is over");
        drop(held);
    }

    async fn a_node_whose_clock_is_off_sends_unless_another_does_whose_clock_is_not(database) {
        if database.is_sqlite() {
            return;
        }
        let stage = Stage::set(&database).await;
        let (phone, log, now) = (stage.a_phone("tok-1").await, Log::heard(), stage.clock.now());
        let (far, minute) = (Duration::from_secs(600), Duration::from_secs(60));
        // The node of the stage says nothing any more.
        stage.clock.advance(minute);
        let off = Node::whose_clock_says(now.plus(far), &stage);
        off.delivery.compare_clocks_with(now.plus(minute));
        stage.owes(stage.push(phone, "tok-1")).await;
        assert_eq!(off.sends().await, 1, "alone it sends");
        assert!(log.alarms().iter().any(|alarm| alarm.contains("clock is too far from the database's")));
        assert_eq!((off.delivery.clock_off(), off.delivery.sender_paused()), (Some(far - minute), false));
        // Two, and the clocks of both are off. Each takes the other for dead: a message may go twice,
        // under one id.
        let too = Node::whose_clock_says(now.minus(far), &stage);
        too.delivery.compare_clocks_with(now.plus(minute));
        stage.owes(with_repeat(stage.push(phone, "tok-1"), 1)).await;
        too.delivery.look().await.unwrap();
        assert!(off.sends().await + too.sends().await > 1, "none stops");
        assert!(!too.delivery.sender_paused() && !off.delivery.sender_paused());
        // A third whose clock is right: the two leave it to that one.
        stage.delivery.says_it_lives().await.unwrap();
        let (sent, third) = (off.sends().await + too.sends().await, with_repeat(stage.push(phone, "tok-1"), 2));
        stage.owes(third).await;
        assert_eq!(off.sends().await + too.sends().await, sent);
        assert!(too.delivery.sender_paused() && off.delivery.sender_paused());
        assert_eq!(stage.delivery.step().await.unwrap(), 1);
        stage.fcm.expects_push("tok-1").await;
        // It dies: they go on.
        stage.clock.advance(minute);
        off.clock.advance(minute);
        off.delivery.compare_clocks_with(stage.clock.now());
        stage.owes(with_repeat(stage.push(phone, "tok-1"), 3)).await;
        off.delivery.look().await.unwrap();
        assert!(off.sends().await + too.sends().await > sent);
    }

    async fn a_message_that_was_queued_by_a_clock_that_was_ahead_leaves_now(database) {
        let hours = [1, 24, 24 * 365 * 10].map(|hours| Duration::from_secs(hours * 3_600));
        for (repeat, ahead) in hours.into_iter().enumerate() {
            let stage = Stage::set(&database).await;
            let phone = stage.a_phone("tok-1").await;
            let now = stage.clock.now();
            stage.clock.advance_to(now.plus(ahead));
            stage.owes(with_repeat(stage.push(phone, "tok-1"), repeat.try_into().unwrap())).await;
            stage.clock.advance_to(now);
            stage.delivery.drain_due().await.unwrap();
            stage.fcm.expects_push("tok-1").await;
            let fact = stage.fact().await;
            assert_eq!((fact.state, fact.created_at), (S::Sent, now));
        }
    }

    async fn a_message_whose_retry_was_planned_by_a_clock_that_was_ahead_is_tried_again_now(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        stage.owes(stage.push(phone, "tok-1")).await;
        let now = stage.clock.now();
        let ahead = now.plus(Duration::from_secs(3_600));
        let put_off = move |c: &mut Conn| {
            let due = (notifications::due_at.eq(ahead), notifications::lease_until.eq(None::<ampara::clock::At>));
            Ok::<_, DbError>(on!(c, |c| diesel::update(notifications::table).set(due).execute(c))?)
        };
        stage.db.write(WritePriority::Alert, put_off).await.unwrap();
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        assert_eq!(stage.fact().await.state, S::Sent);
    }

    async fn a_lease_that_ends_later_than_it_can_is_void(database) {
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let held = stage.owes_leased(stage.delivery.outbox(), stage.push(phone, "tok-1")).await;
        let ahead = stage.clock.now().plus(Duration::from_secs(3_600));
        let lease = move |c: &mut Conn| {
            let until = notifications::lease_until.eq(Some(ahead));
            Ok::<_, DbError>(on!(c, |c| diesel::update(notifications::table).set(until).execute(c))?)
        };
        stage.db.write(WritePriority::Alert, lease).await.unwrap();
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        drop(held);
    }

    async fn a_node_that_lives_for_longer_than_it_can_is_dead(database) {
        if database.is_sqlite() {
            return;
        }
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-1").await;
        let dead = stage.another_node();
        dead.step().await.unwrap();
        let held = stage.owes_leased(dead.outbox(), stage.push(phone, "tok-1")).await;
        let (boot, ahead) = (dead.outbox().boot(), stage.clock.now().plus(Duration::from_secs(3_600)));
        let lives = move |c: &mut Conn| {
            let row = nodes::table.filter(nodes::boot.eq(boot));
            Ok::<_, DbError>(on!(c, |c| diesel::update(row).set(nodes::alive_until.eq(ahead)).execute(c))?)
        };
        stage.db.write(WritePriority::Alert, lives).await.unwrap();
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        drop(held);
    }
}

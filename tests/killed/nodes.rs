//! Three nodes on one PostgreSQL: the one that holds the leases is frozen, or killed, under a
//! steady load of presses.
//!
//! In each blow one press is made whose messages its node has sent and waits to hear of: these must
//! go once more from another node, within ten seconds, and what the frozen node learns when it
//! wakes must count for nothing.

use std::time::{Duration, Instant};

use ampara::clock::At;
use ampara::db::DbError;
use ampara::db::schema::{attempts, notifications};
use ampara::on;
use diesel::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::phones::Phones;
use super::reckoning;
use super::stage::{CONTACTS, Stage};
use crate::harness::databases::tell;
use crate::harness::fcm::Answer;
use crate::harness::postgres::Cluster;
use crate::harness::seed::{CHOSEN, She};
use crate::harness::settings::TestSettings;
use crate::harness::tier;

const NODES: usize = 3;
/// So that no message of the plan's later steps falls due in a round, however long its freezes are.
const BLOWS_A_ROUND: usize = 3;
/// Every so many people the same contacts come again.
const GROUPS: usize = CONTACTS / CHOSEN;
const EVERY: Duration = Duration::from_millis(100);
/// Others have taken over what a node had begun: five seconds or six where the machine is idle, and
/// half of what a lease lasts on one that is not.
const TAKEN_OVER: Duration = Duration::from_secs(15);
/// FCM takes so long for the messages on which a node is struck: less than a send may take.
const SLOW: Duration = Duration::from_secs(4);
/// A restart, a takeover, and room.
const BETWEEN: Duration = Duration::from_secs(20);

/// What befalls a node.
#[derive(Clone, Copy)]
enum Blow {
    Freeze(Duration),
    Kill,
}

/// A press whose messages were on their way when its node was struck.
struct Struck {
    alert: String,
    at: At,
}

/// Waits until there is one for this token; when it came.
async fn arrival(stage: &Stage, token: &str, struck: Instant) -> (String, Instant) {
    loop {
        if let Some(push) = stage.fcm.claim(token) {
            return (push.notification().to_owned(), push.at);
        }
        assert!(
            struck.elapsed() < TAKEN_OVER + BETWEEN,
            "nobody has taken over the push to {token}\n{}",
            stage.server.log()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn strike(stage: &mut Stage, n: usize, blow: Blow, victim: &She) -> Struck {
    for token in &victim.chosen {
        stage.fcm.answers(token, [Answer::Slow(SLOW)]);
    }
    let phone = stage.node(n).client().with_bearer(&victim.alert_token);
    let told = phone
        .put(&format!("/v1/alerts/{}", Uuid::new_v4()), &json!({}))
        .await
        .expect(201);
    let mut first = Vec::new();
    for token in &victim.chosen {
        first.push(
            stage
                .fcm
                .expects_push(token)
                .await
                .notification()
                .to_owned(),
        );
    }
    let (struck, at) = (Instant::now(), stage.beside.clock.now());
    match blow {
        Blow::Freeze(_) => stage.node(n).freeze(),
        Blow::Kill => stage.node(n).sigkill(),
    }
    for (token, first) in victim.chosen.iter().zip(first) {
        let (again, came) = arrival(stage, token, struck).await;
        assert_eq!(again, first, "under the same id");
        let after = came.saturating_duration_since(struck);
        assert!(
            after <= TAKEN_OVER,
            "taken over after {after:?}\n{}",
            stage.server.log()
        );
    }
    println!("taken over after {:?}", struck.elapsed());
    match blow {
        Blow::Freeze(long) => {
            tokio::time::sleep(long.saturating_sub(struck.elapsed())).await;
            stage.node(n).thaw();
            stage.node(n).wait_until_ready().await;
        }
        Blow::Kill => {
            stage.node(n).start().await;
        }
    }
    Struck {
        alert: told["id"].as_str().unwrap().to_owned(),
        at,
    }
}

/// Only the node that took over has written what came of them, and nothing has moved since.
async fn what_came_late_was_refused(stage: &Stage, struck: &[Struck]) {
    for one in struck {
        let alert: ampara::ids::AlertId = one.alert.parse().unwrap();
        let subject = ampara::ids::SubjectId::from(alert);
        let read = stage.beside.db.read(move |conn| {
            let of = notifications::table
                .inner_join(attempts::table.on(attempts::notification.eq(notifications::id)));
            let of = of.filter(notifications::subject.eq(subject));
            let of = of.select((
                notifications::state,
                notifications::attempts,
                notifications::fence,
                attempts::started_at,
            ));
            Ok::<Vec<(String, i64, i64, At)>, DbError>(on!(conn, |c| of.load(c))?)
        });
        let rows = read.await.unwrap();
        assert_eq!(rows.len(), 5, "one attempt a message: {rows:?}");
        for (state, attempts, fence, started_at) in rows {
            // Born with 1; freed, claimed and written down by others.
            assert_eq!(
                (state.as_str(), attempts, fence),
                ("sent", 1, 4),
                "of {}",
                one.alert
            );
            assert!(
                started_at >= one.at,
                "the outcome that counts is of who took over"
            );
        }
    }
}

/// Those on whose messages a node is struck, whose contacts are nobody else's; and all whose
/// contacts are not theirs.
fn apart(people: Vec<She>) -> (Vec<She>, Vec<She>) {
    let victims = people[GROUPS - BLOWS_A_ROUND..GROUPS].to_vec();
    let of_others = |(n, _): &(usize, She)| n % GROUPS < GROUPS - BLOWS_A_ROUND;
    (
        victims,
        people
            .into_iter()
            .enumerate()
            .filter(of_others)
            .map(|(_, she)| she)
            .collect(),
    )
}

async fn survives(blows: usize, blow: Blow, change: fn(&mut TestSettings)) {
    for round in 0..blows.div_ceil(BLOWS_A_ROUND) {
        let blows = BLOWS_A_ROUND.min(blows - round * BLOWS_A_ROUND);
        let lasts = match blow {
            Blow::Freeze(long) => long + BETWEEN,
            Blow::Kill => BETWEEN,
        };
        let people = (lasts.as_millis() / EVERY.as_millis()) as usize * blows;
        let cluster = Cluster::start();
        let (mut stage, people) =
            Stage::of_nodes(&cluster, people + GROUPS, NODES - 1, change).await;
        let (victims, people) = apart(people);
        let phones = Phones::press(stage.base_urls(), EVERY, people);
        let mut struck = Vec::new();
        for (n, victim) in victims.iter().take(blows).enumerate() {
            struck.push(strike(&mut stage, n % NODES, blow, victim).await);
        }
        let answered = phones.all_answered().await;
        let tally = reckoning::settle(&stage, &answered, None).await;
        println!("{blows} blows: {tally}");
        assert!(tally.longest <= TAKEN_OVER, "{tally}");
        let in_flight = stage.beside.config.delivery.in_flight;
        assert!(tally.twice <= blows * in_flight, "{tally}");
        what_came_late_was_refused(&stage, &struck).await;
        for n in 0..NODES {
            assert!(stage.node(n).stop().await, "{}", stage.server.log());
        }
    }
}

/// Others believe for two seconds that a node lives.
fn quick(settings: &mut TestSettings) {
    settings
        .set("delivery.alive_s", 2)
        .set("delivery.alive_period_s", 1);
}

#[test]
fn a_frozen_node_is_replaced_and_writes_nothing_stale_when_it_wakes() {
    match tier::count(1, 20) {
        blows @ 20.. => tell(survives(
            blows,
            Blow::Freeze(Duration::from_secs(60)),
            |_| {},
        )),
        blows => tell(survives(blows, Blow::Freeze(Duration::from_secs(8)), quick)),
    }
}

#[test]
fn a_killed_node_is_replaced() {
    tell(survives(tier::count(2, 20), Blow::Kill, quick));
}

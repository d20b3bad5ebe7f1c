//! What a scrape answers. What each means: docs/operating.md, Metrics.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};

use super::Rooms;
use crate::db::{Conn, DbError};
use crate::delivery::DeliveryStats;
use crate::delivery::model::Channel;
use crate::escalation::shift;
use crate::http::client::forwarded_ignored;
use crate::readiness::alerting::{self, Alerting, AlertingHealth};

type Labels = Vec<(&'static str, Cow<'static, str>)>;

/// What an attempt, or a row that was not sent, comes to.
const OUTCOMES: [&str; 4] = ["sent", "again", "failed", "expired"];

/// Reads and writes it down.
pub(super) async fn text(rooms: &Rooms) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("ampara");
    let health = alerting::look(rooms.alerts(), rooms.delivery()).await;
    alerting(&mut registry, &health);
    match rooms.delivery().stats().await {
        Ok(stats) => messages(&mut registry, stats),
        Err(error) => tracing::warn!(%error, "a scrape could not read the outbox"),
    }
    match on_shift(rooms).await {
        Ok(shifts) => {
            registry.register("on_shift", "Who is connected, by centre and role", shifts);
        }
        Err(error) => tracing::warn!(%error, "a scrape could not read the shifts"),
    }
    times(&mut registry, rooms);
    database(&mut registry, rooms);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn labels(name: &'static str, value: impl Into<Cow<'static, str>>) -> Labels {
    vec![(name, value.into())]
}

/// The type says nothing of a number that no machine reaches.
fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn alerting(registry: &mut Registry, health: &AlertingHealth) {
    let states = Family::<Labels, Gauge>::default();
    for state in Alerting::ALL {
        states
            .get_or_create(&labels("state", state.as_str()))
            .set(i64::from(health.status == *state));
    }
    registry.register(
        "health",
        "1 for how alerting stands on this node, as /health/alerting has it",
        states,
    );
    registry.register(
        "forwarded_ignored",
        "Requests whose X-Forwarded-For came from no trusted proxy",
        ConstCounter::new(forwarded_ignored()),
    );
    let due = |seconds: Option<u64>| ConstGauge::new(whole(seconds.unwrap_or(0)));
    let (message, plan) = (
        due(health.oldest_due_message_s),
        due(health.oldest_overdue_plan_s),
    );
    let help = "How long the message that has waited longest has been due; 0 for none";
    registry.register_with_unit("oldest_due_message", help, Unit::Seconds, message);
    let help = "How long the plan that has waited longest has been due; 0 for none";
    registry.register_with_unit("oldest_overdue_plan", help, Unit::Seconds, plan);
    if let Some(dead) = health.dead_letters {
        let help = "Dead letters that ops have not dismissed";
        registry.register("dead_letters", help, ConstGauge::new(dead));
    }
    let waiting = ConstGauge::new(whole(health.presses_waiting));
    registry.register(
        "presses_waiting",
        "Presses that wait their turn on this node",
        waiting,
    );
}

fn messages(registry: &mut Registry, stats: DeliveryStats) {
    let states = Family::<Labels, Gauge>::default();
    for (state, count) in [("queued", stats.queued), ("sending", stats.sending)] {
        states.get_or_create(&labels("state", state)).set(count);
    }
    registry.register("messages", "Messages that are owed, of all nodes", states);
    let in_hand = ConstGauge::new(whole(stats.waiting));
    registry.register(
        "messages_in_hand",
        "Messages that wait for a sender within this process",
        in_hand,
    );

    // From the start at nought, so that the first failure is seen as one.
    let real = Channel::ALL
        .iter()
        .filter(|channel| **channel != Channel::Terminal);
    let mut all: BTreeMap<_, u64> = real
        .flat_map(|channel| OUTCOMES.map(|word| ((*channel, word), 0)))
        .collect();
    all.extend(
        stats
            .outcomes
            .into_iter()
            .map(|(channel, word, count)| ((channel, word), count)),
    );
    let outcomes = Family::<Labels, Counter>::default();
    for ((channel, word), count) in all {
        let labels = vec![
            ("channel", channel.as_str().into()),
            ("outcome", word.into()),
        ];
        outcomes.get_or_create(&labels).inc_by(count);
    }
    let help = "What came of messages on this node since its start; again: to be tried once more";
    registry.register("attempts", help, outcomes);
    let breakers = Family::<Labels, Gauge>::default();
    for (provider, open) in stats.breakers {
        breakers
            .get_or_create(&labels("provider", provider))
            .set(i64::from(open));
    }
    registry.register(
        "breaker_open",
        "1 while a provider fails and is only probed",
        breakers,
    );
}

async fn on_shift(rooms: &Rooms) -> Result<Family<Labels, Gauge>, DbError> {
    let (cache, now) = (rooms.centres().clone(), rooms.alerts().now());
    let read = move |conn: &mut Conn| {
        let there = shift::everywhere(conn, now)?;
        Ok::<_, DbError>((cache.get(conn)?, there))
    };
    let (centres, there) = rooms.foundation().db.read(read).await?;
    let family = Family::<Labels, Gauge>::default();
    for centre in centres.all() {
        let facts = there.get(&centre.id).copied().unwrap_or_default();
        for (role, count) in [
            ("operator", facts.operators),
            ("supervisor", facts.supervisors),
        ] {
            let labels = vec![
                ("centre", centre.id.to_string().into()),
                ("role", role.into()),
            ];
            family.get_or_create(&labels).set(count);
        }
    }
    Ok(family)
}

fn times(registry: &mut Registry, rooms: &Rooms) {
    let meters = &rooms.foundation().meters;
    for (name, help, histogram) in [
        (
            "press_answer",
            "From a press that was read to its answer",
            &meters.press_answer,
        ),
        (
            "press_first_push",
            "From a press to its first push that a provider took",
            &meters.press_first_push,
        ),
        (
            "first_answer",
            "From a press to the first answer of a contact",
            &meters.first_answer,
        ),
        (
            "claim",
            "From the queue to the first claim of a record",
            &meters.claim,
        ),
    ] {
        registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
    }
    registry.register(
        "feeds",
        "Operators' feeds that are open on this node",
        meters.feeds.clone(),
    );
}

fn database(registry: &mut Registry, rooms: &Rooms) {
    let db = &rooms.foundation().db;
    let (stats, meters) = (db.write_stats(), db.write_meters());
    registry.register_with_unit(
        "commit",
        "How long a COMMIT took",
        Unit::Seconds,
        meters.commit,
    );
    registry.register("commit_closures", "Writes in one commit", meters.group);
    if let Some(age) = stats.since_commit.as_ref().map(Duration::as_secs_f64) {
        registry.register_with_unit(
            "since_commit",
            "Since the last commit",
            Unit::Seconds,
            ConstGauge::new(age),
        );
    }
    let waiting = Family::<Labels, Gauge>::default();
    let lengths = [
        ("alert", stats.alert_waiting),
        ("background", stats.background_waiting),
        ("read", stats.reads_waiting),
    ];
    for (lane, length) in lengths {
        waiting
            .get_or_create(&labels("lane", lane))
            .set(whole(length));
    }
    registry.register(
        "database_waiting",
        "Writes and reads that wait for a connection",
        waiting,
    );
    for (name, help, count) in [
        (
            "database_commits",
            "Transactions that ended as they should",
            stats.commits,
        ),
        ("database_reruns", "Writes that ran again", stats.reruns),
        (
            "database_write_failures",
            "Transactions that failed as a whole",
            stats.failures,
        ),
        (
            "database_read_failures",
            "Reads in which a statement failed",
            stats.read_failures,
        ),
    ] {
        registry.register(name, help, ConstCounter::new(count));
    }
}

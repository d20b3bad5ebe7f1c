//! B8: a hundred thousand open alerts, of which five hundred fall due a second, on one core.
//!
//! Those that fall due while it is measured were pressed like any: each has one contact, who was
//! told and has not answered, and is told again when the time comes. The others are rows whose time
//! comes later. Lateness is counted from the moment at which the plan was due to the moment at
//! which FCM had the message.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ampara::clock::{At, Clock};
use ampara::db::DbError;
use ampara::foundation::Foundation;
use ampara::ids::AlertId;
use ampara::on;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary};

use super::ampara::{Engine, Filled};
use super::crowd;
use super::figures::{Spread, table};
use super::load;
use super::parties::{Party, Stage};
use super::settings::Settings;

const A_SECOND: usize = 500;
/// From the last preparation to the first timer.
const AHEAD: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(15);
const GOAL_MS: f64 = 1_000.0;

/// Rows of open alerts, one a person of the batch, due long after all that is measured.
const LATER: &str = "insert into alerts (id, person, client_id, device, municipality, state, policy, if_nobody_reached, \
    if_duress, drill, network, raised_at, presses, last_press_at, told_again_at, call_911, wrong_pins, close_verified, \
    plan_due_at, epoch, wrapped_key, warnings) \
    select {id}, t.id, {id}, {id}, {town}, 'open', 'now', '911', '911', {false}, '[]', 0, 1, 0, 0, {false}, 0, {false}, \
    4000000000000000 + row_number() over (order by t.id), '2026-W01', {sealed}, '[]' from people t where {of}";

/// Each pressed alert falls due in its turn: its one message, told and confirmed, is as old as a
/// repeat takes.
fn turns(first: At, unanswered_s: u64) -> String {
    let every = 1_000_000 / A_SECOND;
    let first = first.micros();
    let told = unanswered_s * 1_000_000;
    format!(
        "update alerts set plan_due_at = {first} + o.n * {every} from (select id, row_number() over (order by id) - 1 as n \
         from alerts where plan_due_at < 4000000000000000) o where o.id = alerts.id; \
         update notifications set state = 'delivered', delivered_at = created_at, created_at = a.plan_due_at - {told} \
         from alerts a where a.id = notifications.subject"
    )
}

#[derive(diesel::QueryableByName)]
struct Due {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    at: i64,
}

async fn due(foundation: &Foundation) -> HashMap<String, At> {
    const DUE: &str =
        "select id, plan_due_at as at from alerts where plan_due_at < 4000000000000000";
    let rows = foundation
        .db
        .read(|conn| Ok::<Vec<Due>, DbError>(on!(conn, |c| diesel::sql_query(DUE).load(c))?))
        .await
        .unwrap();
    let id = |bytes: Vec<u8>| AlertId(uuid::Uuid::from_slice(&bytes).unwrap()).to_string();
    rows.into_iter()
        .map(|row| (id(row.id), At::from_micros(row.at)))
        .collect()
}

/// One engine's run: the lateness of each timer, and how much of its core the server took.
async fn run(stage: &Stage, engine: Engine, settings: &Settings) -> Option<(Spread, f64)> {
    let (sink, seconds) = (&stage.sink, settings.seconds.as_secs() as usize);
    let count = (seconds * A_SECOND).min(settings.timers);
    let filled = Filled::fill(engine, count, &sink.address).await;
    let foundation = filled.open_beside(&sink.address);
    for sql in [
        "update contacts set state = 'removed' where position > 0",
        "delete from addresses where channel = 'sms'",
    ] {
        crowd::batch_execute(&foundation, engine, sql.to_owned()).await;
    }
    crowd::write(
        &filled,
        &sink.address,
        &[crowd::PEOPLE, LATER],
        settings.timers - count,
    )
    .await;
    let server = filled.serve_on_one_core(&sink.address).await;
    let party = Party::Ampara(Box::new(server), filled.people.clone());
    let Party::Ampara(server, ..) = &party else {
        return None;
    };
    sink.clear();
    let pressed =
        load::closed_loop(party.address(), 16, count, PATIENCE * 10, party.presses(0)).await;
    let told = sink.wait_for(count, PATIENCE).await && server.all_recorded().await;
    if pressed.failed > 0 || !told {
        eprintln!("{} presses refused, all told: {told}", pressed.failed);
        return None;
    }
    let first = Clock::system().now().plus(AHEAD);
    crowd::batch_execute(
        &foundation,
        engine,
        turns(first, foundation.config.plan.unanswered_s),
    )
    .await;
    let due = due(&foundation).await;
    sink.clear();
    let (now, instant) = (Clock::system().now(), Instant::now());
    tokio::time::sleep(first.since(now)).await;
    let cpu = server.cpu();
    let all = sink.wait_for(count, PATIENCE + settings.seconds).await;
    let took = (server.cpu() - cpu).as_secs_f64() / settings.seconds.as_secs_f64();
    let lateness = sink.take().into_iter().filter_map(|arrival| {
        let due = instant + due.get(&arrival.alert)?.since(now);
        Some(arrival.at.saturating_duration_since(due))
    });
    let spread = Spread::of(lateness.collect());
    if !all || spread.n != count || server.complaints() > 0 {
        eprintln!(
            "{} of {count} timers were seen, {} complaints",
            spread.n,
            server.complaints()
        );
        return None;
    }
    Some((spread, took))
}

/// B8.
pub async fn measure(stage: &Stage, settings: &Settings) -> bool {
    let (mut rows, mut sound) = (Vec::new(), true);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some((spread, cpu)) = run(stage, engine, settings).await else {
            sound = false;
            continue;
        };
        sound &= spread.p99 <= GOAL_MS;
        let of_a_core = format!("{:.0} %", cpu * 100.0);
        rows.push(vec![
            engine.name().to_owned(),
            spread.to_string(),
            format!("{:.0}", spread.max),
            of_a_core,
        ]);
    }
    let title = format!(
        "B8: {} open timers, {A_SECOND} due a second, the server on one core",
        settings.timers
    );
    table(
        &title,
        &[
            "",
            "lateness at FCM, p50 / p99 ms (p99 ≤ 1000)",
            "latest",
            "of the core",
        ],
        &rows,
    );
    sound
}

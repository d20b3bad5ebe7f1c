//! B7: B1 with a thousand people in the database, and with a million.
//!
//! The crowd is written by the database itself: people, each with a device, a session and five
//! contacts with their numbers, whose sealed columns hold bytes of the right length that nobody
//! opens. Its ids grow with the batch, as real ones do with time, and the indexes are made anew
//! once all is there: eleven million rows in minutes.

use std::time::Duration;

use ampara::db::{DbError, WritePriority};
use ampara::foundation::Foundation;
use ampara::on;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;

use super::alerts::{Steady, steady_run};
use super::ampara::{Engine, Filled};
use super::figures::{Spread, medians, ratio, table};
use super::parties::{Party, Stage, WARM_UP};
use super::settings::Settings;

/// People in the small database; all of them made by the rooms' own verbs.
const FEW: usize = 1_000;
/// People written in one transaction.
const AT_ONCE: usize = 20_000;

/// One statement a table. `{n}` people; `{id}`, `{rand32}`, `{sealed}` are the engine's expressions
/// for random bytes; `{of}` narrows a table named `t` to the batch.
const CROWD: [(&str, &str); 5] = [
    (
        "people",
        "insert into people (id, municipality, phone_lookup, sealed_phone, sealed_name, language, policy, \
         if_nobody_reached, if_duress, open_alerts, notice_version, notice_at, created_at) \
         select {id}, {town}, {rand32}, {sealed}, {sealed}, 'es', 'now', '911', '911', 0, '1', 0, 0 from {series}",
    ),
    (
        "devices",
        "insert into devices (id, person, platform, alert_token_hash, trusted_at, created_at) \
         select {id}, t.id, 'android', {rand32}, 0, 0 from people t where {of}",
    ),
    (
        "sessions",
        "insert into sessions (id, person, device, refresh_hash, rotated_at, stepped_up_until, created_at) \
         select {id}, t.person, t.id, {rand32}, 0, 0, 0 from devices t where {of}",
    ),
    (
        "contacts",
        "insert into contacts (id, person, position, state, sealed_name, sealed_phone, phone_lookup, phone_inferred, \
         sealed_alias, language, knows_duress, invited_at, answered_at) \
         select {id}, t.id, f.n, 'active', {sealed}, {sealed}, {rand32}, {false}, {sealed}, 'es', {false}, 0, 0 \
         from people t cross join {five} where {of}",
    ),
    (
        "addresses",
        "insert into addresses (id, owner_kind, owner, channel, sealed, lookup, state, created_at, seen_at) \
         select {id}, 'contact', t.id, 'sms', {sealed}, {rand32}, 'live', 0, 0 from contacts t where {of}",
    ),
];

fn statement(engine: Engine, template: &str, town: &str, n: usize, batch: usize) -> String {
    let (blob, end, is_false) = match engine {
        Engine::Sqlite => ("x'", "'", "0"),
        Engine::Postgres => ("'\\x", "'::bytea", "false"),
    };
    // A real id begins with its time in six bytes: no real one is as old as a batch's number.
    let low = format!("{blob}{batch:012x}{end}");
    let high = format!("{blob}{:012x}{end}", batch + 1);
    let (id, rand32, sealed, series, five) = match engine {
        Engine::Sqlite => (
            format!("cast({low} || randomblob(10) as blob)"),
            "randomblob(32)",
            "randomblob(60)",
            format!(
                "(with recursive s(n) as (select 1 union all select n + 1 from s where n < {n}) select n from s)"
            ),
            "(select 0 as n union select 1 union select 2 union select 3 union select 4) f",
        ),
        Engine::Postgres => (
            format!("{low} || substring(uuid_send(gen_random_uuid()) from 1 for 10)"),
            "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
            "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
            format!("generate_series(1, {n})"),
            "generate_series(0, 4) f(n)",
        ),
    };
    template
        .replace("{id}", &id)
        .replace("{rand32}", rand32)
        .replace("{sealed}", sealed)
        .replace("{false}", is_false)
        .replace("{series}", &series)
        .replace("{five}", five)
        .replace("{of}", &format!("t.id >= {low} and t.id < {high}"))
        .replace("{town}", &format!("{blob}{town}{end}"))
}

/// Adds people until there are about `total`.
async fn add(filled: &Filled, sink: &str, total: usize) {
    let templates: Vec<&str> = CROWD.iter().map(|(_, sql)| *sql).collect();
    write(
        filled,
        sink,
        &templates,
        total.saturating_sub(filled.people.len()),
    )
    .await;
}

/// The template that writes people.
pub const PEOPLE: &str = CROWD[0].1;

/// Runs the templates for so many people, in batches.
pub async fn write(filled: &Filled, sink: &str, templates: &[&str], count: usize) {
    let foundation = filled.open_beside(sink);
    let town: String = filled
        .town
        .bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let indexes = indexes(&foundation, filled.engine).await;
    for index in &indexes {
        batch_execute(
            &foundation,
            filled.engine,
            format!("drop index {}", index.name),
        )
        .await;
    }
    for batch in 1..=count.div_ceil(AT_ONCE) {
        let n = AT_ONCE.min(count - (batch - 1) * AT_ONCE);
        for sql in templates {
            batch_execute(
                &foundation,
                filled.engine,
                statement(filled.engine, sql, &town, n, batch),
            )
            .await;
        }
    }
    for index in indexes {
        batch_execute(&foundation, filled.engine, index.definition).await;
    }
    batch_execute(&foundation, filled.engine, "analyze".to_owned()).await;
}

#[derive(diesel::QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    definition: String,
}

/// Those that can be dropped and made again: none that a key of a table is.
async fn indexes(foundation: &Foundation, engine: Engine) -> Vec<Index> {
    let sql = match engine {
        Engine::Sqlite => {
            "select name, sql as definition from sqlite_master where type = 'index' and sql is not null"
        }
        Engine::Postgres => {
            "select indexname::text as name, indexdef as definition from pg_indexes where schemaname = 'public' \
             and not exists (select from pg_constraint c where c.conname = indexname)"
        }
    };
    foundation
        .db
        .read(move |conn| Ok::<_, DbError>(on!(conn, |c| diesel::sql_query(sql).load(c))?))
        .await
        .unwrap()
}

/// Runs SQL that may take longer than a server would let it.
pub async fn batch_execute(foundation: &Foundation, engine: Engine, sql: String) {
    let sql = match engine {
        Engine::Sqlite => sql,
        Engine::Postgres => format!("set local statement_timeout = 0; {sql}"),
    };
    let written = foundation.db.write(WritePriority::Background, move |conn| {
        Ok::<_, DbError>(on!(conn, |c| c.batch_execute(&sql))?)
    });
    written.await.unwrap();
}

async fn runs(stage: &Stage, filled: &Filled, settings: &Settings) -> Vec<Steady> {
    let server = filled.serve_itself(&stage.sink.address).await;
    let party = Party::Ampara(Box::new(server), filled.people.clone());
    let each = settings.seconds.as_secs() as usize * 50;
    let mut all = Vec::new();
    for run in 0..settings.runs {
        let from = WARM_UP + run * each;
        if from + each > filled.people.len() {
            break;
        }
        all.push(steady_run(stage, &party, settings.seconds, from).await);
        // A code signs in once; the next run needs the next.
        tokio::time::sleep(Duration::from_secs(if run + 1 < settings.runs {
            31
        } else {
            0
        }))
        .await;
    }
    all
}

fn spreads(runs: &[Steady]) -> Spread {
    medians(&runs.iter().map(|s| s.last).collect::<Vec<_>>())
}

pub async fn measure(stage: &Stage, settings: &Settings) -> bool {
    let each = settings.seconds.as_secs() as usize * 50;
    let own = FEW.max(WARM_UP + settings.runs * each);
    let (mut rows, mut sound) = (Vec::new(), true);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let few = Filled::fill(engine, own, &stage.sink.address).await;
        let small = runs(stage, &few, settings).await;
        drop(few);
        let many = Filled::fill(engine, own, &stage.sink.address).await;
        println!("filling {} with {} people", engine.name(), settings.people);
        add(&many, &stage.sink.address, settings.people).await;
        let large = runs(stage, &many, settings).await;
        sound &= small.iter().chain(&large).all(|s| s.sound);
        let (few, many) = (spreads(&small), spreads(&large));
        rows.push(vec![
            engine.name().to_owned(),
            few.to_string(),
            many.to_string(),
            ratio(many.p50, Some(few.p50)),
            ratio(many.p99, Some(few.p99)),
        ]);
    }
    let head = [
        String::new(),
        format!("{own} people, p50 / p99 ms"),
        format!("{} people", settings.people),
        "p50 (≤ 1.2 ×)".to_owned(),
        "p99 (≤ 2 ×)".to_owned(),
    ];
    table(
        "B7: B1 in a small and in a large database",
        &head.each_ref().map(String::as_str),
        &rows,
    );
    sound
}

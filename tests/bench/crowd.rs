//! B7: B1 with a thousand people in the database, and with a million.
//!
//! The crowd is written by the database itself: people, each with a device, a session and five contacts with their
//! numbers, whose sealed columns hold bytes of the right length that nobody opens.

use std::time::Duration;

use ampara::db::{DbError, Lane};
use ampara::foundation::Foundation;
use ampara::on;
use diesel::connection::SimpleConnection as _;

use super::alerts::{Steady, steady_run};
use super::ampara::{Engine, Filled};
use super::figures::{Spread, medians, ratio, table};
use super::parties::{Party, Stage, WARM_UP};
use super::settings::Settings;

/// People in the small database; all of them made by the rooms' own verbs.
const FEW: usize = 1_000;
/// People written in one transaction.
const AT_ONCE: usize = 20_000;

/// One statement a table. `{n}` people; `{id}`, `{rand32}`, `{sealed}` are the engine's expressions for random bytes.
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
         select {id}, p.id, 'android', {rand32}, 0, 0 from {people}",
    ),
    (
        "sessions",
        "insert into sessions (id, person, device, refresh_hash, rotated_at, stepped_up_until, created_at) \
         select {id}, p.id, d.id, {rand32}, 0, 0, 0 from {people} join devices d on d.person = p.id",
    ),
    (
        "contacts",
        "insert into contacts (id, person, position, state, sealed_name, sealed_phone, phone_lookup, phone_inferred, \
         sealed_alias, language, knows_duress, invited_at, answered_at) \
         select {id}, p.id, f.n, 'active', {sealed}, {sealed}, {rand32}, {false}, {sealed}, 'es', {false}, 0, 0 \
         from {people} cross join {five}",
    ),
    (
        "addresses",
        "insert into addresses (id, owner_kind, owner, channel, sealed, lookup, state, created_at, seen_at) \
         select {id}, 'contact', c.id, 'sms', {sealed}, {rand32}, 'live', 0, 0 \
         from {people} join contacts c on c.person = p.id",
    ),
];

fn statement(engine: Engine, template: &str, town: &str, n: usize, batch: usize) -> String {
    let (id, rand32, sealed, is_false, series, five, town) = match engine {
        Engine::Sqlite => (
            "randomblob(16)".to_owned(),
            "randomblob(32)",
            "randomblob(60)",
            "0",
            format!("(with recursive s(n) as (select 1 union all select n + 1 from s where n < {n}) select n from s)"),
            "(select 0 as n union select 1 union select 2 union select 3 union select 4) f".to_owned(),
            format!("x'{town}'"),
        ),
        Engine::Postgres => (
            "uuid_send(gen_random_uuid())".to_owned(),
            "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
            "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
            "false",
            format!("generate_series(1, {n})"),
            "generate_series(0, 4) f(n)".to_owned(),
            format!("'\\x{town}'::bytea"),
        ),
    };
    // The batch is told by its time of acceptance.
    let people = format!("(select id from people where created_at = {batch}) p");
    template
        .replace("{id}", &id)
        .replace("{rand32}", rand32)
        .replace("{sealed}", sealed)
        .replace("{false}", is_false)
        .replace("{series}", &series)
        .replace("{five}", &five)
        .replace("{people}", &people)
        .replace("{town}", &town)
        .replace("'1', 0, 0 from", &format!("'1', 0, {batch} from"))
}

/// Adds people until there are about `total`.
async fn add(filled: &Filled, sink: &str, total: usize) {
    let templates: Vec<&str> = CROWD.iter().map(|(_, sql)| *sql).collect();
    write(filled, sink, &templates, total.saturating_sub(filled.people.len())).await;
}

/// The template that writes people.
pub const PEOPLE: &str = CROWD[0].1;

/// Runs the templates for so many people, in batches.
pub async fn write(filled: &Filled, sink: &str, templates: &[&str], count: usize) {
    let g = filled.open_beside(sink);
    let town: String = filled.town.bytes().iter().map(|b| format!("{b:02x}")).collect();
    let index = "create index bench_batch on people (created_at)".to_owned();
    let drop_index = "drop index bench_batch".to_owned();
    let mut statements = vec![vec![index]];
    for batch in 1..=count.div_ceil(AT_ONCE) {
        let n = AT_ONCE.min(count - (batch - 1) * AT_ONCE);
        statements.push(templates.iter().map(|sql| statement(filled.engine, sql, &town, n, batch)).collect());
    }
    statements.push(vec![drop_index, "analyze".to_owned()]);
    for sql in statements.into_iter().flatten() {
        batch_execute(&g, filled.engine, sql).await;
    }
}

/// Runs SQL that may take longer than a server would let it.
pub async fn batch_execute(g: &Foundation, engine: Engine, sql: String) {
    let sql = match engine {
        Engine::Sqlite => sql,
        Engine::Postgres => format!("set local statement_timeout = 0; {sql}"),
    };
    let written = g.db.write(Lane::Background, move |conn| Ok::<_, DbError>(on!(conn, |c| c.batch_execute(&sql))?));
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
        tokio::time::sleep(Duration::from_secs(if run + 1 < settings.runs { 31 } else { 0 })).await;
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
    table("B7: B1 in a small and in a large database", &head.each_ref().map(String::as_str), &rows);
    sound
}

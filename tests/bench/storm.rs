//! The storm: one woman presses twice a second while her five contacts confirm and answer without a
//! pause, and ten others press. They write the same rows from all sides, so this is where locks
//! taken in different orders would show: as deadlocks, refused presses, and others who wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ampara::db::{DbError, WritePriority};
use ampara::identity::sessions::{self, NewDevice, Opened, Platform};
use ampara::ids::PersonId;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use serde_json::json;
use tokio::task::JoinSet;

use super::ampara::{Engine, Server};
use super::exchange::Connection;
use super::figures::{Spread, medians, ratio, table};
use super::load::{self, Make};
use super::parties::{Party, Stage, WARM_UP, press};
use super::seed::{CHOSEN, She};
use super::settings::Settings;
use super::sink::Sink;

/// Her presses a second.
const HERS: f64 = 2.0;
/// All others' presses a second: ten people, each twice.
const OTHERS: f64 = 20.0;
/// Between two answers of one contact.
const PAUSE: Duration = Duration::from_millis(40);

/// A phone signed in beside the server: the headers of its requests.
async fn phone(server: &Server, person: PersonId) -> String {
    let (drawn, beside) = (Opened::new(), server.beside.clone());
    let (within, now) = (beside.clone(), beside.clock.now());
    let refresh = drawn.refresh_token(&beside.keys);
    let device = NewDevice {
        platform: Platform::Android,
        label: None,
        alert_token: None,
    };
    let written = beside.db.write(WritePriority::Background, move |conn| {
        sessions::open(
            conn,
            &within.keys,
            person,
            &device,
            &drawn,
            &within.config,
            now,
        )
        .map_err(|e| DbError::Other(e.to_string()))
    });
    written.await.unwrap();
    let headers = "content-type: application/json\r\n";
    let body = json!({ "refresh": refresh }).to_string();
    let path = "/v1/sessions/refresh";
    let reply = server.asks("POST", path, headers, &body).await.json();
    let access = reply["access"].as_str().unwrap();
    format!("authorization: Bearer {access}\r\n{headers}")
}

/// Her alert, and what her contacts' phones have got and not yet confirmed.
#[derive(Default)]
struct Hers {
    alert: String,
    pushes: [Mutex<Vec<String>>; CHOSEN],
    over: AtomicBool,
    asked: AtomicUsize,
    refused: AtomicUsize,
}

impl Hers {
    async fn asks(&self, connection: &mut Connection, path: &str, headers: &str, body: &str) {
        let reply = connection.send("POST", path, headers, body.as_bytes());
        let status = reply.await.map_or(0, |reply| reply.status);
        self.asked.fetch_add(1, Ordering::Relaxed);
        if !(200..300).contains(&status) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            eprintln!("{path} was answered with {status}");
        }
    }

    /// One contact: confirms each push twice, and answers in between.
    async fn contact(&self, address: String, slot: usize, headers: String) {
        let mut connection = Connection::open(&address).await.unwrap();
        let answers = ["on_my_way", "cannot_help", "with_her"];
        let answering = format!("/v1/watching/{}/answer", self.alert);
        let mut turn = slot;
        while !self.over.load(Ordering::Acquire) {
            let came = std::mem::take(&mut *self.pushes[slot].lock().unwrap());
            for notification in came {
                let path = format!("/v1/notifications/{notification}/receipt");
                for body in ["{}", r#"{"seen":true}"#] {
                    self.asks(&mut connection, &path, &headers, body).await;
                }
            }
            let answer = json!({ "answer": answers[turn % answers.len()] }).to_string();
            self.asks(&mut connection, &answering, &headers, &answer)
                .await;
            turn += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn collect(&self, sink: &Sink) {
        for arrival in sink.take() {
            if arrival.alert == self.alert
                && let Some(pushes) = self.pushes.get(usize::from(arrival.slot))
            {
                pushes.lock().unwrap().push(arrival.notification);
            }
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How often PostgreSQL has ended a deadlock in this database.
async fn deadlocks(server: &Server, engine: Engine) -> i64 {
    if engine == Engine::Sqlite {
        return 0;
    }
    // Backends report when they are idle, at most once a second.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    const SQL: &str =
        "select deadlocks as n from pg_stat_database where datname = current_database()";
    let read = server.beside.db.read(|conn| {
        Ok::<Vec<Count>, DbError>(ampara::on!(conn, |c| diesel::sql_query(SQL).load(c))?)
    });
    read.await.unwrap().first().map_or(0, |count| count.n)
}

#[derive(Default)]
struct Runs {
    quiet: Vec<Spread>,
    storm: Vec<Spread>,
    refused: usize,
    asked: usize,
    deadlocks: i64,
}

fn replies(outcome: &load::Outcome) -> Spread {
    Spread::of(outcome.answered.iter().map(|a| a.replied - a.due).collect())
}

/// Her first press, which opens the alert that all the others are about.
async fn first_press(address: &str, she: &She) -> Arc<Hers> {
    let mut connection = Connection::open(address).await.unwrap();
    let first = press(she);
    let body = first.body.as_bytes();
    let reply = connection.send(first.method, &first.path, &first.headers, body);
    Arc::new(Hers {
        alert: reply.await.unwrap().json()["id"]
            .as_str()
            .unwrap()
            .to_owned(),
        ..Hers::default()
    })
}

/// Her contacts begin to confirm and answer, and go on until it is over.
async fn contacts(server: &Server, among: &[PersonId], hers: &Arc<Hers>) -> JoinSet<()> {
    let mut contacts = JoinSet::new();
    for (slot, person) in among.iter().take(CHOSEN).enumerate() {
        let headers = phone(server, *person).await;
        let (hers, address) = (Arc::clone(hers), server.address.clone());
        contacts.spawn(async move { hers.contact(address, slot, headers).await });
    }
    contacts
}

/// Whether each of her presses again was answered with 200, as one alert.
fn is_one_alert(again: &load::Outcome) -> bool {
    let statuses: HashMap<u16, usize> = again.answered.iter().fold(HashMap::new(), |mut all, a| {
        *all.entry(a.reply.status).or_default() += 1;
        all
    });
    let is_one = statuses.keys().all(|status| *status == 200);
    if !is_one {
        eprintln!("her presses again were not all one alert: {statuses:?}");
    }
    is_one
}

async fn run(stage: &Stage, which: usize, time: Duration, runs: &mut Runs) {
    let Some(party) = Party::start(stage, which).await else {
        return;
    };
    let Party::Ampara(server, people) = &party else {
        return;
    };
    let count = (time.as_secs_f64() * OTHERS) as usize;
    load::closed_loop(party.address(), 8, WARM_UP, time, party.presses(1)).await;
    let others = party.presses(WARM_UP + 1);
    let quiet = load::open_loop(party.address(), count, OTHERS, others).await;
    let she = people[0].clone();
    let hers = first_press(party.address(), &she).await;
    let contacts = contacts(server, &stage.filled[which].among, &hers).await;
    let pressing: Make = Arc::new(move |_| press(&she));
    let her_count = (time.as_secs_f64() * HERS) as usize;
    let others = party.presses(WARM_UP + 1 + count);
    let loads = async {
        tokio::join!(
            load::open_loop(party.address(), her_count, HERS, pressing),
            load::open_loop(party.address(), count, OTHERS, others),
        )
    };
    let collecting = async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            hers.collect(&stage.sink);
        }
    };
    let (again, storm) = tokio::select! {
        loads = loads => loads,
        () = collecting => return,
    };
    hers.over.store(true, Ordering::Release);
    contacts.join_all().await;
    runs.quiet.push(replies(&quiet));
    runs.storm.push(replies(&storm));
    runs.asked += hers.asked.load(Ordering::Relaxed);
    runs.refused += quiet.failed + storm.failed + again.failed;
    runs.refused += hers.refused.load(Ordering::Relaxed);
    runs.deadlocks += deadlocks(server, stage.filled[which].engine).await;
    runs.refused += usize::from(!is_one_alert(&again));
}

/// The storm on both engines.
pub async fn measure(stage: &Stage, settings: &Settings) -> bool {
    let mut all: [Runs; 2] = Default::default();
    for _ in 0..settings.runs {
        for (which, runs) in all.iter_mut().enumerate() {
            run(stage, which, settings.seconds, runs).await;
        }
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .enumerate()
        .map(|(which, runs)| {
            let (quiet, storm) = (medians(&runs.quiet), medians(&runs.storm));
            vec![
                stage.filled[which].engine.name().to_owned(),
                quiet.to_string(),
                storm.to_string(),
                ratio(storm.p99, Some(quiet.p99)),
                format!("{:.0}", storm.max),
                runs.deadlocks.to_string(),
                runs.refused.to_string(),
                runs.asked.to_string(),
            ]
        })
        .collect();
    table(
        "Storm: one presses twice a second, her five contacts confirm and answer, ten others press",
        &[
            "",
            "others' 2xx, quiet, p50 / p99 ms",
            "in the storm",
            "p99 to quiet (≤ 5 ×)",
            "latest, ms",
            "deadlocks (0)",
            "refused (0)",
            "contacts' requests",
        ],
        &rows,
    );
    all.iter()
        .all(|runs| runs.refused == 0 && runs.deadlocks == 0)
}

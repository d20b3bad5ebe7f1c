//! B3: one fix a request, durable at its 2xx; and from a fix to the operator who follows her.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::ampara::Server;
use super::figures::{Spread, median, medians, ratio, table};
use super::floor_stream;
use super::load::{self, CONNECTIONS, Make, Outcome, Request};
use super::parties::{Party, Stage, press};
use super::seed::She;
use super::settings::Settings;
use super::watch::{Seen, Watcher};

const PHONES: usize = 500;
const RATE: f64 = 200.0;
const SOUTH: f64 = 28.0;
/// Degrees between two fixes: a few centimetres, so that a place tells which fix it was.
const STEP: f64 = 1e-6;
const ENGINES: usize = 2;
/// Goals in fixes a second.
const GOALS: [&str; ENGINES] = ["≥ 8,000", "≥ 5,000"];

/// Phones with an open alert each: the path of their places.
pub async fn opened(server: &Server, people: &[She]) -> Vec<(String, She)> {
    let mut all = Vec::new();
    for she in people {
        let request = press(she);
        let reply = server
            .asks(
                request.method,
                &request.path,
                &request.headers,
                &request.body,
            )
            .await;
        assert_eq!(
            reply.status,
            201,
            "{}",
            String::from_utf8_lossy(&reply.body)
        );
        all.push((format!("{}/locations", request.path), she.clone()));
    }
    all
}

/// The `n`-th fix: of the phones in turn. `from` keeps numbers apart from those of an earlier load.
fn fixes(phones: Vec<(String, She)>, from: usize) -> Make {
    Arc::new(move |n| {
        let (path, she) = &phones[n % phones.len()];
        let body = json!({ "fixes": [{
            "seq": from + n + 2, "lat": SOUTH + STEP * n as f64, "lon": -106.0889, "accuracy": 9.0, "speed": 1.2,
            "battery": 0.8,
        }] });
        Request {
            method: "POST",
            path: path.clone(),
            headers: format!(
                "authorization: Bearer {}\r\ncontent-type: application/json\r\n",
                she.alert_token
            ),
            body: body.to_string(),
            mark: String::new(),
        }
    })
}

fn per_second(outcome: &Outcome) -> f64 {
    outcome.answered.len() as f64 / (outcome.last_reply - outcome.first_sent).as_secs_f64()
}

/// Due → stream, of those fixes that the stream showed: it shows the latest, so a fix may be passed
/// over.
fn followed(seen: &[Seen], outcome: &Outcome) -> Spread {
    let mut shown: HashMap<i64, Instant> = HashMap::new();
    for (event, at) in seen {
        let lat = event["lat"]
            .as_f64()
            .or_else(|| event["fixes"][0]["lat"].as_f64());
        if let Some(lat) = lat {
            shown
                .entry(((lat - SOUTH) / STEP).round() as i64)
                .or_insert(*at);
        }
    }
    let took = outcome.answered.iter().filter_map(|a| {
        let at = shown.get(&i64::try_from(a.n).ok()?)?;
        Some(at.saturating_duration_since(a.due))
    });
    Spread::of(took.collect())
}

/// An operator who has claimed the one record there is, and follows it.
async fn follow(server: &Server) -> Watcher {
    let operator = server.sign_in().await;
    let queue = server
        .asks("GET", "/v1/escalations?limit=1", &operator, "")
        .await
        .json();
    let record = queue["items"][0]["id"].as_str().unwrap().to_owned();
    let claimed = server
        .asks(
            "POST",
            &format!("/v1/escalations/{record}/claim"),
            &operator,
            "",
        )
        .await;
    assert_eq!(
        claimed.status,
        200,
        "{}",
        String::from_utf8_lossy(&claimed.body)
    );
    Watcher::listen(
        &server.address,
        &format!("/v1/escalations/{record}/stream"),
        &operator,
    )
    .await
}

/// What one engine did in the runs.
#[derive(Default)]
struct Runs {
    lone: Vec<f64>,
    one: Vec<f64>,
    many: Vec<f64>,
    watched: Vec<Spread>,
    sound: bool,
}

async fn run(stage: &Stage, which: usize, time: Duration, runs: &mut Runs) {
    let Some(Party::Ampara(server, people)) = Party::start(stage, which).await else {
        return;
    };
    let first = opened(&server, &people[..1]).await;
    let watcher = follow(&server).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let count = (time.as_secs_f64() * RATE) as usize;
    let outcome = load::open_loop(&server.address, count, RATE, fixes(first.clone(), 0)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    runs.watched.push(followed(&watcher.take(), &outcome));
    runs.sound &= outcome.failed == 0;
    drop(watcher);
    let part = time / 2;
    let rest = opened(&server, &people[1..PHONES]).await;
    let all: Vec<_> = first.iter().chain(&rest).cloned().collect();
    let mut from = count;
    for (phones, connections, into) in [
        (first, 1, &mut runs.lone),
        (all.clone(), CONNECTIONS, &mut runs.many),
        (all[..1].to_vec(), CONNECTIONS, &mut runs.one),
    ] {
        let outcome = load::closed_loop(
            &server.address,
            connections,
            usize::MAX,
            part,
            fixes(phones, from),
        )
        .await;
        from += outcome.answered.len() + outcome.failed;
        runs.sound &= outcome.failed == 0;
        into.push(per_second(&outcome));
    }
}

/// The bare framework's fix → stream.
pub async fn floor_run(address: &str, time: Duration) -> Spread {
    let watcher = Watcher::listen(address, "/stream", "").await;
    let make: Make = Arc::new(|n| Request {
        method: "POST",
        path: "/fix".to_owned(),
        headers: String::new(),
        body: json!({ "lat": SOUTH + STEP * n as f64, "lon": -106.0889, "accuracy": 9.0 })
            .to_string(),
        mark: String::new(),
    });
    let count = (time.as_secs_f64() * RATE) as usize;
    let outcome = load::open_loop(address, count, RATE, make).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    followed(&watcher.take(), &outcome)
}

pub async fn measure(stage: &Stage, settings: &Settings) -> bool {
    let mut runs: [Runs; ENGINES] = std::array::from_fn(|_| Runs {
        sound: true,
        ..Runs::default()
    });
    let (address, mut floors) = (floor_stream::start(), Vec::new());
    for n in 1..=settings.runs {
        for (which, runs) in runs.iter_mut().enumerate() {
            run(stage, which, settings.seconds, runs).await;
            if settings.verbose {
                println!(
                    "B3 run {n}, engine {which}: {:.0} fixes/s",
                    runs.many.last().unwrap_or(&0.0)
                );
            }
        }
        floors.push(floor_run(&address, settings.seconds).await);
    }
    let floor = medians(&floors);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (which, runs) in runs.iter().enumerate() {
        let (watched, many, one) = (
            medians(&runs.watched),
            median(runs.many.clone()),
            median(runs.one.clone()),
        );
        rows.push(vec![
            stage.filled[which].engine.name().to_owned(),
            format!("{:.0}", median(runs.lone.clone())),
            format!("{one:.0}"),
            format!("{many:.0}"),
            GOALS[which].to_owned(),
            ratio(many, Some(one)),
            watched.to_string(),
            ratio(watched.p99, Some(floor.p99)),
        ]);
    }
    let mut bare = vec!["bare actix, nothing stored".to_owned()];
    bare.extend(std::iter::repeat_n("–".to_owned(), 5));
    bare.extend([floor.to_string(), "1".to_owned()]);
    rows.push(bare);
    let head = [
        "",
        "1 connection, fixes/s",
        "64, 1 phone",
        "64, 500 phones",
        "goal",
        "500 to 1 phone (≥ 1)",
        "fix → watcher at 200/s, p50 / p99 ms",
        "p99 to the floor's (≤ 3 ×)",
    ];
    table("B3: one fix a request, durable at its 2xx", &head, &rows);
    runs.iter().all(|r| r.sound)
}

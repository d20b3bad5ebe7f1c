//! B4: a thousand operators' feeds (`BENCH_FEEDS`) and twenty changes a second, and the press beside
//! three times as many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::exchange::Connection;
use super::figures::{Spread, medians, ratio, table};
use super::floor_stream;
use super::load::{self, Make, Outcome, Request};
use super::parties::{Party, Stage, WARM_UP};
use super::settings::Settings;

/// How many times as many feeds the press is measured beside last.
const CROWD: usize = 3;
/// Feeds that connect at the same time. One by one, each would wait for the looks of all before it;
/// all at once, they would wait in the listening queue.
const AT_ONCE: usize = 50;
/// How long one feed may take to connect, until its stream begins.
const CONNECTED_WITHIN: Duration = Duration::from_secs(30);
/// Changes a second, each of them a press.
const RATE: f64 = 20.0;
/// What names a change in an event: the instant of its press.
const MARK: &[u8] = b"\"raised_at\":\"";
/// How long feeds may come after the last change.
const PATIENCE: Duration = Duration::from_secs(3);

/// What each feed saw first, and when: by the instant of its press.
type Seen = Arc<Mutex<Vec<(String, Instant)>>>;

/// Many streams of one process; dropping it hangs up.
struct Feeds {
    seen: Seen,
    _tasks: JoinSet<()>,
}

impl Feeds {
    async fn listen(address: &str, path: &str, headers: &str, count: usize) -> Self {
        let (seen, mut tasks) = (Seen::default(), JoinSet::new());
        let mut connecting = stream::iter(0..count)
            .map(|_| connect(address, path, headers))
            .buffer_unordered(AT_ONCE);
        while let Some((stream, rest)) = connecting.next().await {
            tasks.spawn(read(stream, rest, Arc::clone(&seen)));
        }
        Self {
            seen,
            _tasks: tasks,
        }
    }

    /// Due → stream, of each change at each feed; and how many were seen in all.
    fn took(&self, outcome: &Outcome, mark: fn(&load::Answered) -> Option<String>) -> Spread {
        // Presses that waited together can have the same instant.
        let mut due: HashMap<String, Vec<Instant>> = HashMap::new();
        for answered in &outcome.answered {
            if let Some(mark) = mark(answered) {
                due.entry(mark).or_default().push(answered.due);
            }
        }
        let seen = self.seen.lock().unwrap();
        let took = seen.iter().flat_map(|(mark, at)| {
            let due = due.get(mark).into_iter().flatten();
            due.map(|due| at.saturating_duration_since(*due))
        });
        Spread::of(took.collect())
    }
}

async fn connect(address: &str, path: &str, headers: &str) -> (TcpStream, Vec<u8>) {
    let connected = async {
        let connection = Connection::open(address).await?;
        connection.listen(path, headers).await
    };
    tokio::time::timeout(CONNECTED_WITHIN, connected)
        .await
        .expect("a feed connects in time")
        .unwrap()
}

/// Notes each mark the first time that this stream shows it. It reads no JSON: a thousand streams
/// would take the machine that they measure.
async fn read(mut stream: TcpStream, mut bytes: Vec<u8>, seen: Seen) {
    let mut shown = std::collections::HashSet::new();
    loop {
        let at = Instant::now();
        let (mut from, mut is_cut) = (0, false);
        while let Some(found) = bytes[from..].windows(MARK.len()).position(|w| w == MARK) {
            let begins = from + found + MARK.len();
            let Some(length) = bytes[begins..].iter().position(|b| *b == b'"') else {
                from += found;
                is_cut = true;
                break;
            };
            let mark = String::from_utf8_lossy(&bytes[begins..begins + length]).into_owned();
            if shown.insert(mark.clone()) {
                seen.lock().unwrap().push((mark, at));
            }
            from = begins + length;
        }
        // A mark that is not whole stays, and what may be the beginning of one.
        if !is_cut {
            from = from.max(bytes.len().saturating_sub(MARK.len()));
        }
        bytes.drain(..from);
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn raised(answered: &load::Answered) -> Option<String> {
    answered.reply.json()["raised_at"]
        .as_str()
        .map(str::to_owned)
}

fn replies(outcome: &Outcome) -> Spread {
    Spread::of(outcome.answered.iter().map(|a| a.replied - a.due).collect())
}

#[derive(Default)]
struct Runs {
    quiet: Vec<Spread>,
    feeds: Vec<Spread>,
    beside_feeds: Vec<Spread>,
    beside_crowd: Vec<Spread>,
    refused: usize,
    missed: usize,
}

async fn run(stage: &Stage, which: usize, settings: &Settings, runs: &mut Runs) {
    let Some(party) = Party::start(stage, which).await else {
        return;
    };
    let Party::Ampara(server, ..) = &party else {
        return;
    };
    let time = settings.seconds;
    let count = (time.as_secs_f64() * RATE) as usize;
    load::closed_loop(party.address(), 8, WARM_UP, time, party.presses(0)).await;
    let press = async |nth: usize| {
        let make = party.presses(WARM_UP + nth * count);
        load::open_loop(party.address(), count, RATE, make).await
    };
    let quiet = press(0).await;
    let operator = server.sign_in().await;
    let path = "/v1/escalations/stream";
    let feeds = Feeds::listen(party.address(), path, &operator, settings.feeds).await;
    tokio::time::sleep(PAUSE).await;
    let beside_feeds = press(1).await;
    tokio::time::sleep(PATIENCE).await;
    let took = feeds.took(&beside_feeds, raised);
    runs.missed += (count * settings.feeds).saturating_sub(took.n);
    runs.feeds.push(took);
    let more = Feeds::listen(
        party.address(),
        path,
        &operator,
        settings.feeds * (CROWD - 1),
    )
    .await;
    tokio::time::sleep(PAUSE).await;
    let beside_crowd = press(2).await;
    drop((feeds, more));
    runs.refused += quiet.failed + beside_feeds.failed + beside_crowd.failed;
    runs.quiet.push(replies(&quiet));
    runs.beside_feeds.push(replies(&beside_feeds));
    runs.beside_crowd.push(replies(&beside_crowd));
}

/// Before a load, so that the feeds' first looks are over.
const PAUSE: Duration = Duration::from_secs(1);

async fn floor(address: &str, settings: &Settings) -> Spread {
    let feeds = Feeds::listen(address, "/stream", "", settings.feeds).await;
    let make: Make = Arc::new(|n| Request {
        method: "POST",
        path: "/fix".to_owned(),
        headers: String::new(),
        body: json!({ "raised_at": n.to_string(), "summary": "x".repeat(500) }).to_string(),
        mark: String::new(),
    });
    let count = (settings.seconds.as_secs_f64() * RATE) as usize;
    let outcome = load::open_loop(address, count, RATE, make).await;
    tokio::time::sleep(PAUSE).await;
    feeds.took(&outcome, |a| Some(a.n.to_string()))
}

/// B4 on both engines.
pub async fn measure(stage: &Stage, settings: &Settings) -> bool {
    let (mut all, mut floors): ([Runs; 2], Vec<Spread>) = Default::default();
    let address = floor_stream::start();
    for _ in 0..settings.runs {
        for (which, runs) in all.iter_mut().enumerate() {
            run(stage, which, settings, runs).await;
        }
        floors.push(floor(&address, settings).await);
    }
    let bare = medians(&floors);
    let mut rows: Vec<Vec<String>> = all
        .iter()
        .enumerate()
        .map(|(which, runs)| {
            let (feeds, quiet) = (medians(&runs.feeds), medians(&runs.quiet));
            let crowd = medians(&runs.beside_crowd);
            vec![
                stage.filled[which].engine.name().to_owned(),
                feeds.to_string(),
                ratio(feeds.p99, Some(bare.p99)),
                ["≤ 2 ×", "≤ 4 ×"][which].to_owned(),
                quiet.to_string(),
                medians(&runs.beside_feeds).to_string(),
                crowd.to_string(),
                ratio(crowd.p99, Some(quiet.p99)),
                runs.refused.to_string(),
                runs.missed.to_string(),
            ]
        })
        .collect();
    let mut floor = vec!["bare actix, nothing stored".to_owned(), bare.to_string()];
    floor.push("1".to_owned());
    floor.extend(std::iter::repeat_n("–".to_owned(), 7));
    rows.push(floor);
    table(
        &format!(
            "B4: {} operators' feeds, 20 changes/s; the press beside them",
            settings.feeds
        ),
        &[
            "",
            "press → each feed, p50 / p99 ms",
            "p99 to the floor's",
            "goal",
            "2xx, quiet",
            "2xx beside the feeds",
            "2xx beside three times as many",
            "p99 to quiet (≤ 2 ×)",
            "refused (0)",
            "missed",
        ],
        &rows,
    );
    all.iter().all(|runs| runs.refused + runs.missed == 0)
}

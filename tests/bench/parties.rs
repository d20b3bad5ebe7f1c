//! Who is measured: Ampara on each engine, and the peer where it is installed.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::alertmanager::Alertmanager;
use super::ampara::{Engine, Filled, Server, program};
use super::load::{CONNECTIONS, Make, Request};
use super::seed::She;
use super::settings::Settings;
use super::sink::Sink;

/// Presses before a measurement, so that no one's first moments are measured.
pub const WARM_UP: usize = 2 * CONNECTIONS;

/// Who takes part in B1 and B2, by number, in the order of their turns within a run.
pub const TURNS: [usize; 5] = [OLD_SQLITE, SQLITE, OLD_POSTGRES, POSTGRES, PEER];
/// This build on each engine.
pub const SQLITE: usize = 0;
/// See [`SQLITE`].
pub const POSTGRES: usize = 1;
/// Alertmanager.
pub const PEER: usize = 2;
/// An older binary (`BENCH_AGAINST`) on each engine.
pub const OLD_SQLITE: usize = 3;
/// See [`OLD_SQLITE`].
pub const OLD_POSTGRES: usize = 4;
/// As tables name them.
pub const NAMES: [&str; 5] = [
    "Ampara, SQLite",
    "Ampara, PostgreSQL",
    "Alertmanager",
    "the older on SQLite",
    "the older on PostgreSQL",
];

/// What all measurements share.
pub struct Stage {
    pub sink: Sink,
    pub filled: [Filled; 2],
    against: Option<PathBuf>,
}

impl Stage {
    /// Fills both databases with as many people as the longest run needs.
    pub async fn set(settings: &Settings) -> Self {
        let sink = Sink::start();
        let seconds = settings.seconds.as_secs() as usize;
        let steady = seconds * 50;
        // The storm and B4 press at 20/s two and three times.
        let people = WARM_UP + steady.max(seconds * 61 + 1).max(settings.alerts).max(500);
        println!("filling both databases with {people} people of five contacts each");
        let sqlite = Filled::fill(Engine::Sqlite, people, &sink.address).await;
        let postgres = Filled::fill(Engine::Postgres, people, &sink.address).await;
        if !Alertmanager::is_there() {
            println!("prometheus-alertmanager isn't installed: nothing to compare with");
        }
        Self {
            sink,
            filled: [sqlite, postgres],
            against: settings.against.clone(),
        }
    }
}

/// A server that takes alerts.
pub enum Party {
    Ampara(Box<Server>, Vec<She>),
    Peer(Alertmanager),
}

impl Party {
    /// Starts the next server, on a fresh copy; `None` for one that isn't there.
    pub async fn start(stage: &Stage, which: usize) -> Option<Self> {
        let sink = &stage.sink.address;
        let (filled, program) = match which {
            SQLITE | POSTGRES => (&stage.filled[which], program()),
            OLD_SQLITE | OLD_POSTGRES => {
                (&stage.filled[which - OLD_SQLITE], stage.against.as_deref()?)
            }
            _ => return Alertmanager::start(sink).await.map(Self::Peer),
        };
        let server = filled.serve_copy(sink, program).await;
        Some(Self::Ampara(Box::new(server), filled.people.clone()))
    }

    pub fn address(&self) -> &str {
        match self {
            Self::Ampara(server, ..) => &server.address,
            Self::Peer(peer) => &peer.address,
        }
    }

    /// The `n`-th press. People before `from` have pressed already.
    pub fn presses(&self, from: usize) -> Make {
        match self {
            Self::Ampara(_, people) => {
                let people: Vec<She> = people[from..].to_vec();
                Arc::new(move |n| press(&people[n]))
            }
            Self::Peer(_) => Arc::new(fires),
        }
    }
}

/// A press as a phone sends it: a scattered id, a fix, the battery.
pub fn press(she: &She) -> Request {
    let body = json!({
        "location": { "seq": 1, "lat": 28.6353, "lon": -106.0889, "accuracy": 12.0 },
        "battery": 0.8,
    });
    Request {
        method: "PUT",
        path: format!("/v1/alerts/{}", Uuid::new_v4()),
        headers: format!(
            "authorization: Bearer {}\r\ncontent-type: application/json\r\n",
            she.alert_token
        ),
        body: body.to_string(),
        mark: String::new(),
    }
}

/// The same to the peer; `mark` comes back in the webhooks.
fn fires(_: usize) -> Request {
    let mark = Uuid::new_v4();
    let body = json!([{
        "labels": { "alertname": "press", "mark": mark },
        "annotations": { "lat": "28.6353", "lon": "-106.0889", "battery": "0.8" },
    }]);
    Request {
        method: "POST",
        path: "/api/v2/alerts".to_owned(),
        headers: "content-type: application/json\r\n".to_owned(),
        body: body.to_string(),
        mark: mark.to_string(),
    }
}

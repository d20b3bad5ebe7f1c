//! Phones that press in an open loop, whatever the server does, and try again until they are
//! answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::harness::client;
use crate::harness::seed::She;

/// Fifty a second.
pub const FIFTY_A_SECOND: Duration = Duration::from_millis(20);
/// How soon a phone tries again.
const AGAIN: Duration = Duration::from_millis(150);
/// How long a phone goes on trying.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a phone that knows another node waits for one.
const NEXT_NODE: Duration = Duration::from_secs(2);

/// A press that was answered.
pub struct Answered {
    pub she: She,
    pub client_id: Uuid,
    /// The server's own id, from the answer.
    pub alert: String,
    /// When it was answered.
    pub at: Instant,
}

/// Presses under way.
pub struct Phones {
    stop: Arc<AtomicBool>,
    loop_: JoinHandle<Vec<JoinHandle<Answered>>>,
}

impl Phones {
    /// Begins: each woman presses once, one every so long, at one of these nodes or another.
    pub fn press(nodes: Vec<String>, every: Duration, people: Vec<She>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let loop_ = tokio::spawn(async move {
            let (http, begun, mut presses) = (client::bare(), Instant::now(), Vec::new());
            for (n, she) in (0_u32..).zip(people) {
                // From the due time: a slow server does not slow the phones.
                tokio::time::sleep((every * n).saturating_sub(begun.elapsed())).await;
                if told.load(Ordering::Relaxed) {
                    break;
                }
                presses.push(tokio::spawn(until_answered(
                    http.clone(),
                    nodes.clone(),
                    n as usize,
                    she,
                )));
            }
            presses
        });
        Self { stop, loop_ }
    }

    /// Ends the presses and waits until each has been answered.
    pub async fn all_answered(self) -> Vec<Answered> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for press in self.loop_.await.unwrap() {
            all.push(press.await.unwrap());
        }
        all
    }
}

async fn until_answered(
    http: reqwest::Client,
    nodes: Vec<String>,
    first: usize,
    she: She,
) -> Answered {
    let client_id = Uuid::new_v4();
    let patience = if nodes.len() > 1 { NEXT_NODE } else { PATIENCE };
    let mut nodes = nodes.iter().cycle().skip(first % nodes.len());
    let body = json!({ "location": { "seq": 1, "lat": 28.6353, "lon": -106.0889, "accuracy": 12 }, "battery": 0.8 });
    let until = Instant::now() + PATIENCE;
    let mut last = String::new();
    while Instant::now() < until {
        let url = format!("{}/v1/alerts/{client_id}", nodes.next().unwrap());
        let sent = http
            .put(&url)
            .timeout(patience)
            .bearer_auth(&she.alert_token)
            .json(&body)
            .send()
            .await;
        match sent {
            Ok(reply) if reply.status().is_success() => {
                // A reply that breaks off is no answer: the phone asks again and gets the same
                // alert.
                if let Ok(view) = reply.json::<Value>().await {
                    let alert = view["id"].as_str().unwrap().to_owned();
                    return Answered {
                        she,
                        client_id,
                        alert,
                        at: Instant::now(),
                    };
                }
            }
            Ok(reply) => {
                let status = reply.status();
                last = format!("{status}: {}", reply.text().await.unwrap_or_default());
                assert!(status.is_server_error(), "a press was refused: {last}");
            }
            Err(gone) => last = gone.to_string(),
        }
        tokio::time::sleep(AGAIN).await;
    }
    panic!("a press was not answered within {PATIENCE:?}: {last}");
}

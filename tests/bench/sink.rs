//! Stands where FCM would (and where Alertmanager's webhooks go), and notes when each message came.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::exchange::head;

/// A message: which alert, which of its five, when.
pub struct Arrival {
    pub alert: String,
    pub slot: u8,
    pub at: Instant,
    /// Ours: by which her contact's app confirms it.
    pub notification: String,
}

/// The fake, with a thread and runtime of its own.
pub struct Sink {
    pub address: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    arrivals: Mutex<Vec<Arrival>>,
    came: AtomicUsize,
    /// Milliseconds before a message is answered.
    delay: AtomicU64,
}

impl Sink {
    /// Listens on a port of its own.
    pub fn start() -> Self {
        let shared: Arc<Shared> = Arc::default();
        let (tell, hear) = std::sync::mpsc::channel();
        let within = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap().to_string())
                    .unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, Arc::clone(&within)));
                }
            });
        });
        Self {
            address: hear.recv().unwrap(),
            shared,
        }
    }

    /// From now on each message is answered so long after it came; tokens at once.
    pub fn answers_after(&self, delay: Duration) {
        let millis = u64::try_from(delay.as_millis()).unwrap();
        self.shared.delay.store(millis, Ordering::Release);
    }

    /// Forgets what came.
    pub fn clear(&self) {
        self.shared.arrivals.lock().unwrap().clear();
        self.shared.came.store(0, Ordering::Release);
    }

    /// Waits until so many have come; false when they do not within `patience` of the last.
    pub async fn wait_for(&self, count: usize, patience: Duration) -> bool {
        let (mut seen, mut last) = (0, Instant::now());
        loop {
            let now = self.shared.came.load(Ordering::Acquire);
            if now >= count {
                return true;
            }
            if now > seen {
                (seen, last) = (now, Instant::now());
            }
            if last.elapsed() > patience {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Takes what came.
    pub fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut *self.shared.arrivals.lock().unwrap())
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let mut read = Vec::with_capacity(8_192);
    loop {
        while let Some(head) = head(&read) {
            let whole = head.ends + head.length();
            if read.len() < whole {
                break;
            }
            let path = head.first.split(' ').nth(1).unwrap_or("").to_owned();
            let reply = answer(&path, &read[head.ends..whole], &shared);
            read.drain(..whole);
            let delay = shared.delay.load(Ordering::Acquire);
            if delay > 0 && path != "/token" {
                tokio::time::sleep(Duration::from_millis(delay)).await;
            }
            let message = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{reply}",
                reply.len()
            );
            if stream.write_all(message.as_bytes()).await.is_err() {
                return;
            }
        }
        match stream.read_buf(&mut read).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn answer(path: &str, body: &[u8], shared: &Shared) -> String {
    if path == "/token" {
        return r#"{"access_token":"a-bearer","expires_in":3599,"token_type":"Bearer"}"#.to_owned();
    }
    let at = Instant::now();
    let text = std::str::from_utf8(body).unwrap_or("");
    if text.contains("\"validateOnly\":true") {
        return r#"{"name":"projects/bench/messages/fake_message_id"}"#.to_owned();
    }
    // Ours names the alert as `watching`, Alertmanager's webhook carries the label `mark`.
    let alert = after(text, "\"watching\":\"")
        .or_else(|| after(text, "\"mark\":\""))
        .unwrap_or("");
    let alert = alert.get(..36).unwrap_or("").to_owned();
    let slot = path
        .strip_prefix("/e/")
        .or_else(|| after(text, "slot-"))
        .and_then(|s| s.get(..1)?.parse().ok());
    let notification = after(text, "\"notification\":\"").unwrap_or("");
    let notification = notification.get(..36).unwrap_or("").to_owned();
    shared.arrivals.lock().unwrap().push(Arrival {
        alert,
        slot: slot.unwrap_or(u8::MAX),
        at,
        notification,
    });
    let nth = shared.came.fetch_add(1, Ordering::AcqRel);
    format!(r#"{{"name":"projects/bench/messages/{nth}"}}"#)
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).map(|at| &text[at + mark.len()..])
}

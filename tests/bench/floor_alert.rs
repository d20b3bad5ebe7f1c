//! The floor under an alert: the same framework in a process of its own takes a press, commits
//! as many rows, replies, sends five messages over kept connections and records them.
//!
//! It decides, seals and reads nothing. Invariant: it replies after its commit, as Ampara does.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse, HttpServer};
use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::ampara::cpu_of;
use super::exchange::Connection;
use super::floor_store::{AT_ONCE, Messages, Store};
use super::load::Request;

/// The bench's own argument that makes it the floor.
pub const ARGUMENT: &str = "serve-floor";

/// The running floor; killed when dropped.
pub struct Floor {
    child: Child,
    pub address: String,
    _folder: tempfile::TempDir,
}

/// A press as the floor takes it.
pub fn press() -> Request {
    let mark = Uuid::new_v4();
    Request {
        method: "PUT",
        path: format!("/v1/alerts/{mark}"),
        headers: "content-type: application/json\r\n".to_owned(),
        body: json!({ "location": { "seq": 1, "lat": 28.6353, "lon": -106.0889 }, "battery": 0.8 })
            .to_string(),
        mark: mark.to_string(),
    }
}

impl Floor {
    /// Starts it on a new database, sending to `sink`.
    pub async fn start(sink: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([ARGUMENT, sink])
            .arg(folder.path().join("floor.db"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Self {
            child,
            address: address.trim().to_owned(),
            _folder: folder,
        }
    }

    /// CPU that it has taken so far.
    pub fn cpu(&self) -> Duration {
        cpu_of(self.child.id())
    }

    /// Waits until all that it replied to is sent and recorded.
    pub async fn all_recorded(&self) {
        let mut connection = Connection::open(&self.address).await.unwrap();
        let begun = Instant::now();
        loop {
            let left = connection.send("GET", "/left", "", b"").await.unwrap();
            if left.body == b"0" {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the floor hangs");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

enum Write {
    Press(Vec<u8>, oneshot::Sender<Messages>),
    Outcomes(Vec<u8>, Messages),
}

struct Shared {
    writes: mpsc::Sender<Write>,
    left: Arc<AtomicUsize>,
    sink: String,
}

thread_local! {
    static KEPT: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
}

async fn send(sink: &str, alert: &str, slot: usize) {
    let kept = KEPT.with_borrow_mut(Vec::pop);
    let mut connection = match kept {
        Some(connection) => connection,
        None => Connection::open(sink).await.unwrap(),
    };
    let body = format!(
        r#"{{"message":{{"token":"slot-{slot}-phone-0001","data":{{"watching":"{alert}","kind":"alert"}},"android":{{"priority":"HIGH","ttl":"600s"}}}}}}"#
    );
    let headers = "authorization: Bearer a-bearer\r\ncontent-type: application/json\r\n";
    let path = "/v1/projects/bench/messages:send";
    let reply = connection
        .send("POST", path, headers, body.as_bytes())
        .await;
    if reply.is_ok_and(|reply| reply.status == 200) {
        KEPT.with_borrow_mut(|kept| kept.push(connection));
    }
}

async fn take(shared: Data<Shared>, id: Path<String>, _body: web::Bytes) -> HttpResponse {
    let subject = Uuid::parse_str(&id).unwrap().as_bytes().to_vec();
    let (tell, hear) = oneshot::channel();
    shared.left.fetch_add(1, Ordering::AcqRel);
    shared
        .writes
        .send(Write::Press(subject.clone(), tell))
        .unwrap();
    let messages = hear.await.unwrap();
    let alert = id.into_inner();
    let reply = HttpResponse::Created().json(json!({ "id": alert }));
    actix_web::rt::spawn(async move {
        join_all((0..messages.len()).map(|slot| send(&shared.sink, &alert, slot))).await;
        shared
            .writes
            .send(Write::Outcomes(subject, messages))
            .unwrap();
    });
    reply
}

fn write(mut store: Store, writes: &mpsc::Receiver<Write>, left: &AtomicUsize) {
    while let Ok(first) = writes.recv() {
        let mut group = vec![first];
        group.extend(writes.try_iter().take(AT_ONCE - 1));
        let (mut replies, mut ended) = (Vec::new(), 0);
        store.commit(|store| {
            for write in group.drain(..) {
                match write {
                    Write::Press(subject, tell) => replies.push((tell, store.press(&subject))),
                    Write::Outcomes(subject, messages) => {
                        store.outcomes(&subject, &messages);
                        ended += 1;
                    }
                }
            }
        });
        for (tell, messages) in replies {
            let _ = tell.send(messages);
        }
        left.fetch_sub(ended, Ordering::AcqRel);
    }
}

/// Serves until killed; prints its address.
pub fn serve(sink: &str, file: &str) {
    let (writes, taken) = mpsc::channel();
    let left = Arc::new(AtomicUsize::new(0));
    let (store, counted) = (Store::sqlite(file), Arc::clone(&left));
    std::thread::spawn(move || write(store, &taken, &counted));
    let shared = Data::new(Shared {
        writes,
        left,
        sink: sink.to_owned(),
    });
    actix_web::rt::System::new().block_on(async move {
        let routes = move || {
            App::new()
                .app_data(shared.clone())
                .route("/v1/alerts/{id}", web::put().to(take))
                .route(
                    "/left",
                    web::get().to(|shared: Data<Shared>| async move {
                        shared.left.load(Ordering::Acquire).to_string()
                    }),
                )
        };
        let server = HttpServer::new(routes)
            .workers(2)
            .bind(("127.0.0.1", 0))
            .unwrap();
        println!("{}", server.addrs()[0]);
        server.run().await.unwrap();
    });
}

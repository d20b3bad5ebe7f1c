//! Requests: so many a second whatever becomes of them, or one after the other as fast as they are
//! answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::exchange::{Connection, Reply};

/// Connections of a load.
pub const CONNECTIONS: usize = 64;

/// A request.
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub headers: String,
    pub body: String,
    /// By what it is found again, where the reply doesn't say.
    pub mark: String,
}

/// A request that was answered.
pub struct Answered {
    pub n: usize,
    /// When it was due (open loop) or sent (closed loop).
    pub due: Instant,
    pub replied: Instant,
    pub reply: Reply,
    pub mark: String,
}

/// What became of a load.
pub struct Outcome {
    pub answered: Vec<Answered>,
    pub failed: usize,
    pub first_sent: Instant,
    pub last_reply: Instant,
}

/// The `n`-th request of a load.
pub type Make = Arc<dyn Fn(usize) -> Request + Send + Sync>;

/// `count` requests to `address`, `rate` of them a second, over as many connections as it takes up
/// to [`CONNECTIONS`].
pub async fn open_loop(address: &str, count: usize, rate: f64, make: Make) -> Outcome {
    let (tell, hear) = mpsc::unbounded_channel::<(usize, Instant)>();
    let hear = Arc::new(Mutex::new(hear));
    let mut workers = JoinSet::new();
    for _ in 0..CONNECTIONS.min(count) {
        let (hear, make) = (Arc::clone(&hear), Arc::clone(&make));
        let mut connection = Connection::open(address).await.unwrap();
        workers.spawn(async move {
            let (mut answered, mut failed) = (Vec::new(), 0);
            loop {
                let next = hear.lock().await.recv().await;
                let Some((n, due)) = next else {
                    return (answered, failed);
                };
                exchange(&mut connection, n, due, &make, &mut answered, &mut failed).await;
            }
        });
    }
    // A thread of its own: a runtime's timer rounds to a millisecond.
    let begun = Instant::now() + Duration::from_millis(20);
    std::thread::spawn(move || {
        for n in 0..count {
            let due = begun + Duration::from_secs_f64(n as f64 / rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if tell.send((n, due)).is_err() {
                return;
            }
        }
    });
    gather(workers, begun).await
}

/// `count` requests, or as many as go into `time`, over `connections`: the next as soon as the last
/// is answered.
pub async fn closed_loop(
    address: &str,
    connections: usize,
    count: usize,
    time: Duration,
    make: Make,
) -> Outcome {
    let next = Arc::new(AtomicUsize::new(0));
    let mut opened = Vec::new();
    for _ in 0..connections.min(count) {
        opened.push(Connection::open(address).await.unwrap());
    }
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for mut connection in opened {
        let (next, make) = (Arc::clone(&next), Arc::clone(&make));
        workers.spawn(async move {
            let (mut answered, mut failed) = (Vec::new(), 0);
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count || begun.elapsed() >= time {
                    return (answered, failed);
                }
                exchange(
                    &mut connection,
                    n,
                    Instant::now(),
                    &make,
                    &mut answered,
                    &mut failed,
                )
                .await;
            }
        });
    }
    gather(workers, begun).await
}

async fn exchange(
    connection: &mut Connection,
    n: usize,
    due: Instant,
    make: &Make,
    answered: &mut Vec<Answered>,
    failed: &mut usize,
) {
    let request = make(n);
    match connection
        .send(
            request.method,
            &request.path,
            &request.headers,
            request.body.as_bytes(),
        )
        .await
    {
        Ok(reply) if (200..300).contains(&reply.status) => {
            answered.push(Answered {
                n,
                due,
                replied: Instant::now(),
                reply,
                mark: request.mark,
            });
        }
        Ok(reply) => {
            *failed += 1;
            eprintln!(
                "refused with {}: {}",
                reply.status,
                String::from_utf8_lossy(&reply.body)
            );
        }
        Err(error) => {
            *failed += 1;
            eprintln!("not answered: {error}");
        }
    }
}

async fn gather(mut workers: JoinSet<(Vec<Answered>, usize)>, first_sent: Instant) -> Outcome {
    let mut outcome = Outcome {
        answered: Vec::new(),
        failed: 0,
        first_sent,
        last_reply: first_sent,
    };
    while let Some(done) = workers.join_next().await {
        let (answered, failed) = done.unwrap();
        outcome.answered.extend(answered);
        outcome.failed += failed;
    }
    outcome.last_reply = outcome
        .answered
        .iter()
        .map(|a| a.replied)
        .max()
        .unwrap_or(first_sent);
    outcome
}

//! Reads a stream of server-sent events and notes when each came.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::exchange::Connection;

/// An event's data, and when it came.
pub type Seen = (Value, Instant);

/// A watcher; dropping it hangs up.
pub struct Watcher {
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Watcher {
    /// Listens at `path`, with these headers, until dropped.
    pub async fn listen(address: &str, path: &str, headers: &str) -> Self {
        let connection = Connection::open(address).await.unwrap();
        let (stream, rest) = connection.listen(path, headers).await.unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let task = tokio::spawn(read(stream, rest, Arc::clone(&seen)));
        Self { seen, task }
    }

    /// Takes what was seen.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(mut stream: TcpStream, mut chunked: Vec<u8>, seen: Arc<Mutex<Vec<Seen>>>) {
    let mut text = Vec::new();
    loop {
        unchunk(&mut chunked, &mut text);
        while let Some(end) = text.windows(2).position(|w| w == b"\n\n") {
            let at = Instant::now();
            let event: Vec<u8> = text.drain(..end + 2).collect();
            for line in event
                .split(|b| *b == b'\n')
                .filter_map(|line| line.strip_prefix(b"data: "))
            {
                if let Ok(value) = serde_json::from_slice(line) {
                    seen.lock().unwrap().push((value, at));
                }
            }
        }
        match stream.read_buf(&mut chunked).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// Moves whole chunks (RFC 9112, 7.1) over to `text`.
fn unchunk(chunked: &mut Vec<u8>, text: &mut Vec<u8>) {
    loop {
        let Some(line) = chunked.windows(2).position(|w| w == b"\r\n") else {
            return;
        };
        let size = std::str::from_utf8(&chunked[..line])
            .ok()
            .and_then(|s| usize::from_str_radix(s.trim(), 16).ok());
        let Some(size) = size else { return };
        let whole = line + 2 + size + 2;
        if chunked.len() < whole {
            return;
        }
        text.extend_from_slice(&chunked[line + 2..line + 2 + size]);
        chunked.drain(..whole);
    }
}

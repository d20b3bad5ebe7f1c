//! Stands between the server and PostgreSQL: cuts the line at a chosen word, or holds up all that
//! is said.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::postgres::Cluster;

/// When the line is cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The word never reaches the server.
    Before,
    /// The server has done it and says so, and its reply is lost.
    After,
}

struct Orders {
    socket: PathBuf,
    scissors: Mutex<Option<(&'static str, Cut)>>,
    left: AtomicUsize,
    held: AtomicBool,
}

pub struct Proxy {
    orders: Arc<Orders>,
    port: u16,
}

impl Proxy {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = Cluster::shared().socket();
        let (left, held) = (AtomicUsize::new(0), AtomicBool::new(false));
        let orders = Arc::new(Orders {
            socket,
            scissors: Mutex::default(),
            left,
            held,
        });
        let shared = Arc::clone(&orders);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let orders = Arc::clone(&shared);
                thread::spawn(move || orders.carry(client));
            }
        });
        Self { orders, port }
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://ampara@127.0.0.1:{}/{database}", self.port)
    }

    /// The next `times` messages of a client that contain `word` cut their connection.
    pub fn cuts(&self, word: &'static str, cut: Cut, times: usize) {
        *self.orders.scissors.lock().unwrap() = Some((word, cut));
        self.orders.left.store(times, Ordering::SeqCst);
    }

    /// From now on nothing that a client says gets through, as where PostgreSQL hangs; or all of it
    /// again.
    pub fn holds_up(&self, all: bool) {
        self.orders.held.store(all, Ordering::SeqCst);
    }

    /// Cuts still to come.
    pub fn left(&self) -> usize {
        self.orders.left.load(Ordering::SeqCst)
    }
}

impl Orders {
    /// Message by message, since PostgreSQL answers before the client asks again.
    fn carry(&self, mut client: TcpStream) {
        let mut server = UnixStream::connect(&self.socket).unwrap();
        let (mut answers, mut to_client) =
            (server.try_clone().unwrap(), client.try_clone().unwrap());
        let muted = Arc::new(AtomicUsize::new(0));
        let mute = Arc::clone(&muted);
        let back = thread::spawn(move || {
            let mut bytes = [0; 16_384];
            while let Ok(n @ 1..) = answers.read(&mut bytes) {
                // What comes after the cut word is its answer: the line is dead now.
                if mute.load(Ordering::SeqCst) == 1 || to_client.write_all(&bytes[..n]).is_err() {
                    break;
                }
            }
            let _ = to_client.shutdown(Shutdown::Both);
        });
        let mut bytes = [0; 16_384];
        while let Ok(n @ 1..) = client.read(&mut bytes) {
            while self.held.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(10));
            }
            match self.due(&bytes[..n]) {
                Some(Cut::Before) => break,
                Some(Cut::After) => muted.store(1, Ordering::SeqCst),
                None => {}
            }
            if server.write_all(&bytes[..n]).is_err() {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
        let _ = back.join();
    }

    fn due(&self, bytes: &[u8]) -> Option<Cut> {
        let (word, cut) = (*self.scissors.lock().unwrap())?;
        let said = bytes
            .windows(word.len())
            .any(|window| window == word.as_bytes());
        let take = |left: usize| left.checked_sub(1);
        (said
            && self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
                .is_ok())
        .then_some(cut)
    }
}

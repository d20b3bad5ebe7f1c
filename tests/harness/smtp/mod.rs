//! A strict fake of a relay that takes emails for submission, with STARTTLS by an authority of its
//! own.
//!
//! What: [`Smtp`] speaks SMTP on a loopback port; what it takes is a [`Email`] on its ledger.
//! Invariant: before TLS it knows EHLO, STARTTLS and QUIT; anything else there fails the test, as
//! do wrong credentials, a wrong order, and an email that is more than plain text or lacks a header
//! that every relay asks for. Path: `talk` is the conversation, `email` reads what came. On
//! failure: what is said at each stage can be scripted, in sequence; see [`Reply`].

mod email;
mod talk;

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use ampara::delivery::channels::email::client::Account;
use ampara::delivery::channels::email::errors::Stage;
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

pub use self::email::Email;
use super::ledger::Ledger;
use super::settings::TestSettings;

/// The account at the relay.
pub const USER: &str = "ampara";
/// Its password.
pub const PASSWORD: &str = "contraseña-del-relay";
/// The sender of emails.
pub const FROM: &str = "Avisos <avisos@ampara.test>";

/// What the relay says at a stage, instead of taking it.
#[derive(Debug, Clone)]
pub enum Reply {
    /// This line.
    Says(&'static str),
    /// Nothing, for as long as it is listened to.
    Hangs,
    /// Nothing, and it hangs up.
    Closes,
    /// The beginning of a line, and it hangs up.
    BreaksOff(&'static str),
    /// It takes it after so long.
    Slow(Duration),
}

/// What the relay shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// A certificate of its name, by the authority that is handed out.
    Good,
    /// One by another authority.
    AnotherAuthority,
    /// One of another name.
    AnotherName,
    /// It offers no STARTTLS.
    NoTls,
}

struct Desk {
    ledger: Ledger<Email>,
    planned: Mutex<VecDeque<(Stage, Reply)>>,
    always: Mutex<Option<(Stage, Reply)>>,
    tls: Option<Arc<ServerConfig>>,
    stopped: AtomicBool,
}

impl Desk {
    /// What is scripted for this stage, if it is its turn.
    fn next(&self, stage: Stage) -> Option<Reply> {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        let its_turn = planned.front().is_some_and(|(at, _)| *at == stage);
        let next = if its_turn { planned.pop_front() } else { None };
        let always = || {
            self.always
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        };
        next.or_else(|| always().filter(|(at, _)| *at == stage))
            .map(|(_, reply)| reply)
    }
}

/// The relay. Dropping it stops it and fails the test over anything unclaimed or wrong.
pub struct Smtp {
    desk: Arc<Desk>,
    address: SocketAddr,
    authority: String,
    folder: tempfile::TempDir,
    thread: Option<JoinHandle<()>>,
}

impl Smtp {
    /// A good one.
    pub fn start() -> Self {
        Self::with_face(Face::Good)
    }

    /// One that shows this.
    pub fn with_face(face: Face) -> Self {
        let name = if face == Face::AnotherName {
            "elsewhere.test"
        } else {
            "localhost"
        };
        let (shown, mut authority) = certified(name);
        if face == Face::AnotherAuthority {
            authority = certified(name).1;
        }
        let desk = Arc::new(Desk {
            ledger: Ledger::new(),
            planned: Mutex::default(),
            always: Mutex::default(),
            tls: (face != Face::NoTls).then_some(shown),
            stopped: AtomicBool::new(false),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&desk);
        let thread = std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let desk = Arc::clone(&shared);
                // Ends with its connection; a client that is gone is no fault.
                std::thread::spawn(move || talk::talk(&desk, stream));
            }
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), &authority).unwrap();
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        Self {
            desk,
            address,
            authority,
            folder,
            thread: Some(thread),
        }
    }

    /// What `email.password_file` is set to.
    pub fn password_file(&self) -> PathBuf {
        self.folder.path().join("password")
    }

    /// Has a server send its emails here.
    pub fn serves(&self, settings: &mut TestSettings) {
        let ca = self.folder.path().join("ca.pem");
        settings
            .set("email.host", "localhost")
            .set("email.port", i64::from(self.address.port()))
            .set("email.user", USER)
            .set(
                "email.password_file",
                self.password_file().to_str().unwrap(),
            )
            .set("email.from", FROM)
            .set("email.ca_file", ca.to_str().unwrap())
            // A handshake on a busy machine.
            .set("delivery.connect_timeout_ms", 2_000)
            .set("delivery.total_timeout_ms", 5_000);
    }

    /// The account, for delivery alone.
    pub fn account(&self) -> Account {
        Account {
            host: "localhost".to_owned(),
            port: self.address.port(),
            sign_in: Some((USER.to_owned(), PASSWORD.into())),
            from: FROM.to_owned(),
            authority: Some(self.authority.clone().into_bytes()),
            hello: "ampara.test".to_owned(),
        }
    }

    /// What is said at these stages, one after the other; then all is taken again.
    pub fn answers(&self, script: impl IntoIterator<Item = (Stage, Reply)>) {
        self.desk
            .planned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(script);
    }

    /// What is always said at this stage, where no script says something else.
    pub fn answers_all(&self, stage: Stage, reply: Reply) {
        *self
            .desk
            .always
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some((stage, reply));
    }

    /// Claims the oldest email to `to`, waiting up to a minute of real time for it.
    pub async fn expects(&self, to: &str) -> Email {
        self.desk.ledger.expect(to, "email").await
    }

    /// Fails when an unclaimed email to `to` is there. Whatever was due must have been stepped
    /// before.
    pub fn expects_nothing_for(&self, to: &str) {
        assert_eq!(
            self.desk.ledger.waiting_for(to),
            0,
            "an email to {to} that nobody should have got"
        );
    }

    /// Claims all there is, oldest first.
    pub fn take_all(&self) -> Vec<Email> {
        self.desk.ledger.take_all()
    }

    /// How many emails it has taken, claimed ones included.
    pub fn total(&self) -> usize {
        self.desk.ledger.total()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.desk.stopped.store(true, Ordering::SeqCst);
        // Wakes the one that waits for connections.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.desk.ledger.settle("the relay");
    }
}

/// A server's side of TLS for `name`, and the PEM of the authority that vouches for it.
fn certified(name: &str) -> (Arc<ServerConfig>, String) {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, key);
    let server_key = rcgen::KeyPair::generate().unwrap();
    let server = rcgen::CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&server_key, &issuer)
        .unwrap();
    let chain = vec![CertificateDer::from(server.der().to_vec())];
    let config = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(
        chain,
        PrivatePkcs8KeyDer::from(server_key.serialize_der()).into(),
    )
    .unwrap();
    (Arc::new(config), authority)
}

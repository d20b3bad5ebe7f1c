//! The composition root: built, asked for its port, then run.
//!
//! What: [`App::build`] opens keys and database, builds each room in order ([`Rooms`]), binds the
//! listener; and [`App::run_until_stopped`] serves until SIGTERM, SIGINT or [`Stop::now`].
//! Invariant: nothing is listened to before everything a press needs is open, so a port that
//! answers can take an alert. HTTP/1.1 only, in the clear or by TLS. Path: config → keys → database
//! → rooms (`rooms.rs`: the one file to touch for a new room) → routes → listener. On failure: what
//! is missing is named for the person who runs the server, and nothing is left running. On
//! stopping: no new connections, streams end at once, requests in flight get five seconds, then the
//! workers.

mod assembly;
mod contract;
mod docs;
mod error;
mod events;
mod examples;
mod fixtures;
mod housekeeping;
mod listen;
mod metrics;
mod open_words;
pub(crate) mod ops;
mod ranges;
mod refusals;
mod rooms;
mod sent;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::{Server, ServerHandle};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use self::tls::Certificate;
use crate::alerts::restored;
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::Channels;
use crate::foundation::Foundation;
use crate::http::{Stop, Stopping};
use crate::watched::watched;

pub use docs::openapi;
pub use error::AppError;
pub use examples::problem as example_problem;
pub use rooms::Rooms;

/// How long requests in flight are given when the server goes down, in seconds. A press waits two
/// for its body.
const GRACE_S: u64 = 5;

/// A server that is ready to run.
pub struct App {
    server: Server,
    handle: ServerHandle,
    address: SocketAddr,
    foundation: Foundation,
    rooms: Rooms,
    stop: Stop,
    stopping: Stopping,
    workers: JoinSet<()>,
}

impl App {
    /// Opens everything a press needs, starts the workers and binds the listener. Must run inside
    /// tokio.
    ///
    /// # Errors
    /// What is missing, in words for the person who runs the server.
    pub async fn build(config: Config, clock: Clock) -> Result<Self, AppError> {
        let foundation = Foundation::open(config, clock)?;
        let channels = Channels::from_config(&foundation.config, &foundation.clock)
            .map_err(|e| AppError::Settings(e.to_string()))?;
        Self::on(foundation, channels).await
    }

    /// The same on a foundation that is laid already, and over channels of the caller's choice (the
    /// demo's terminal).
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn on(foundation: Foundation, channels: Channels) -> Result<Self, AppError> {
        if channels.script.is_some() {
            return Err(AppError::Room(String::from(
                "delivery: the simulator's channels send nothing",
            )));
        }
        let (stop, stopping) = Stop::new();
        let rooms = Rooms::open(foundation.clone(), channels, stopping.clone()).await?;
        // Before a sender or the engine runs.
        restored::high_water::look(&foundation)
            .await
            .map_err(|e| AppError::Room(format!("alerts: {e}")))?;
        let certificate = certificate(&foundation.config)?;
        let (server, address) = listen(&foundation.config, &rooms, certificate.as_ref())?;
        // Before the first heartbeat, which would say for a minute that this node sends nothing.
        if let Err(error) = rooms.delivery().says_it_lives().await {
            tracing::error!(%error, "this node could not say that it lives; it tries again");
        }
        let mut workers = rooms.start();
        let stop_renewing = stopping.watch();
        workers.spawn(watched("tls", stopping.watch(), move || {
            tls::keep_fresh(certificate.clone(), stop_renewing.clone())
        }));
        metrics::start(&mut workers, &rooms, &stopping)?;
        Ok(Self {
            handle: server.handle(),
            server,
            address,
            foundation,
            rooms,
            stop,
            stopping,
            workers,
        })
    }

    /// The port it listens on, which `http.bind` may have left to the system.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it stands on.
    #[must_use]
    pub fn foundation(&self) -> &Foundation {
        &self.foundation
    }

    /// Its rooms.
    #[must_use]
    pub fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// The hand that stops it.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until it is told to stop, then ends in order.
    ///
    /// # Errors
    /// [`AppError::Serve`] if the listener breaks.
    pub async fn run_until_stopped(self) -> Result<(), AppError> {
        let Self {
            mut server,
            handle,
            stop,
            stopping,
            mut workers,
            ..
        } = self;
        let ended = tokio::select! {
            ended = &mut server => Some(ended),
            () = told_to_stop(&stopping) => None,
        };
        tracing::info!("stopping");
        stop.now();
        let outcome = match ended {
            Some(ended) => ended,
            // The server must go on being polled, or it would not get the order.
            None => tokio::join!(handle.stop(true), server).1,
        };
        let all = async { while workers.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(GRACE_S), all)
            .await
            .is_err()
        {
            tracing::warn!(
                "workers did not end in time and are cut off; what they owed is owed by rows"
            );
            workers.shutdown().await;
        }
        tracing::info!("stopped");
        outcome.map_err(AppError::Serve)
    }
}

/// SIGTERM (systemd), SIGINT (a terminal) or a hand of ours.
async fn told_to_stop(stopping: &Stopping) {
    let caught = |kind| async move {
        match signal(kind) {
            Ok(mut caught) => {
                caught.recv().await;
            }
            // Without a handler the system ends the process itself.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stopping.wait() => {}
        () = caught(SignalKind::terminate()) => {}
        () = caught(SignalKind::interrupt()) => {}
    }
}

fn certificate(config: &Config) -> Result<Option<Arc<Certificate>>, AppError> {
    match (&config.http.tls.cert_file, &config.http.tls.key_file) {
        (Some(cert), Some(key)) => Certificate::open(cert, key).map(Some),
        _ => Ok(None),
    }
}

fn listen(
    config: &Config,
    rooms: &Rooms,
    certificate: Option<&Arc<Certificate>>,
) -> Result<(Server, SocketAddr), AppError> {
    let api = openapi();
    let rooms = rooms.clone();
    let read_timeout = Duration::from_secs(config.http.read_timeout_s);
    let server = HttpServer::new(move || assembly::app(&rooms, &api))
        .workers(config.http.workers)
        .client_request_timeout(read_timeout)
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(GRACE_S)
        // An event waits for no acknowledgement of the one before it: up to 40 ms.
        .tcp_nodelay(true)
        .disable_signals();
    let unbound = |e| AppError::Bind(config.http.bind.clone(), e);
    let tls = certificate.map(|one| one.settings()).transpose()?;
    let mut bound = server;
    for listener in listen::listen(&config.http.bind).map_err(unbound)? {
        bound = match &tls {
            Some(tls) => bound.listen_rustls_0_23(listener, tls.clone()),
            None => bound.listen(listener),
        }
        .map_err(unbound)?;
    }
    let address = bound
        .addrs()
        .first()
        .copied()
        .ok_or_else(|| unbound(std::io::ErrorKind::AddrNotAvailable.into()))?;
    Ok((bound.run(), address))
}

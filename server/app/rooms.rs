//! The rooms of a running server, and where each is wired: [`Rooms::open`] builds it,
//! [`Rooms::hand_out`] gives its state to handlers, [`routes`] adds its routes, [`Rooms::start`]
//! runs its workers. A new room adds a line to each that it needs, and nothing elsewhere.

use actix_web::web::{self, Data};
use tokio::sync::watch;
use tokio::task::JoinSet;
use utoipa_actix_web::service_config::ServiceConfig;

use std::sync::Arc;

use super::ops::{self, Ops};
use super::{AppError, housekeeping};
use crate::alerts::engine::ahead::begin_clock;
use crate::alerts::engine::run;
use crate::alerts::{self, Alerts, restored, retention};
use crate::delivery::{self, Channels, Delivery, Outbox};
use crate::escalation::CentreCache;
use crate::escalation::centres::keep_fresh;
use crate::foundation::Foundation;
use crate::http::envelope::StrictTransport;
use crate::http::health::{self, Readiness};
use crate::http::numbers::Numbers;
use crate::http::{BodyLimits, Limits, Stopping, TrustedProxies};
use crate::identity::{self, Identity};
use crate::readiness::{Heartbeat, heartbeat, reminder};
use crate::watched::watched;
use crate::{console, municipality, network, web as pages};

/// The state of every room. A clone is the same rooms.
#[derive(Clone)]
pub struct Rooms {
    foundation: Data<Foundation>,
    stopping: Data<Stopping>,
    proxies: Data<TrustedProxies>,
    body_limits: Data<BodyLimits>,
    limits: Data<Limits>,
    readiness: Data<Readiness>,
    strict_transport: Data<StrictTransport>,
    numbers: Data<Numbers>,
    identity: Data<Identity>,
    delivery: Data<Delivery>,
    alerts: Data<Alerts>,
    heartbeat: Data<Heartbeat>,
    looks: Data<console::Looks>,
    centres: Data<CentreCache>,
    ops: Ops,
}

impl Rooms {
    /// Builds the rooms, lowest first.
    ///
    /// # Errors
    /// The first that cannot be opened.
    pub async fn open(
        foundation: Foundation,
        channels: Channels,
        stopping: Stopping,
    ) -> Result<Self, AppError> {
        let config = std::sync::Arc::clone(&foundation.config);
        let proxies = TrustedProxies::parse(&config.http.trusted_proxies).map_err(|text| {
            AppError::Settings(format!(
                "settings: http.trusted_proxies: {text} is no IP address"
            ))
        })?;
        let limits = Limits::new(
            foundation.clock.clone(),
            config.identity.sign_ins_per_address_hour,
        );
        begin_clock(&foundation)
            .await
            .map_err(|e| AppError::Room(format!("clock: {e}")))?;
        let outbox = Outbox::new(&config.delivery);
        let centres = CentreCache::default();
        let index = centres.clone();
        // Built before the first press comes.
        foundation
            .db
            .read(move |conn| index.get(conn))
            .await
            .map_err(|e| AppError::Room(format!("centres: {e}")))?;
        let identity = Identity::open(foundation.clone(), outbox.clone())
            .await
            .map_err(|e| AppError::Room(format!("identity: {e}")))?
            .with_fictional(channels.fictional);
        let alerts = Alerts::new(foundation.clone(), outbox.clone(), centres.clone());
        let outcome_hook = Arc::new(alerts::OutcomeHook(foundation.clone()));
        let delivery = Delivery::new(foundation.clone(), outbox, channels, outcome_hook);
        let readiness = Arc::new(Readiness::default());
        let heartbeat = Heartbeat::new(
            alerts.clone(),
            delivery.clone(),
            identity.signer().clone(),
            Arc::clone(&readiness),
        );
        let ops = Ops::new(alerts.clone(), delivery.clone())
            .map_err(|e| AppError::Settings(e.to_string()))?;
        Ok(Self {
            ops,
            looks: Data::new(console::Looks::new(&foundation)),
            heartbeat: Data::new(heartbeat),
            identity: Data::new(identity),
            delivery: Data::new(delivery),
            alerts: Data::new(alerts),
            centres: Data::new(centres),
            stopping: Data::new(stopping),
            proxies: Data::new(proxies),
            body_limits: Data::new(BodyLimits::from(&config.http)),
            limits: Data::new(limits),
            readiness: Data::from(readiness),
            numbers: Data::new(Numbers::of(&config)),
            strict_transport: Data::new(StrictTransport(
                config.http.public_url.starts_with("https://"),
            )),
            foundation: Data::new(foundation),
        })
    }

    /// Gives the rooms' state to handlers.
    pub(super) fn hand_out(&self, cfg: &mut web::ServiceConfig) {
        cfg.app_data(self.foundation.clone())
            .app_data(self.stopping.clone())
            .app_data(self.proxies.clone())
            .app_data(self.body_limits.clone())
            .app_data(self.limits.clone())
            .app_data(self.readiness.clone())
            .app_data(self.strict_transport.clone())
            .app_data(self.numbers.clone())
            .app_data(self.identity.clone())
            .app_data(self.delivery.clone())
            .app_data(self.alerts.clone())
            .app_data(self.heartbeat.clone())
            .app_data(self.looks.clone())
            .app_data(self.centres.clone());
    }

    /// Starts what runs beside the requests. Each worker ends when `stopping` says so.
    #[must_use]
    pub fn start(&self) -> JoinSet<()> {
        let mut workers = JoinSet::new();
        let stop = || self.stopping.watch();
        let (alerts, delivery) = (self.alerts.as_ref().clone(), self.delivery.as_ref().clone());
        let (sender, at) = (delivery.clone(), stop());
        keep(&mut workers, "delivery", stop(), move || {
            let (sender, at) = (sender.clone(), at.clone());
            async move { sender.run(at).await }
        });
        let (of, at) = (alerts.clone(), stop());
        keep(&mut workers, "engine", stop(), move || {
            run::run(of.clone(), at.clone())
        });
        let (of, at) = (alerts.clone(), stop());
        keep(&mut workers, "restores", stop(), move || {
            restored::run(of.clone(), at.clone())
        });
        let (of, at) = (self.heartbeat.as_ref().clone(), stop());
        keep(&mut workers, "heartbeat", stop(), move || {
            heartbeat::run(of.clone(), at.clone())
        });
        let (of, at) = (alerts.clone(), stop());
        keep(&mut workers, "reminder", stop(), move || {
            reminder::run(of.clone(), delivery.clone(), at.clone())
        });
        let at = stop();
        keep(&mut workers, "folios", stop(), move || {
            housekeeping::give_back_folios(alerts.clone(), at.clone())
        });
        let (of, at) = (self.ops.clone(), stop());
        keep(&mut workers, "ops", stop(), move || {
            ops::run(of.clone(), at.clone())
        });
        let (of, at) = (self.ops.clone(), stop());
        keep(&mut workers, "ops look", stop(), move || {
            ops::keep_looking(of.clone(), at.clone())
        });
        let (of, db, at) = (
            self.centres.as_ref().clone(),
            self.foundation.db.clone(),
            stop(),
        );
        keep(&mut workers, "centres", stop(), move || {
            keep_fresh(of.clone(), db.clone(), at.clone())
        });
        let (of, at) = (self.foundation.as_ref().clone(), stop());
        keep(&mut workers, "seal keys", stop(), move || {
            housekeeping::refresh_keys(of.clone(), at.clone())
        });
        self.start_daily(&mut workers);
        workers
    }

    /// Starts what destroys each day what is past its retention.
    fn start_daily(&self, workers: &mut JoinSet<()>) {
        let stop = || self.stopping.watch();
        let foundation = self.foundation.as_ref();
        let (of, at) = (foundation.clone(), stop());
        keep(workers, "trails", stop(), move || {
            let (of, clock) = (of.clone(), of.clock.clone());
            let pass = async move || retention::pass(&of).await;
            housekeeping::daily(clock, "trails", at.clone(), pass)
        });
        let (of, at) = (foundation.clone(), stop());
        keep(workers, "addresses", stop(), move || {
            let (of, clock) = (of.clone(), of.clock.clone());
            let pass = async move || delivery::retention::pass(&of).await;
            housekeeping::daily(clock, "addresses", at.clone(), pass)
        });
        let (of, at) = (foundation.clone(), stop());
        keep(workers, "contacts", stop(), move || {
            let (of, clock) = (of.clone(), of.clock.clone());
            let pass = async move || network::retention::pass(&of).await;
            housekeeping::daily(clock, "contacts", at.clone(), pass)
        });
        let (of, at) = (foundation.clone(), stop());
        keep(workers, "unconfirmed addresses", stop(), move || {
            let (of, clock) = (of.clone(), of.clock.clone());
            let pass = async move || network::forget_unconfirmed(&of).await;
            let what = "addresses that were not confirmed";
            housekeeping::daily(clock, what, at.clone(), pass)
        });
    }

    /// The senders. On a manual clock a test steps them.
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// The heartbeat. On a manual clock a test renews it.
    #[must_use]
    pub fn heartbeat(&self) -> &Heartbeat {
        &self.heartbeat
    }

    /// What tells ops. On a manual clock a test has it look and tell.
    #[must_use]
    pub fn ops(&self) -> &Ops {
        &self.ops
    }

    /// What the rooms stand on.
    pub(super) fn foundation(&self) -> &Foundation {
        &self.foundation
    }

    /// The centres, as this node knows them.
    pub(super) fn centres(&self) -> &CentreCache {
        &self.centres
    }

    /// The alerts. On a manual clock a test steps their engine.
    #[must_use]
    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }
}

/// Starts a loop that is started again should it panic or end before the stop.
fn keep<F: Future<Output = ()> + Send + 'static>(
    workers: &mut JoinSet<()>,
    name: &'static str,
    stop: watch::Receiver<bool>,
    begin: impl FnMut() -> F + Send + 'static,
) {
    workers.spawn(watched(name, stop, begin));
}

/// Adds the routes, one line a room.
pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    health::configure(cfg);
    municipality::routes::configure(cfg);
    delivery::routes::configure(cfg);
    identity::routes::configure(cfg);
    network::routes::configure(cfg);
    alerts::routes::configure(cfg);
    crate::readiness::routes::configure(cfg);
    console::routes::configure(cfg);
    pages::configure(cfg);
}

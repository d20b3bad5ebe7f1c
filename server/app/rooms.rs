//! The rooms of a running server, and where each is wired: [`Rooms::open`] builds it, [`Rooms::hand_out`] gives its
//! state to handlers, [`routes`] adds its routes, [`Rooms::start`] runs its workers. A new room adds a line to each
//! that it needs, and nothing elsewhere.

use actix_web::web::{self, Data};
use tokio::task::JoinSet;
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppError;
use crate::foundation::Foundation;
use crate::http::envelope::StrictTransport;
use crate::http::health::{self, Readiness};
use crate::http::{BodyLimits, Limits, Stopping, TrustedProxies};
use crate::municipality;

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
}

impl Rooms {
    /// Builds the rooms, lowest first.
    ///
    /// # Errors
    /// The first that cannot be opened.
    #[expect(clippy::unused_async, reason = "rooms that read the database while they open wait here")]
    pub async fn open(foundation: Foundation, stopping: Stopping) -> Result<Self, AppError> {
        let config = std::sync::Arc::clone(&foundation.config);
        let proxies = TrustedProxies::parse(&config.http.trusted_proxies)
            .map_err(|text| AppError::Room(format!("http.trusted_proxies: {text} is no IP address")))?;
        let limits = Limits::new(
            foundation.clock.clone(),
            config.identity.codes_per_phone_hour,
            config.identity.sign_ins_per_address_hour,
        );
        Ok(Self {
            stopping: Data::new(stopping),
            proxies: Data::new(proxies),
            body_limits: Data::new(BodyLimits::from(&config.http)),
            limits: Data::new(limits),
            readiness: Data::new(Readiness::default()),
            strict_transport: Data::new(StrictTransport(config.http.public_url.starts_with("https://"))),
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
            .app_data(self.strict_transport.clone());
    }

    /// Starts what runs beside the requests. Each worker ends when `stopping` says so.
    #[must_use]
    pub fn start(&self) -> JoinSet<()> {
        JoinSet::new()
    }
}

/// Adds the routes, one line a room.
pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    health::configure(cfg);
    municipality::routes::configure(cfg);
}

//! `GET /metrics`, for Prometheus, on a listener of its own (`[metrics] bind`).
//!
//! What: [`start`] listens beside the phones' listener; [`exposition`] writes what it answers, in
//! the OpenMetrics text format 1.0. Invariant: no label holds anything personal, and each has a
//! closed set of values: words of ours, providers and centres. A scrape reads a handful of indexed
//! rows and does not wait for other scrapes; what happens on the way of an alert is counted there.
//! Path: is the token right, where one is set? Read, write down, answer. On failure: an address
//! that is taken is an alarm in the log, and the server goes on without metrics: alerts matter
//! more. A database that cannot be read leaves out what only it knows, and `ampara_health` says
//! `failing`.

mod exposition;

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::task::JoinSet;

use super::{AppError, Rooms};
use crate::config::{self, secret_file};
use crate::http::Stopping;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// A token that is shorter can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// The hash of the token that a reader must send.
#[derive(Clone)]
struct Door(Option<[u8; 32]>);

impl Door {
    fn of(settings: &config::Metrics) -> Result<Self, AppError> {
        let Some(file) = &settings.token_file else {
            return Ok(Self(None));
        };
        let token = secret_file("metrics.token_file", file)
            .map_err(|e| AppError::Settings(e.to_string()))?;
        if token.expose_secret().len() < SHORTEST_TOKEN {
            let problem = format!(
                "settings: metrics.token_file: the token needs {SHORTEST_TOKEN} letters or more"
            );
            return Err(AppError::Settings(problem));
        }
        Ok(Self(Some(Sha256::digest(token.expose_secret()).into())))
    }

    /// Hashes are compared, in a time that tells nothing of the token, nor of its length.
    fn lets_in(&self, request: &HttpRequest) -> bool {
        let Some(wanted) = &self.0 else { return true };
        let header = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let given = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        Sha256::digest(given).ct_eq(wanted).into()
    }
}

/// Listens where the settings say, if they do, until the server stops.
///
/// # Errors
/// A token that cannot be read. An address that is taken is none: it is logged.
pub(super) fn start(
    workers: &mut JoinSet<()>,
    rooms: &Rooms,
    stopping: &Stopping,
) -> Result<(), AppError> {
    let settings = &rooms.foundation().config.metrics;
    if settings.bind.is_empty() {
        return Ok(());
    }
    let (door, state, stopping) = (
        Data::new(Door::of(settings)?),
        Data::new(rooms.clone()),
        stopping.clone(),
    );
    let served = move || {
        let app = App::new().app_data(door.clone()).app_data(state.clone());
        app.route("/metrics", web::get().to(scrape))
            .default_service(web::to(HttpResponse::NotFound))
    };
    let server = match HttpServer::new(served)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .bind(&settings.bind)
    {
        Ok(bound) => bound.run(),
        Err(error) => {
            tracing::error!(alarm = true, bind = settings.bind, %error, "metrics.bind: no metrics can be read");
            return Ok(());
        }
    };
    workers.spawn(async move {
        let handle = server.handle();
        let stopped = async {
            stopping.wait().await;
            handle.stop(false).await;
        };
        if let (Err(error), ()) = tokio::join!(server, stopped) {
            tracing::error!(%error, "the listener of metrics broke off");
        }
    });
    Ok(())
}

async fn scrape(door: Data<Door>, rooms: Data<Rooms>, request: HttpRequest) -> HttpResponse {
    if !door.lets_in(&request) {
        return HttpResponse::Unauthorized()
            .insert_header(("WWW-Authenticate", "Bearer"))
            .finish();
    }
    match exposition::text(&rooms).await {
        Ok(text) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, OPENMETRICS))
            .body(text),
        Err(error) => {
            tracing::error!(%error, "metrics could not be written down");
            HttpResponse::InternalServerError().finish()
        }
    }
}

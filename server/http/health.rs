//! Is this process alive, and can this node durably take an alert.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::db::Db;
use crate::foundation::Foundation;

use super::codes::Code;
use super::error::Failure;
use super::problem::{Problem, ProblemBody};

/// A commit that takes longer than this would make a press wait too long.
const DEADLINE: Duration = Duration::from_secs(2);
/// An answer this young is given again: the route is open to all, and its
/// callers must not fill the alerts' queue.
const GOOD_FOR: Duration = Duration::from_millis(500);

/// What the last try found.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    /// Whether this node can durably take an alert.
    pub async fn ask(&self, db: &Db) -> bool {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ready)) = known.filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return ready;
        }
        let ready = matches!(
            tokio::time::timeout(DEADLINE, db.prove_durable()).await,
            Ok(Ok(()))
        );
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), ready));
        ready
    }
}

/// The answer of a healthy process.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Adds the two routes. They need `Data<Readiness>`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(healthz).service(readyz);
}

/// Whether the process answers at all.
#[utoipa::path(tag = "health", responses((status = 200, description = "It does", body = Health)))]
#[get("/healthz")]
pub(crate) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// Whether this node can durably take an alert: it commits a row, in the alerts' lane, within two
/// seconds.
///
/// Nothing else is asked: a provider that is down or an empty shift does not make this node worse
/// than another.
#[utoipa::path(tag = "health", responses(
    (status = 200, description = "It can", body = Health),
    (status = 503, description = "It cannot", body = ProblemBody, content_type = "application/problem+json"),
))]
#[get("/readyz")]
pub(crate) async fn readyz(
    foundation: Data<Foundation>,
    readiness: Data<Readiness>,
) -> Result<HttpResponse, Failure> {
    if readiness.ask(&foundation.db).await {
        Ok(HttpResponse::Ok().json(Health { status: "ok" }))
    } else {
        Err(Problem::of(Code::UNAVAILABLE)
            .retry_after(Duration::from_secs(1))
            .into())
    }
}

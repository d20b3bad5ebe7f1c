//! Routes of readiness, the heartbeat and alerting health.

use std::time::Duration;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use utoipa_actix_web::service_config::ServiceConfig;

use super::alerting::{Alerting, AlertingHealth, look};
use super::heartbeat::Statement;
use super::{Heartbeat, hers};
use crate::alerts::Alerts;
use crate::delivery::Delivery;
use crate::http::client::is_ours;
use crate::http::{Code, Failure, Problem, ProblemBody};
use crate::identity::SteppedUpCaller;
use crate::language::Language;

/// When to ask again for a heartbeat that is not there.
const SOON: Duration = Duration::from_secs(5);

/// Registers the routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(ready).service(beat).service(alerting);
}

/// Would an alert work tonight? Each contact and channel, her own side, and what to do.
///
/// Takes a trusted device and a stepped-up session, as the list of contacts does. Contacts are
/// named by id alone.
#[utoipa::path(tag = "she", security(("bearer" = [])),
    responses((status = 200, description = "What would work", body = hers::ReadinessView)))]
#[get("/v1/me/readiness")]
pub(crate) async fn ready(
    alerts: Data<Alerts>,
    delivery: Data<Delivery>,
    caller: SteppedUpCaller,
    language: Language,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(hers::look(&alerts, &delivery, &caller, language).await?))
}

/// A signed statement of what works, made anew each minute. Open to all.
///
/// What it says, how it is verified, and what an app shows: mobile-api-spec/guide.md.
#[utoipa::path(tag = "health", responses(
    (status = 200, description = "The last one, still good", body = Statement),
    (status = 503, description = "There is none that is good", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/heartbeat")]
pub(crate) async fn beat(heartbeat: Data<Heartbeat>) -> Result<HttpResponse, Failure> {
    let statement = heartbeat
        .current()
        .ok_or_else(|| Problem::of(Code::UNAVAILABLE).retry_after(SOON))?;
    Ok(HttpResponse::Ok().json(statement))
}

/// How alerting stands on this node, for ops. Only this machine and trusted proxies may ask; any
/// other caller gets 404.
#[utoipa::path(tag = "health", responses(
    (status = 200, description = "`ok`, or `degraded`", body = AlertingHealth),
    (status = 503, description = "`failing`", body = AlertingHealth)))]
#[get("/health/alerting")]
pub(crate) async fn alerting(
    alerts: Data<Alerts>,
    delivery: Data<Delivery>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    if !is_ours(&request) {
        return Err(Problem::of(Code::NOT_FOUND).into());
    }
    let health = look(&alerts, &delivery).await;
    let mut answer = match health.status {
        Alerting::Failing => HttpResponse::ServiceUnavailable(),
        Alerting::Ok | Alerting::Degraded => HttpResponse::Ok(),
    };
    Ok(answer.json(health))
}

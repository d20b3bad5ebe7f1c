//! What a restore brought back, for administrators.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};

use crate::alerts::Alerts;
use crate::alerts::restored::list::{CameBack, came_back};
use crate::alerts::restored::release;
use crate::http::{Failure, ProblemBody};
use crate::identity::Administrator;

/// Shows since when a restored server waits for its release, and which of the municipality's alerts
/// say nothing until then. Administrators only. What was removed, revoked or stopped since the backup is told by
/// `ampara restore --list` on the server.
#[utoipa::path(tag = "administration", security(("operator" = [])),
    responses((status = 200, description = "What came back", body = CameBack),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/restore")]
pub(crate) async fn show_restore(
    alerts: Data<Alerts>,
    Administrator(operator): Administrator,
) -> Result<HttpResponse, Failure> {
    let its = Some(operator.municipality);
    let list = alerts
        .foundation
        .db
        .read(move |conn| came_back(conn, its))
        .await?;
    Ok(HttpResponse::Ok().json(list))
}

/// Lets the municipality's alerts from before the restore speak again. Administrators only. Where
/// nothing waits it changes nothing.
#[utoipa::path(tag = "administration", security(("operator" = [])),
    responses((status = 204, description = "Released"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/restore/release")]
pub(crate) async fn release_restore(
    alerts: Data<Alerts>,
    Administrator(operator): Administrator,
) -> Result<HttpResponse, Failure> {
    let released = release(&alerts.foundation, Some(operator.municipality)).await?;
    tracing::warn!(operator = %operator.id, ?released, "a restore was released");
    Ok(HttpResponse::NoContent().finish())
}

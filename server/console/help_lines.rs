//! `PUT /v1/help-lines`: an administrator replaces the municipality's lines.

use actix_web::web::Data;
use actix_web::{HttpResponse, put};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::alerts::Alerts;
use crate::db::WritePriority;
use crate::http::{Failure, ProblemBody, StrictJson};
use crate::identity::Administrator;
use crate::municipality::{HelpLineDraft, replace_help_lines};

/// The lines, in the order in which phones show them. 911 is always first and is not among them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HelpLinesBody {
    /// At most 30.
    items: Vec<HelpLineDraft>,
}

/// Replaces the help lines of the administrator's municipality.
#[utoipa::path(tag = "help-lines", request_body = HelpLinesBody, security(("operator" = [])),
    responses((status = 204, description = "Replaced"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[put("/v1/help-lines")]
pub(crate) async fn put_help_lines(
    alerts: Data<Alerts>,
    Administrator(operator): Administrator,
    body: StrictJson<HelpLinesBody>,
) -> Result<HttpResponse, Failure> {
    let (municipality, items, now) = (operator.municipality, body.0.items, alerts.now());
    let replace = move |conn: &mut _| replace_help_lines(conn, municipality, &items, now);
    alerts
        .foundation
        .db
        .write(WritePriority::Background, replace)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

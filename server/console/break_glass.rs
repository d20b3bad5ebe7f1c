//! Opening a record without a claim takes two people: the asking, the granting, and what waits to
//! be granted.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::alerts::Alerts;
use crate::clock::At;
use crate::db::WritePriority;
use crate::escalation::{EscalationError, Viewer, Words, break_glass};
use crate::http::{Failure, ProblemBody, StrictJson};
use crate::ids::{EntryId, OperatorId, RecordId};

/// Why a record is to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GlassBody {
    /// 1 to 2,000 characters; it stays on record.
    reason: String,
}

/// A request that was made.
#[derive(Serialize, ToSchema)]
struct GlassAsked {
    /// For a second person to grant, within half an hour.
    request: EntryId,
}

/// A request that waits for its second person.
#[derive(Serialize, ToSchema)]
struct GlassWaiting {
    /// Its id.
    request: EntryId,
    /// The record.
    record: RecordId,
    /// Who asks.
    asked_by: OperatorId,
    /// When it was asked.
    asked_at: At,
    /// Why.
    reason: String,
}

/// What waits.
#[derive(Serialize, ToSchema)]
struct GlassPage {
    /// Oldest first.
    items: Vec<GlassWaiting>,
}

/// Asks to open a record without a claim.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), request_body = GlassBody, security(("operator" = [])),
    responses((status = 202, description = "Waits for a second person", body = GlassAsked),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/break-glass")]
pub(crate) async fn ask_break_glass(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    body: StrictJson<GlassBody>,
) -> Result<HttpResponse, Failure> {
    let (record, now) = (id.into_inner(), alerts.now());
    let reason = Words::parse(&body.0.reason).ok_or(EscalationError::ReasonNeeded)?;
    let keys = alerts.foundation.keys.clone();
    let ask = move |conn: &mut _| break_glass::ask(conn, &keys, &viewer, record, &reason, now);
    let request = alerts
        .foundation
        .db
        .write(WritePriority::Alert, ask)
        .await?;
    Ok(HttpResponse::Accepted().json(GlassAsked { request }))
}

/// Grants what another operator asked. For supervisors.
#[utoipa::path(tag = "escalations", params(("id" = String, Path), ("request" = String, Path)), security(("operator" = [])),
    responses((status = 204, description = "Granted, for half an hour"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/break-glass/{request}/grant")]
pub(crate) async fn grant_break_glass(
    alerts: Data<Alerts>,
    viewer: Viewer,
    path: Path<(RecordId, EntryId)>,
) -> Result<HttpResponse, Failure> {
    let ((record, request), now) = (path.into_inner(), alerts.now());
    let grant = move |conn: &mut _| break_glass::grant(conn, &viewer, record, request, now);
    alerts
        .foundation
        .db
        .write(WritePriority::Alert, grant)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists what waits for a second person. For supervisors.
#[utoipa::path(tag = "escalations", security(("operator" = [])),
    responses((status = 200, description = "What waits", body = GlassPage),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/break-glass")]
pub(crate) async fn list_break_glass(
    alerts: Data<Alerts>,
    viewer: Viewer,
) -> Result<HttpResponse, Failure> {
    let (keys, now) = (alerts.foundation.keys.clone(), alerts.now());
    let waiting = alerts
        .foundation
        .db
        .read(move |conn| break_glass::waiting(conn, &keys, &viewer, now))
        .await?;
    let view = |asked: break_glass::Asked| GlassWaiting {
        request: asked.request,
        record: asked.record,
        asked_by: asked.asked_by,
        asked_at: asked.asked_at,
        reason: asked.reason,
    };
    Ok(HttpResponse::Ok().json(GlassPage {
        items: waiting.into_iter().map(view).collect(),
    }))
}

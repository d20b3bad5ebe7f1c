//! The queue by request, one record of it, and an opened one.

use std::time::Duration;

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::detail::{By, OpenedRecord, opened};
use super::error::ConsoleError;
use super::feed_stream::FeedStream;
use super::looks::Looks;
use super::place_stream::PlaceStream;
use crate::alerts::Alerts;
use crate::bounds;
use crate::escalation::{EscalationError, RecordSummary, Viewer, Words, queue};
use crate::http::{Failure, ProblemBody, Sse, Stopping, StrictJson};
use crate::identity::Operator;
use crate::ids::RecordId;

/// How far back a list of what is over goes.
const OVER_SINCE: Duration = Duration::from_secs(12 * 60 * 60);

/// Which part of the queue.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The training queue instead of the real one.
    #[serde(default)]
    training: bool,
    /// What was closed or withdrawn within twelve hours instead of what stands open.
    #[serde(default)]
    over: bool,
    /// 1 to 100; 50 if missing.
    limit: Option<usize>,
    /// What `next` gave.
    cursor: Option<RecordId>,
}

/// A page of the queue.
#[derive(Serialize, ToSchema)]
struct QueuePage {
    /// Oldest first; of what is over, the latest first.
    items: Vec<RecordSummary>,
    /// The cursor of the next page, if there is one.
    next: Option<RecordId>,
}

/// Lists the queue of the operator's centre: what is known before a claim.
#[utoipa::path(tag = "escalations", params(Asked), security(("operator" = [])),
    responses((status = 200, description = "A page", body = QueuePage),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/escalations")]
pub(crate) async fn list_records(
    alerts: Data<Alerts>,
    viewer: Viewer,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    let Asked {
        training,
        over,
        limit,
        cursor,
    } = asked.into_inner();
    let limit = limit.unwrap_or(50);
    if !bounds::PAGE.contains(&limit) {
        return Err(ConsoleError::BadQuery.into());
    }
    let (config, now) = (alerts.foundation.config.clone(), alerts.now());
    let mut items = alerts
        .foundation
        .db
        .read(move |conn| {
            let rules = &config.plan;
            if over {
                queue::over_since(
                    conn,
                    &viewer,
                    training,
                    (now.minus(OVER_SINCE), limit),
                    rules,
                )
            } else {
                queue::page(conn, &viewer, training, (cursor, limit + 1), rules)
            }
        })
        .await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more {
        items.last().map(|record| record.id)
    } else {
        None
    };
    Ok(HttpResponse::Ok().json(QueuePage { items, next }))
}

/// A record: opened for who has claimed it, else as the queue shows it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum RecordView {
    /// For who has claimed it.
    Opened(Box<OpenedRecord>),
    /// For operators who have not claimed it.
    Closed {
        /// As the queue shows it.
        record: Box<RecordSummary>,
    },
}

/// Shows a record: all of it to the operator who has it, and that reading is on the trail; else
/// what the queue shows.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), security(("operator" = [])),
    responses((status = 200, description = "The record", body = RecordView),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/escalations/{id}")]
pub(crate) async fn show_record(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
) -> Result<HttpResponse, Failure> {
    let id = id.into_inner();
    let config = alerts.foundation.config.clone();
    let summary = alerts
        .foundation
        .db
        .read(move |conn| queue::one(conn, &viewer, id, &config.plan))
        .await?;
    let view = if summary.yours {
        RecordView::Opened(Box::new(opened(&alerts, viewer, id, By::Claimer).await?))
    } else {
        RecordView::Closed {
            record: Box::new(summary),
        }
    };
    Ok(HttpResponse::Ok().json(view))
}

/// Why a record is opened without a claim.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenBody {
    /// A supervisor's reason, 1 to 2,000 characters; it stays on record. Left out by who was
    /// granted the opening.
    reason: Option<String>,
}

/// Opens a record without a claim: a supervisor with a written reason, or an operator to whom
/// a second person granted it.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), request_body = OpenBody, security(("operator" = [])),
    responses((status = 200, description = "The record, opened", body = OpenedRecord),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/escalations/{id}/open")]
pub(crate) async fn open_without_claim(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    body: StrictJson<OpenBody>,
) -> Result<HttpResponse, Failure> {
    let by = match &body.0.reason {
        Some(reason) => By::Supervisor(Words::parse(reason).ok_or(EscalationError::ReasonNeeded)?),
        None => By::BreakGlass,
    };
    Ok(HttpResponse::Ok().json(opened(&alerts, viewer, id.into_inner(), by).await?))
}

/// Which feed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Feeding {
    /// The training queue instead of the real one.
    #[serde(default)]
    training: bool,
}

/// Streams the queue: what stands, then each change.
///
/// Events: `standing` (ids and versions of all that is in view: drop what is not on it), `record`
/// (a record as of a version), `gone` (no longer in view). Send the last id as `Last-Event-ID` to
/// resume; drop versions you have. While this stream is open you count as connected.
#[utoipa::path(tag = "escalations", params(Feeding), security(("operator" = [])),
    responses((status = 200, description = "Events", content_type = "text/event-stream", body = String),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/escalations/stream")]
pub(crate) async fn stream_records(
    looks: Data<Looks>,
    stopping: Data<Stopping>,
    operator: Operator,
    asked: Query<Feeding>,
    req: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let mark = req
        .headers()
        .get("Last-Event-ID")
        .and_then(|v| v.to_str().ok());
    let watching = FeedStream::begin(&looks, &operator, asked.training, mark).await?;
    let events = stream::unfold(watching, |mut watching| async move {
        let event = watching.next().await?;
        Some((event, watching))
    });
    let rules = &looks.foundation().config.escalation;
    let heartbeat = Duration::from_secs(rules.heartbeat_s.max(1));
    Ok(Sse::new(events, &stopping).heartbeat(heartbeat).respond())
}

/// Streams her place to the operator who has the record.
///
/// Events: `place` (the latest known), `changed` (something else of her alert: read the record
/// again). Ends with the claim.
#[utoipa::path(tag = "escalations", params(("id" = String, Path)), security(("operator" = [])),
    responses((status = 200, description = "Events", content_type = "text/event-stream", body = String),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/escalations/{id}/stream")]
pub(crate) async fn stream_place(
    alerts: Data<Alerts>,
    stopping: Data<Stopping>,
    operator: Operator,
    id: Path<RecordId>,
) -> Result<HttpResponse, Failure> {
    let following = PlaceStream::begin(&alerts, &operator, id.into_inner()).await?;
    let events = stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((event, following))
    });
    let heartbeat = Duration::from_secs(alerts.foundation.config.escalation.heartbeat_s.max(1));
    Ok(Sse::new(events, &stopping).heartbeat(heartbeat).respond())
}

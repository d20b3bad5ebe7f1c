//! `GET /v1/escalations/{id}/story`: what happened before the entries that an opened record shows.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::detail::{TimelineEntry, timeline};
use super::error::ConsoleError;
use crate::alerts::Alerts;
use crate::db::WritePriority;
use crate::escalation::Viewer;
use crate::escalation::open::open_timeline;
use crate::http::{Failure, ProblemBody};
use crate::ids::{EntryId, RecordId};

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// What `story_next` of the opened record gave, or `next` of a page.
    cursor: String,
}

/// A page of what happened.
#[derive(Serialize, ToSchema)]
struct StoryPage {
    /// Newest first; 100 at most.
    items: Vec<TimelineEntry>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

/// Lists what happened before, newest first.
///
/// For those who may read on, as for the trail. The opening of the record is on the read-audit;
/// half an hour later reading on is another line of it.
#[utoipa::path(tag = "escalations", params(("id" = String, Path), Asked), security(("operator" = [])),
    responses((status = 200, description = "A page", body = StoryPage),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/escalations/{id}/story")]
pub(crate) async fn list_story(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    let before: EntryId = asked.cursor.parse().map_err(|_| ConsoleError::BadQuery)?;
    let (keys, now, id) = (
        alerts.foundation.keys.clone(),
        alerts.now(),
        id.into_inner(),
    );
    // The line is committed before a byte leaves.
    let page = alerts
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            open_timeline(conn, &keys, &viewer, id, before, now).map_err(ConsoleError::from)
        })
        .await?;
    Ok(HttpResponse::Ok().json(StoryPage {
        items: timeline(&page.notes),
        next: page.next.map(|id| id.to_string()),
    }))
}

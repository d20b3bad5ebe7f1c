//! `GET /v1/escalations/{id}/trail`: where she has been since she pressed, page by page.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::detail::PlaceView;
use super::error::ConsoleError;
use crate::alerts::{Alerts, key_for_operator};
use crate::bounds;
use crate::db::WritePriority;
use crate::escalation::{Viewer, open_trail, training};
use crate::http::{Failure, ProblemBody};
use crate::ids::RecordId;
use crate::location::{self, Trail, TrailMark};

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// 1 to 100; 50 if missing.
    limit: Option<i64>,
    /// What `next` gave.
    cursor: Option<String>,
}

/// A page of places.
#[derive(Serialize, ToSchema)]
struct TrailPage {
    /// Oldest first; one of unknown hour stands where it came in.
    items: Vec<PlaceView>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

/// Lists her places since she pressed.
///
/// For the operator who has the record, a supervisor who has opened it with a reason within the
/// last half hour, and an operator to whom a second person granted it. A reading is a line of the
/// read-audit: the first page, and another half an hour later.
#[utoipa::path(tag = "escalations", params(("id" = String, Path), Asked), security(("operator" = [])),
    responses((status = 200, description = "A page; empty once the places were destroyed", body = TrailPage),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/escalations/{id}/trail")]
pub(crate) async fn list_trail(
    alerts: Data<Alerts>,
    viewer: Viewer,
    id: Path<RecordId>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    let (id, Asked { limit, cursor }) = (id.into_inner(), asked.into_inner());
    let limit = limit.unwrap_or(50);
    if !usize::try_from(limit).is_ok_and(|limit| bounds::PAGE.contains(&limit)) {
        return Err(ConsoleError::BadQuery.into());
    }
    let after: Option<TrailMark> = cursor
        .map(|text| text.parse())
        .transpose()
        .map_err(|_| ConsoleError::BadQuery)?;
    let (foundation, now) = (alerts.foundation.clone(), alerts.now());
    let read = move |conn: &mut _| {
        let opened = open_trail(conn, &viewer, id, after.is_none(), now)?;
        let key = if opened.person() == training::NOBODY {
            None
        } else {
            key_for_operator(conn, &foundation, opened.alert())?
        };
        match key {
            Some(key) => Ok(location::trail(conn, &key, opened.alert(), after, limit)?),
            None => Ok::<_, ConsoleError>(Trail::default()),
        }
    };
    // The line is committed before a byte leaves. Old places are not urgent as a press is.
    let Trail { fixes, next } = alerts
        .foundation
        .db
        .write(WritePriority::Background, read)
        .await?;
    let items = fixes.iter().map(|fix| PlaceView::of(fix, now)).collect();
    Ok(HttpResponse::Ok().json(TrailPage {
        items,
        next: next.map(|mark| mark.to_string()),
    }))
}

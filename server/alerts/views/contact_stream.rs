//! `GET /v1/watching/{id}` and its stream: one alert, as one of her contacts may see it, to its end
//! and not beyond.

use std::time::Duration;

use actix_web::web::{Data, Path};
use actix_web::{FromRequest, HttpRequest, HttpResponse, get};
use futures_util::stream;

use super::contacts::{self, WatchView};
use super::her_stream::Nudges;
use crate::alerts::Alerts;
use crate::http::{Failure, ProblemBody, Sse, Stopping, sse};
use crate::identity::Caller;
use crate::ids::AlertId;

/// How often the alert is read without a nudge: what another node changed, and whether the caller
/// may still look.
const PERIOD: Duration = Duration::from_secs(1);

/// One alert of a woman who chose the caller: also for a day after its end, so that the app can
/// say how it ended.
#[utoipa::path(tag = "contact", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, description = "The alert, as this contact may see it", body = WatchView)))]
#[get("/v1/watching/{id}")]
pub(crate) async fn watch_one(
    alerts: Data<Alerts>,
    caller: Caller,
    path: Path<AlertId>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(WatchView::from(
        contacts::one(&alerts, caller.person, *path).await?,
    )))
}

/// The same as it changes: an event `watch` with the whole of it at once, and again after each
/// change of what the caller may see. After the one that says `open: false` the stream ends.
#[utoipa::path(tag = "contact", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 200, description = "Events `watch`, each with the alert as it stands", body = String, content_type = "text/event-stream"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/watching/{id}/stream")]
pub(crate) async fn watch_on(
    req: HttpRequest,
    alerts: Data<Alerts>,
    stopping: Data<Stopping>,
    caller: Caller,
    path: Path<AlertId>,
) -> Result<HttpResponse, Failure> {
    let nudges = Nudges::of(&alerts, *path);
    let first = contacts::one(&alerts, caller.person, *path).await?;
    let watching = ContactStream {
        req,
        alert: *path,
        nudges,
        alerts,
        said: None,
        over: false,
        next: Some(WatchView::from(first)),
    };
    let events = stream::unfold(watching, |mut watching| async move {
        let event = watching.event().await?;
        Some((event, watching))
    });
    Ok(Sse::new(events, &stopping).respond())
}

/// One connection.
struct ContactStream {
    req: HttpRequest,
    alerts: Data<Alerts>,
    alert: AlertId,
    nudges: Nudges,
    said: Option<sse::Event>,
    over: bool,
    next: Option<WatchView>,
}

impl ContactStream {
    /// The next event that says something new; `None` after the end, when the caller may not look
    /// any more, or when the database is away (the app connects again).
    async fn event(&mut self) -> Option<sse::Event> {
        if self.over {
            return None;
        }
        loop {
            let view = match self.next.take() {
                Some(view) => view,
                None => {
                    self.nudges.wait(PERIOD).await;
                    let caller = Caller::extract(&self.req).await.ok()?;
                    WatchView::from(
                        contacts::one(&self.alerts, caller.person, self.alert)
                            .await
                            .ok()?,
                    )
                }
            };
            let event = sse::Event::json("watch", &view).ok()?;
            if self.said.as_ref() != Some(&event) {
                self.over = !view.is_open();
                self.said = Some(event.clone());
                return Some(event);
            }
        }
    }
}

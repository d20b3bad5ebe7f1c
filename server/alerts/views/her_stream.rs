//! `GET /v1/alerts/{client_id}/stream`: her alert as it changes.

use std::time::Duration;

use actix_web::web::{Data, Path};
use actix_web::{FromRequest, HttpRequest, HttpResponse, get};
use futures_util::stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::model::AlertView;
use crate::alerts::{AlertError, Alerts};
use crate::bus::Event;
use crate::http::{Failure, ProblemBody, Sse, Stopping, sse};
use crate::identity::AlertCaller;
use crate::ids::{AlertId, ClientId};

/// How often her alert is read without a nudge: what another node changed, and whether she may
/// still look.
const PERIOD: Duration = Duration::from_secs(1);

/// Her alert as it changes: an event `alert` with the whole of it at once, and again after each
/// change.
///
/// State sync: a client that reconnects gets the whole again, so nothing has to be resumed. The
/// stream ends within 2 s after the token stopped being good.
#[utoipa::path(tag = "she", security(("alert" = []), ("bearer" = [])), params(("client_id" = String, Path)),
    responses((status = 200, description = "Events `alert`, each with the alert as it stands", body = String, content_type = "text/event-stream"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/alerts/{client_id}/stream")]
pub(crate) async fn follow(
    req: HttpRequest,
    alerts: Data<Alerts>,
    stopping: Data<Stopping>,
    caller: AlertCaller,
    path: Path<String>,
) -> Result<HttpResponse, Failure> {
    let client_id: ClientId = path.parse().map_err(|_| AlertError::BadId)?;
    // Listened to before the first look, so that nothing between the two is missed.
    let heard = alerts.foundation.bus.subscribe();
    let view = alerts.view(&caller, client_id).await?;
    let nudges = Nudges {
        alert: view.id,
        heard,
    };
    let following = HerStream {
        req,
        client_id,
        nudges,
        alerts,
        said: None,
        next: Some(view),
    };
    let events = stream::unfold(following, |mut following| async move {
        let event = following.event().await?;
        Some((event, following))
    });
    Ok(Sse::new(events, &stopping).respond())
}

/// One connection.
struct HerStream {
    req: HttpRequest,
    alerts: Data<Alerts>,
    client_id: ClientId,
    nudges: Nudges,
    said: Option<String>,
    next: Option<AlertView>,
}

impl HerStream {
    /// The next event that says something new; `None` when she may not look any more, or the
    /// database is away (her app connects again).
    async fn event(&mut self) -> Option<sse::Event> {
        loop {
            let view = match self.next.take() {
                Some(view) => view,
                None => {
                    self.nudges.wait(PERIOD).await;
                    let caller = AlertCaller::extract(&self.req).await.ok()?;
                    self.alerts.view(&caller, self.client_id).await.ok()?
                }
            };
            let event = sse::Event::json("alert", &view).ok()?;
            if self.said.as_deref() != Some(event.data.as_str()) {
                self.said = Some(event.data.clone());
                return Some(event);
            }
        }
    }
}

/// What says that an alert may have changed.
pub(in crate::alerts) struct Nudges {
    alert: AlertId,
    heard: Receiver<Event>,
}

impl Nudges {
    /// From now on.
    pub(in crate::alerts) fn of(alerts: &Alerts, alert: AlertId) -> Self {
        Self {
            alert,
            heard: alerts.foundation.bus.subscribe(),
        }
    }

    /// Waits until the alert may have changed, a period at most.
    pub(in crate::alerts) async fn wait(&mut self, period: Duration) {
        let mine = async {
            loop {
                match self.heard.recv().await {
                    Ok(Event::AlertChanged { alert }) if alert == self.alert => return,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // Running out of the period is a nudge too.
        let _ = tokio::time::timeout(period, mine).await;
    }
}

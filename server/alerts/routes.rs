//! Her alert, her contacts' side of it, and what needs both a caller and several rooms: thin.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, delete, get, post, put};
use serde::Deserialize;
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;

use super::bodies::{AnswerBody, FixesBody, PinBody, PressBody, ReceiptBody};
use super::close::{self, Closed};
use super::locate::{self, Located};
use super::model::CloseKind;
use super::press::body::Press;
use super::press::raise;
use super::views::contact_stream::{watch_on, watch_one};
use super::views::contacts::{self, WatchList, WatchView};
use super::views::her_stream::follow;
use super::views::model::AlertView;
use super::{AlertError, Alerts, accesses, answer, escalate, receipt, remove};
use crate::delivery::receipts::{Receipt, is_secret_of};
use crate::http::{Failure, HungUp, LenientBody, ProblemBody};
use crate::identity::{AlertCaller, AlertToken, Caller, SteppedUpCaller};
use crate::ids::{AlertId, ClientId, ContactId, NotificationId};
use crate::network::model::Answer;

/// The routes of this room.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(press)
        .service(show)
        .service(follow)
        .service(locations)
        .service(escalate_now)
        .service(cancel)
        .service(close_now)
        .service(watching)
        .service(watch_one)
        .service(watch_on)
        .service(answer_alert)
        .service(receive)
        .service(list_accesses)
        .service(remove_contact)
        .service(leave);
}

fn client_id(path: &str) -> Result<ClientId, AlertError> {
    path.parse().map_err(|_| AlertError::BadId)
}

/// Raises an alert: any body, or none, will do.
///
/// The same id again is the same alert; another id while one is open is "pressed again". Parts that
/// cannot be understood are named in `warnings`, and the alert is raised all the same.
#[utoipa::path(tag = "she", security(("alert" = []), ("bearer" = [])), params(("client_id" = String, Path)),
    request_body = Option<PressBody>,
    responses((status = 201, description = "Raised: stored, and on its way", body = AlertView),
              (status = 200, description = "Known already, or pressed again", body = AlertView)))]
#[put("/v1/alerts/{client_id}")]
pub(crate) async fn press(
    alerts: Data<Alerts>,
    caller: AlertCaller,
    path: Path<String>,
    body: LenientBody,
    hung_up: HungUp,
) -> Result<HttpResponse, Failure> {
    let id = client_id(&path)?;
    let press = Press::read(&body, alerts.now());
    let Some(raised) = raise::raise(&alerts, &caller, id, press, hung_up).await? else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let mut answer = if raised.fresh {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer.json(raised.view))
}

/// Her alert as it stands: who was reached, what they said, where 911 stands.
#[utoipa::path(tag = "she", security(("alert" = []), ("bearer" = [])), params(("client_id" = String, Path)),
    responses((status = 200, description = "The alert", body = AlertView)))]
#[get("/v1/alerts/{client_id}")]
pub(crate) async fn show(
    alerts: Data<Alerts>,
    caller: AlertCaller,
    path: Path<String>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(alerts.view(&caller, client_id(&path)?).await?))
}

/// Takes 1 to 100 fixes, in any order; the first of a `seq` wins.
///
/// What cannot be read is left out and named in `warnings`, and all the rest is kept.
#[utoipa::path(tag = "she", security(("alert" = []), ("bearer" = [])), params(("client_id" = String, Path)),
    request_body = FixesBody,
    responses((status = 200, description = "What was taken, and when the next is wanted", body = Located)))]
#[post("/v1/alerts/{client_id}/locations")]
pub(crate) async fn locations(
    alerts: Data<Alerts>,
    token: AlertToken,
    path: Path<String>,
    body: LenientBody,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(locate::locate(&alerts, token, client_id(&path)?, &body).await?))
}

/// Asks for 911 whatever her policy said.
#[utoipa::path(tag = "she", security(("alert" = []), ("bearer" = [])), params(("client_id" = String, Path)),
    responses((status = 200, description = "The alert", body = AlertView)))]
#[post("/v1/alerts/{client_id}/escalate")]
pub(crate) async fn escalate_now(
    alerts: Data<Alerts>,
    caller: AlertCaller,
    path: Path<String>,
) -> Result<HttpResponse, Failure> {
    let id = client_id(&path)?;
    escalate::escalate(&alerts, &caller, id).await?;
    Ok(HttpResponse::Ok().json(alerts.view(&caller, id).await?))
}

/// Her PIN, also where it is written as a number. One that the body's end cut short is none.
fn pin_of(body: &LenientBody) -> Option<String> {
    match body.salvage().value.get("pin")? {
        Value::String(pin) => Some(pin.clone()),
        Value::Number(pin) => Some(pin.to_string()),
        _ => None,
    }
}

/// Whether a part of a body says yes, as a truth value or as the word.
fn is_true(body: &Value, part: &str) -> bool {
    body.get(part)
        .is_some_and(|said| said == &Value::Bool(true) || said == "true")
}

/// Cancels: it was a mistake. Body `{"pin": "…"}` once a PIN is set.
#[utoipa::path(tag = "she", security(("alert" = []), ("bearer" = [])), params(("client_id" = String, Path)),
    request_body = Option<PinBody>,
    responses((status = 200, description = "Closed", body = Closed)))]
#[post("/v1/alerts/{client_id}/cancel")]
pub(crate) async fn cancel(
    alerts: Data<Alerts>,
    caller: AlertCaller,
    path: Path<String>,
    body: LenientBody,
) -> Result<HttpResponse, Failure> {
    let pin = pin_of(&body);
    let closed = close::close(
        &alerts,
        &caller,
        client_id(&path)?,
        CloseKind::Cancelled,
        pin.as_deref(),
    )
    .await?;
    Ok(HttpResponse::Ok().json(closed))
}

/// Closes: it is over. Body `{"pin": "…"}` once a PIN is set.
#[utoipa::path(tag = "she", security(("alert" = []), ("bearer" = [])), params(("client_id" = String, Path)),
    request_body = Option<PinBody>,
    responses((status = 200, description = "Closed", body = Closed)))]
#[post("/v1/alerts/{client_id}/close")]
pub(crate) async fn close_now(
    alerts: Data<Alerts>,
    caller: AlertCaller,
    path: Path<String>,
    body: LenientBody,
) -> Result<HttpResponse, Failure> {
    let pin = pin_of(&body);
    let closed = close::close(
        &alerts,
        &caller,
        client_id(&path)?,
        CloseKind::Resolved,
        pin.as_deref(),
    )
    .await?;
    Ok(HttpResponse::Ok().json(closed))
}

/// The open alerts of those who chose the caller.
#[utoipa::path(tag = "contact", security(("bearer" = [])),
    responses((status = 200, description = "Open alerts", body = WatchList)))]
#[get("/v1/watching")]
pub(crate) async fn watching(
    alerts: Data<Alerts>,
    caller: Caller,
) -> Result<HttpResponse, Failure> {
    let items = contacts::watching(&alerts, caller.person)
        .await?
        .into_iter()
        .map(WatchView::from)
        .collect();
    Ok(HttpResponse::Ok().json(WatchList { items, next: None }))
}

/// Answers an alert. The others and 911 are told all the same.
#[utoipa::path(tag = "contact", security(("bearer" = [])), params(("id" = String, Path)), request_body = AnswerBody,
    responses((status = 204, description = "Noted")))]
#[post("/v1/watching/{id}/answer")]
pub(crate) async fn answer_alert(
    alerts: Data<Alerts>,
    caller: Caller,
    path: Path<AlertId>,
    body: LenientBody,
) -> Result<HttpResponse, Failure> {
    let body = body.salvage().value;
    let answer = body
        .get("answer")
        .and_then(|a| a.as_str())
        .and_then(Answer::parse)
        .ok_or(AlertError::Answer)?;
    // Unreadable is no drill: an answer to an alarm is not lost for it.
    let said = answer::GivenAnswer {
        answer,
        to_drill: is_true(&body, "drill"),
    };
    let (alert, person) = (*path, caller.person);
    let contact = alerts
        .foundation
        .db
        .read(move |conn| contacts::contact_of(conn, person, alert))
        .await?;
    answer::answer(&alerts, alert, contact, said).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The app has a push, or its user looked at it (`{"seen": true}`). May be repeated.
///
/// A phone that was asleep has no fresh access token: it sends `receipt` of the push's data, which
/// is good for this notification alone until five minutes after its deadline. An alert token, or an
/// access token that has expired, is taken as well.
#[utoipa::path(tag = "contact", security(("bearer" = []), ("alert" = []), ()), params(("id" = String, Path)), request_body = ReceiptBody,
    responses((status = 204, description = "Noted")))]
#[post("/v1/notifications/{id}/receipt")]
pub(crate) async fn receive(
    alerts: Data<Alerts>,
    token: Result<AlertToken, Failure>,
    path: Path<NotificationId>,
    body: LenientBody,
) -> Result<HttpResponse, Failure> {
    let body = body.salvage().value;
    let said = if is_true(&body, "seen") {
        Receipt::Seen
    } else {
        Receipt::Delivered
    };
    let secret = body.get("receipt").and_then(|secret| secret.as_str());
    let keys = &alerts.foundation.keys;
    let by = match (secret, token) {
        (Some(secret), _) if is_secret_of(keys, *path, secret) => receipt::Proof::Secret,
        (_, Ok(token)) => receipt::Proof::Token(token),
        // Another notification's secret is answered as one that does not exist.
        (Some(_), Err(_)) => return Err(AlertError::NotFound.into()),
        (None, Err(refused)) => return Err(refused),
    };
    receipt::receive(&alerts, by, *path, said).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists who read her records, newest first: when, with which role, at which centre, and how. Never
/// an operator's name.
#[utoipa::path(tag = "she", params(accesses::Page), security(("bearer" = [])),
    responses((status = 200, description = "A page", body = accesses::Accesses),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/me/accesses")]
pub(crate) async fn list_accesses(
    alerts: Data<Alerts>,
    SteppedUpCaller(caller): SteppedUpCaller,
    page: Query<accesses::Page>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(accesses::list(&alerts, caller.person, page.into_inner()).await?))
}

/// Removes a contact from her list at once, during an alert too.
#[utoipa::path(tag = "she", security(("bearer" = [])), params(("id" = String, Path)),
    responses((status = 204, description = "No contact any more")))]
#[delete("/v1/contacts/{id}")]
pub(crate) async fn remove_contact(
    alerts: Data<Alerts>,
    SteppedUpCaller(caller): SteppedUpCaller,
    path: Path<ContactId>,
) -> Result<HttpResponse, Failure> {
    remove::by_her(&alerts, caller.person, *path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whether to keep her invitations away from now on.
#[derive(Deserialize)]
struct Leaving {
    #[serde(default)]
    block: bool,
}

/// The caller stops being a contact of hers; `?block=true` also refuses her next invitations.
///
/// A thief of the caller's number must not take this contact from her: as with her own list, the
/// device has to be trusted and the session stepped up.
#[utoipa::path(tag = "contact", security(("bearer" = [])),
    params(("id" = String, Path), ("block" = Option<bool>, Query)),
    responses((status = 204, description = "No contact any more")))]
#[delete("/v1/named-by/{id}")]
pub(crate) async fn leave(
    alerts: Data<Alerts>,
    SteppedUpCaller(caller): SteppedUpCaller,
    path: Path<ContactId>,
    leaving: Query<Leaving>,
) -> Result<HttpResponse, Failure> {
    remove::by_contact(&alerts, caller.person, *path, leaving.block).await?;
    Ok(HttpResponse::NoContent().finish())
}

//! Routes about herself.

use std::time::Duration;

use actix_web::{HttpResponse, get, patch, put, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Me, MeChange, Officer};
use crate::db::{Conn, WritePriority};
use crate::http::{Failure, ProblemBody, StrictJson};
use crate::identity::{Caller, Identity, IdentityError, SteppedUpCaller};

pub(in crate::identity) fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(me)
        .service(change_me)
        .service(put_pin)
        .service(conflicts)
        .service(put_conflicts);
}

/// Shows herself.
#[utoipa::path(tag = "me", security(("bearer" = [])),
    responses((status = 200, description = "Herself", body = Me),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/me")]
pub(crate) async fn me(
    identity: web::Data<Identity>,
    caller: Caller,
) -> Result<HttpResponse, Failure> {
    let (keys, person) = (identity.foundation.keys.clone(), caller.person);
    let me = identity
        .foundation
        .db
        .read(move |conn| super::me(conn, &keys, person))
        .await?;
    Ok(HttpResponse::Ok().json(me))
}

/// Changes name, language, reminders or 911 policy.
///
/// The policy takes a device that is past its first 72 hours; while an alert is open it can only
/// rise.
#[utoipa::path(tag = "me", request_body = MeChange, security(("bearer" = [])),
    responses((status = 200, description = "Herself, changed", body = Me),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[patch("/v1/me")]
pub(crate) async fn change_me(
    identity: web::Data<Identity>,
    caller: Caller,
    body: StrictJson<MeChange>,
) -> Result<HttpResponse, Failure> {
    let change = body.0;
    if change.touches_policy() {
        caller.must_be_trusted(identity.now())?;
    }
    let (keys, person) = (identity.foundation.keys.clone(), caller.person);
    let month = Duration::from_secs(
        u64::from(identity.foundation.config.readiness.reminder_days) * 24 * 60 * 60,
    );
    let reminder = identity.now().plus(month);
    let write = move |conn: &mut Conn| super::change_me(conn, &keys, person, &change, reminder);
    Ok(HttpResponse::Ok().json(
        identity
            .foundation
            .db
            .write(WritePriority::Background, write)
            .await?,
    ))
}

/// A PIN to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPin {
    /// 4 to 8 digits, neither all equal nor in a row.
    #[schema(example = "4821")]
    pin: String,
}

/// Sets or changes the PIN.
///
/// A first PIN may be set at once; to change it takes a device past its first 72 hours and a
/// stepped-up session. Not while an alert is open.
#[utoipa::path(tag = "me", request_body = NewPin, security(("bearer" = [])),
    responses((status = 204, description = "Set"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[put("/v1/me/pin")]
pub(crate) async fn put_pin(
    identity: web::Data<Identity>,
    caller: Caller,
    body: StrictJson<NewPin>,
) -> Result<HttpResponse, Failure> {
    super::set_pin(&identity, &caller, &body.0.pin).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The officers she named.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Officers {
    /// At most 20, each with a name or a badge.
    officers: Vec<Officer>,
}

/// Shows the officers to whom her records do not exist.
#[utoipa::path(tag = "me", security(("bearer" = [])),
    responses((status = 200, description = "The officers", body = Officers),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/me/conflicts")]
pub(crate) async fn conflicts(
    identity: web::Data<Identity>,
    // A person who took over her number must not read or empty the list: it may be an officer on
    // it.
    SteppedUpCaller(caller): SteppedUpCaller,
) -> Result<HttpResponse, Failure> {
    let (keys, person) = (identity.foundation.keys.clone(), caller.person);
    let officers = identity
        .foundation
        .db
        .read(move |conn| super::conflicts_of(conn, &keys, person))
        .await?;
    Ok(HttpResponse::Ok().json(Officers { officers }))
}

/// Replaces the officers to whom her records do not exist.
#[utoipa::path(tag = "me", request_body = Officers, security(("bearer" = [])),
    responses((status = 200, description = "The officers", body = Officers),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[put("/v1/me/conflicts")]
pub(crate) async fn put_conflicts(
    identity: web::Data<Identity>,
    SteppedUpCaller(caller): SteppedUpCaller,
    body: StrictJson<Officers>,
) -> Result<HttpResponse, Failure> {
    let now = identity.now();
    let (keys, person, officers) = (
        identity.foundation.keys.clone(),
        caller.person,
        body.0.officers,
    );
    let write = move |conn: &mut Conn| {
        super::set_conflicts(conn, &keys, person, &officers, now)?;
        super::conflicts_of(conn, &keys, person)
    };
    let officers = identity
        .foundation
        .db
        .write::<_, IdentityError>(WritePriority::Background, write)
        .await?;
    Ok(HttpResponse::Ok().json(Officers { officers }))
}

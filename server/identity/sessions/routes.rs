//! Routes of sign-in, sessions and devices.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, delete, get, post, put, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Caller, JwkSet, Proof, PushToken, Refreshed, Sessions, Tokens, Verify};
use crate::bounds;
use crate::clock::At;
use crate::db::WritePriority;
use crate::http::{ClientAddress, Code, Failure, Kind, Limits, ProblemBody, StrictJson};
use crate::identity::rules::RESEND_AFTER;
use crate::identity::{Identity, IdentityError};
use crate::ids::{DeviceId, SessionId};
use crate::language::Language;

pub(in crate::identity) fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(sign_in)
        .service(verify)
        .service(refresh)
        .service(list)
        .service(revoke)
        .service(confirm)
        .service(step_up)
        .service(put_push)
        .service(jwks);
}

/// A number that wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// E.164, or as it is dialled in the municipality.
    #[schema(example = "+526145550101")]
    phone: String,
    /// The code of the municipality she picked: gives local numbers their area code.
    #[serde(default)]
    #[schema(example = "chihuahua")]
    municipality: Option<String>,
}

/// The same for every number.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeOnItsWay {
    /// How many seconds a code is good.
    #[schema(example = 600)]
    expires_in_s: u64,
    /// How many seconds to wait before asking again.
    #[schema(example = 30)]
    resend_after_s: u64,
}

/// Asks for a sign-in code by SMS.
///
/// Always 202, for every caller and number; a number that has had too many codes gets
/// none.
#[utoipa::path(tag = "sign-in", request_body = SignIn,
    responses((status = 202, description = "Always", body = CodeOnItsWay),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/sign-in")]
pub(crate) async fn sign_in(
    identity: web::Data<Identity>,
    limits: web::Data<Limits>,
    address: ClientAddress,
    language: Language,
    body: StrictJson<SignIn>,
) -> Result<HttpResponse, Failure> {
    limits.check(Kind::Address, &address.key())?;
    let SignIn {
        phone,
        municipality,
    } = body.0;
    let (phone, municipality) = super::phone_of(&identity, &phone, municipality).await?;
    super::ask_for_code(&identity, &phone, municipality, language).await?;
    Ok(HttpResponse::Accepted().json(CodeOnItsWay {
        expires_in_s: identity.rules.code.as_secs(),
        resend_after_s: RESEND_AFTER.as_secs(),
    }))
}

/// Signs in with a code, and registers the first time.
#[utoipa::path(tag = "sign-in", request_body = Verify,
    responses((status = 200, description = "Signed in", body = Tokens),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/sign-in/verify")]
pub(crate) async fn verify(
    identity: web::Data<Identity>,
    limits: web::Data<Limits>,
    address: ClientAddress,
    language: Language,
    body: StrictJson<Verify>,
) -> Result<HttpResponse, Failure> {
    limits.check(Kind::Address, &address.key())?;
    Ok(HttpResponse::Ok().json(super::verify(&identity, body.0, language).await?))
}

/// The refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    /// As it was given last.
    refresh: String,
}

/// Gets the next access token.
///
/// The previous refresh token gives the same answer until the new one is used, a day at most, so a
/// lost reply costs nothing. A token used after that ends the session; the alert token goes on
/// working.
#[utoipa::path(tag = "sessions", request_body = Refresh,
    responses((status = 200, description = "Refreshed", body = Refreshed),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/sessions/refresh")]
pub(crate) async fn refresh(
    identity: web::Data<Identity>,
    body: StrictJson<Refresh>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(super::refresh(&identity, &body.0.refresh).await?))
}

/// Which page of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// 1 to 100; 50 where it is left out.
    limit: Option<usize>,
    /// What `next` gave.
    cursor: Option<String>,
}

impl Page {
    fn limit(&self) -> Result<usize, IdentityError> {
        let limit = self.limit.unwrap_or(50);
        if bounds::PAGE.contains(&limit) {
            Ok(limit)
        } else {
            Err(IdentityError::Query("limit", Code::OUT_OF_RANGE))
        }
    }

    fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, IdentityError> {
        let bad = |_| IdentityError::Query("cursor", Code::BAD_VALUE);
        self.cursor
            .as_deref()
            .map(|cursor| cursor.parse().map_err(bad))
            .transpose()
    }
}

/// Lists her sessions, newest first.
#[utoipa::path(tag = "sessions", params(Page), security(("bearer" = [])),
    responses((status = 200, description = "Her sessions", body = Sessions),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/sessions")]
pub(crate) async fn list(
    identity: web::Data<Identity>,
    caller: Caller,
    page: web::Query<Page>,
) -> Result<HttpResponse, Failure> {
    let (limit, cursor) = (page.limit()?, page.cursor::<SessionId>()?);
    let sessions = identity
        .foundation
        .db
        .read(move |conn| super::list(conn, &caller, cursor, limit))
        .await?;
    Ok(HttpResponse::Ok().json(sessions))
}

/// Ends a session and its device.
///
/// Its alert token dies with it, except for an alert that the device has open. Ending another
/// device's session takes a device that is past its first 72 hours.
#[utoipa::path(tag = "sessions", params(("id" = String, Path, description = "The session")), security(("bearer" = [])),
    responses((status = 204, description = "Ended"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[delete("/v1/sessions/{id}")]
pub(crate) async fn revoke(
    identity: web::Data<Identity>,
    caller: Caller,
    id: web::Path<SessionId>,
) -> Result<HttpResponse, Failure> {
    let (session, now) = (id.into_inner(), identity.now());
    let write = move |conn: &mut crate::db::Conn| super::revoke(conn, &caller, session, now);
    identity
        .foundation
        .db
        .write(WritePriority::Background, write)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Confirms a new device from an older one.
#[utoipa::path(tag = "sessions", params(("id" = String, Path, description = "The new device's session")), security(("bearer" = [])),
    responses((status = 204, description = "Trusted from now on"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/sessions/{id}/confirm")]
pub(crate) async fn confirm(
    identity: web::Data<Identity>,
    caller: Caller,
    id: web::Path<SessionId>,
) -> Result<HttpResponse, Failure> {
    let (session, now) = (id.into_inner(), identity.now());
    let write = move |conn: &mut crate::db::Conn| super::confirm(conn, &caller, session, now);
    identity
        .foundation
        .db
        .write(WritePriority::Background, write)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Until when a session is stepped up.
#[derive(Serialize, ToSchema)]
pub(crate) struct SteppedUp {
    /// The end of it.
    stepped_up_until: At,
}

/// Confirms that it is she, by PIN or by a code; good for ten minutes.
#[utoipa::path(tag = "sessions", request_body = super::step_up::ProofBody, security(("bearer" = [])),
    responses((status = 200, description = "Stepped up", body = SteppedUp),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/sessions/step-up")]
pub(crate) async fn step_up(
    identity: web::Data<Identity>,
    limits: web::Data<Limits>,
    caller: Caller,
    body: StrictJson<Proof>,
) -> Result<HttpResponse, Failure> {
    limits.check(Kind::StepUp, caller.person.bytes())?;
    let stepped_up_until = super::step_up(&identity, &caller, body.0).await?;
    Ok(HttpResponse::Ok().json(SteppedUp { stepped_up_until }))
}

/// Registers where this device takes pushes.
#[utoipa::path(tag = "devices", request_body = PushToken, params(("id" = String, Path, description = "The caller's own device")), security(("bearer" = [])),
    responses((status = 204, description = "Registered"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[put("/v1/devices/{id}/push")]
pub(crate) async fn put_push(
    identity: web::Data<Identity>,
    caller: Caller,
    id: web::Path<DeviceId>,
    body: StrictJson<PushToken>,
) -> Result<HttpResponse, Failure> {
    let (keys, device, now, push) = (
        identity.foundation.keys.clone(),
        id.into_inner(),
        identity.now(),
        body.0,
    );
    let write =
        move |conn: &mut crate::db::Conn| super::put_push(conn, &keys, &caller, device, &push, now);
    identity
        .foundation
        .db
        .write::<_, IdentityError>(WritePriority::Background, write)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The public keys that access tokens and the heartbeat are signed with (RFC 7517).
#[utoipa::path(tag = "sign-in", responses((status = 200, description = "A JWK set", body = JwkSet)))]
#[get("/.well-known/jwks.json")]
pub(crate) async fn jwks(identity: web::Data<Identity>) -> Result<HttpResponse, Failure> {
    let keys = identity.signer.jwks(identity.now()).await?;
    // An hour is well within the day for which a key is published before it signs.
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .json(keys))
}

//! Routes of operators: signing in and out, and an administrator's list. Adding one, which needs to
//! know the centres, is the console's.

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::caller::{Administrator, COOKIE, Operator, token_of};
use super::sign_in::csrf;
use super::{Credentials, OperatorCard, OperatorSignIn, SignedIn, store};
use crate::bounds;
use crate::db::{Conn, WritePriority};
use crate::http::{ClientAddress, Code, Failure, Kind, Limits, ProblemBody, StrictJson};
use crate::identity::{Identity, IdentityError};
use crate::ids::OperatorId;

pub(in crate::identity) fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(sign_in)
        .service(session)
        .service(sign_out)
        .service(list)
        .service(reset)
        .service(disable);
}

/// HttpOnly and SameSite=Strict always; Secure but where the server is reached over plain HTTP on
/// its own machine.
fn cookie(identity: &Identity, value: String, age_s: i64) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(!is_plain_loopback(
            &identity.foundation.config.http.public_url,
        ))
        .max_age(CookieAge::seconds(age_s))
        .finish()
}

/// Whether a public address is plain HTTP on this very machine, where a Secure cookie would never
/// come back.
fn is_plain_loopback(public_url: &str) -> bool {
    let Some(rest) = public_url.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _port)| host);
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|ip| ip.is_loopback())
}

/// Signs an operator in: name, password, TOTP.
#[utoipa::path(tag = "operators", request_body = OperatorSignIn,
    responses((status = 200, description = "Signed in; the session is in the cookie", body = SignedIn),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/operators/sign-in")]
pub(crate) async fn sign_in(
    identity: web::Data<Identity>,
    limits: web::Data<Limits>,
    address: ClientAddress,
    body: StrictJson<OperatorSignIn>,
) -> Result<HttpResponse, Failure> {
    limits.check(Kind::Address, &address.key())?;
    let (token, signed_in) = super::sign_in(&identity, body.0).await?;
    let age_s = i64::try_from(identity.rules.operator_session.as_secs()).unwrap_or(0);
    let cookie = cookie(&identity, token.expose().to_owned(), age_s);
    Ok(HttpResponse::Ok().cookie(cookie).json(signed_in))
}

/// Shows who is signed in, and the CSRF token again for a page that was loaded anew.
#[utoipa::path(tag = "operators", security(("operator" = [])),
    responses((status = 200, description = "Who is signed in", body = SignedIn),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/operators/session")]
pub(crate) async fn session(
    identity: web::Data<Identity>,
    req: HttpRequest,
    operator: Operator,
) -> Result<HttpResponse, Failure> {
    let token = token_of(&req).ok_or(IdentityError::Unauthorized)?;
    Ok(HttpResponse::Ok().json(SignedIn {
        operator: operator.id,
        role: operator.role,
        centre: operator.centre,
        municipality: operator.municipality,
        language: operator.language,
        csrf_token: csrf(&identity.foundation.keys, &token),
        expires_at: operator.expires_at,
    }))
}

/// Signs the operator out.
#[utoipa::path(tag = "operators", security(("operator" = [])),
    responses((status = 204, description = "Signed out"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/operators/sign-out")]
pub(crate) async fn sign_out(
    identity: web::Data<Identity>,
    operator: Operator,
) -> Result<HttpResponse, Failure> {
    let now = identity.now();
    let write = move |conn: &mut Conn| Ok(store::revoke(conn, operator.session, now)?);
    identity
        .foundation
        .db
        .write::<_, IdentityError>(WritePriority::Background, write)
        .await?;
    Ok(HttpResponse::NoContent()
        .cookie(cookie(&identity, String::new(), 0))
        .finish())
}

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// 1 to 100; 50 where it is left out.
    limit: Option<i64>,
    /// What `next` gave.
    cursor: Option<OperatorId>,
}

/// A page of operators.
#[derive(Serialize, ToSchema)]
pub(crate) struct Operators {
    /// The operators, oldest first.
    items: Vec<OperatorCard>,
    /// The cursor of the next page, if there is one.
    next: Option<OperatorId>,
}

/// Lists the municipality's operators. Administrators only.
#[utoipa::path(tag = "administration", params(Page), security(("operator" = [])),
    responses((status = 200, description = "The operators", body = Operators),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/operators")]
pub(crate) async fn list(
    identity: web::Data<Identity>,
    Administrator(operator): Administrator,
    page: web::Query<Page>,
) -> Result<HttpResponse, Failure> {
    let limit = page.limit.unwrap_or(50);
    if !usize::try_from(limit).is_ok_and(|limit| bounds::PAGE.contains(&limit)) {
        return Err(IdentityError::Query("limit", Code::OUT_OF_RANGE).into());
    }
    let (keys, cursor, of) = (
        identity.foundation.keys.clone(),
        page.cursor,
        operator.municipality,
    );
    let db = &identity.foundation.db;
    let mut items = db
        .read(move |conn| super::list(conn, &keys, of, cursor, limit + 1))
        .await?;
    let page_size = usize::try_from(limit).unwrap_or(50);
    let more = items.len() > page_size;
    items.truncate(page_size);
    let next = if more {
        items.last().map(|card| card.operator)
    } else {
        None
    };
    Ok(HttpResponse::Ok().json(Operators { items, next }))
}

/// Gives an operator a new password and authenticator secret, and ends the sessions. Administrators
/// only.
#[utoipa::path(tag = "administration", params(("id" = String, Path, description = "The operator")), security(("operator" = [])),
    responses((status = 200, description = "Reset; shown once", body = Credentials),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/operators/{id}/reset")]
pub(crate) async fn reset(
    identity: web::Data<Identity>,
    Administrator(operator): Administrator,
    id: web::Path<OperatorId>,
) -> Result<HttpResponse, Failure> {
    let other = own(&identity, &operator, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(super::reset(&identity.foundation, other, None).await?))
}

/// Disables an operator at once. Administrators only, and not themselves.
#[utoipa::path(tag = "administration", params(("id" = String, Path, description = "The operator")), security(("operator" = [])),
    responses((status = 204, description = "Disabled"),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/operators/{id}/disable")]
pub(crate) async fn disable(
    identity: web::Data<Identity>,
    Administrator(operator): Administrator,
    id: web::Path<OperatorId>,
) -> Result<HttpResponse, Failure> {
    let other = own(&identity, &operator, id.into_inner()).await?;
    if other == operator.id {
        return Err(IdentityError::Forbidden.into());
    }
    super::disable(&identity.foundation, other).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An operator of the administrator's own municipality; any other is not found.
async fn own(
    identity: &Identity,
    administrator: &Operator,
    other: OperatorId,
) -> Result<OperatorId, IdentityError> {
    let read = move |conn: &mut Conn| Ok::<_, IdentityError>(store::by_id(conn, other)?);
    let found = identity.foundation.db.read(read).await?;
    found
        .filter(|row| row.municipality == administrator.municipality)
        .map(|row| row.id)
        .ok_or(IdentityError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_goes_without_secure_only_on_this_very_machine() {
        for plain in [
            "http://localhost:8080",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080",
        ] {
            assert!(is_plain_loopback(plain), "{plain}");
        }
        for other in [
            "https://localhost",
            "http://ampara.example",
            "http://127.0.0.1.example",
            "http://localhost.example:80",
        ] {
            assert!(!is_plain_loopback(other), "{other}");
        }
    }
}

//! Which operator is calling, as it stands in a handler's signature.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, dev, web};
use subtle::ConstantTimeEq;

use super::sign_in::hash_of;
use super::store;
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::http::Failure;
use crate::identity::model::Role;
use crate::identity::{Identity, IdentityError};
use crate::ids::{CentreId, MunicipalityId, OperatorId, OperatorSessionId, Secret};
use crate::language::Language;

/// The cookie that carries an operator's session.
pub const COOKIE: &str = "ampara_operator";
/// The header that must go with it on every request that changes something.
pub const CSRF_HEADER: &str = "X-CSRF-Token";

/// How stale `last_seen_at` may be before a request refreshes it: a write a minute, not one a
/// request.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// A signed-in operator.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Who.
    pub id: OperatorId,
    /// In which session.
    pub session: OperatorSessionId,
    /// What the operator may do.
    pub role: Role,
    /// At which centre.
    pub centre: Option<CentreId>,
    /// Whose records.
    pub municipality: MunicipalityId,
    /// Gets the records of people who named an officer.
    pub unlisted: bool,
    /// The operator's language.
    pub language: Language,
    /// When the session ends at the latest.
    pub expires_at: At,
}

impl Operator {
    /// Lets only these roles pass.
    ///
    /// # Errors
    /// [`IdentityError::Forbidden`].
    pub fn must_be(&self, roles: &[Role]) -> Result<(), IdentityError> {
        if roles.contains(&self.role) {
            Ok(())
        } else {
            Err(IdentityError::Forbidden)
        }
    }
}

/// An [`Operator`] whose role is administrator; others are refused with
/// [`IdentityError::Forbidden`].
#[derive(Debug, Clone)]
pub struct Administrator(pub Operator);

impl FromRequest for Administrator {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let operator = Operator::from_request(req, payload);
        Box::pin(async move {
            let operator = operator.await?;
            operator.must_be(&[Role::Administrator])?;
            Ok(Self(operator))
        })
    }
}

impl FromRequest for Operator {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let identity = req.app_data::<web::Data<Identity>>().cloned();
        let token = token_of(req);
        let is_safe = matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let csrf = req
            .headers()
            .get(CSRF_HEADER)
            .and_then(|v| v.to_str().ok())
            .map(hash_of);
        Box::pin(async move {
            let identity = identity.ok_or(IdentityError::Broken(
                "the server was put together without Identity",
            ))?;
            let token = token.ok_or(IdentityError::Unauthorized)?;
            let (operator, csrf_hash) = operator(&identity, &token).await?;
            let csrf_right = csrf.is_some_and(|given| bool::from(given.ct_eq(&csrf_hash)));
            if !is_safe && !csrf_right {
                return Err(IdentityError::Csrf.into());
            }
            Ok(operator)
        })
    }
}

/// The session's secret, from the cookie.
pub(super) fn token_of(req: &HttpRequest) -> Option<Secret> {
    req.cookie(COOKIE)
        .and_then(|cookie| Secret::parse(cookie.value()))
}

async fn operator(
    identity: &Identity,
    token: &Secret,
) -> Result<(Operator, Vec<u8>), IdentityError> {
    let (db, now, hash) = (&identity.foundation.db, identity.now(), token.hash());
    let standing = db
        .read(move |conn| Ok::<_, IdentityError>(store::standing(conn, &hash)?))
        .await?;
    let standing = standing.ok_or(IdentityError::Unauthorized)?;
    let idle = now.since(standing.last_seen_at);
    let ended = standing.revoked_at.is_some()
        || standing.disabled_at.is_some()
        || standing.expires_at <= now;
    if ended || idle > identity.rules.operator_idle {
        return Err(IdentityError::SessionRevoked);
    }
    if idle > SEEN_EVERY {
        let session = standing.session;
        db.write(WritePriority::Background, move |conn| {
            operator_session_seen(conn, session, now)
        })
        .await?;
    }
    let operator = Operator {
        id: standing.operator,
        session: standing.session,
        role: Role::parse(&standing.role).ok_or(IdentityError::Forbidden)?,
        centre: standing.centre,
        municipality: standing.municipality,
        unlisted: standing.unlisted,
        language: Language::of_tag(&standing.language),
        expires_at: standing.expires_at,
    };
    Ok((operator, standing.csrf_hash))
}

/// Notes that the session is in use. The feed calls it with its heartbeat: who watches a quiet
/// queue all night is not idle.
///
/// # Errors
/// What the database says.
pub fn operator_session_seen(
    conn: &mut Conn,
    session: OperatorSessionId,
    now: At,
) -> Result<(), IdentityError> {
    Ok(store::seen(conn, session, now)?)
}

/// Whether a session is still good; streams ask every second and end with it.
///
/// # Errors
/// What the database says.
pub fn operator_session_is_live(
    conn: &mut Conn,
    session: OperatorSessionId,
    now: At,
) -> Result<bool, IdentityError> {
    Ok(store::is_live(conn, session, now)?)
}

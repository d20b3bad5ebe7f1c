//! Who is calling, as it stands in a handler's signature.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, dev, web};

use super::{access_token, store};
use crate::clock::At;
use crate::db::Conn;
use crate::http::Failure;
use crate::identity::{Identity, IdentityError};
use crate::ids::{DeviceId, MunicipalityId, PersonId, Secret, SecretHash, SessionId};
use crate::language::Language;

/// A person with an unexpired access token of a live session.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
    /// In which session.
    pub session: SessionId,
    /// Whose person she is.
    pub municipality: MunicipalityId,
    /// Her language.
    pub language: Language,
    /// From when on the device may do all.
    pub trusted_at: At,
    /// Until when the session is stepped up.
    pub stepped_up_until: At,
}

impl Caller {
    /// For what a device may not do in its first 72 hours, unless it was confirmed.
    ///
    /// # Errors
    /// [`IdentityError::DeviceTooNew`].
    pub fn must_be_trusted(&self, now: At) -> Result<(), IdentityError> {
        if now < self.trusted_at {
            Err(IdentityError::DeviceTooNew)
        } else {
            Ok(())
        }
    }

    /// For what a glance at an unlocked phone must not show.
    ///
    /// # Errors
    /// [`IdentityError::StepUpNeeded`].
    pub fn must_be_stepped_up(&self, now: At) -> Result<(), IdentityError> {
        if now < self.stepped_up_until {
            Ok(())
        } else {
            Err(IdentityError::StepUpNeeded)
        }
    }
}

/// A [`Caller`] on a device that is past its first 72 hours, or was confirmed.
#[derive(Debug, Clone)]
pub struct TrustedCaller(pub Caller);

/// A [`TrustedCaller`] in a session that was stepped up by PIN or code within the last minutes: for
/// what a glance at an unlocked phone must not show, such as her contacts.
#[derive(Debug, Clone)]
pub struct SteppedUpCaller(pub Caller);

/// A caller who may work an alert of this device: by its alert token, or by an access token of a
/// live session, however old.
#[derive(Debug, Clone)]
pub struct AlertCaller {
    /// Who.
    pub person: PersonId,
    /// On which device; only alerts that it raised are for it to see.
    pub device: DeviceId,
    /// Her language.
    pub language: Language,
    /// The device was revoked: good only for an alert that it has open, and not to raise another.
    pub only_open_alert: bool,
}

/// A token of a device, good in form; whose it is, is read where its holder's alert is read: one
/// query for both.
#[derive(Debug, Clone)]
pub struct AlertToken(Shown);

#[derive(Debug, Clone)]
enum Shown {
    Access(access_token::Claims),
    Alert(SecretHash),
}

impl AlertToken {
    /// Who holds it.
    ///
    /// # Errors
    /// [`IdentityError::Unauthorized`] and [`IdentityError::SessionRevoked`]; what the database
    /// says.
    pub fn holder(&self, conn: &mut Conn) -> Result<AlertCaller, IdentityError> {
        let hash = match &self.0 {
            Shown::Alert(hash) => hash,
            Shown::Access(claims) => {
                let Caller {
                    person,
                    device,
                    language,
                    ..
                } = live(conn, claims)?;
                return Ok(AlertCaller {
                    person,
                    device,
                    language,
                    only_open_alert: false,
                });
            }
        };
        let holder =
            store::holder_of_alert_token(conn, hash)?.ok_or(IdentityError::Unauthorized)?;
        let is_revoked = holder.revoked_at.is_some();
        if is_revoked && holder.open_alerts == 0 {
            return Err(IdentityError::Unauthorized);
        }
        Ok(AlertCaller {
            person: holder.person,
            device: holder.device,
            language: Language::of_tag(&holder.language),
            only_open_alert: is_revoked,
        })
    }
}

type Found<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

/// What a bearer token stands for.
trait FromBearer: Sized + 'static {
    /// Reads it from the token. `urgent`: the request changes something, as a press does.
    async fn borne(identity: &Identity, token: &str, urgent: bool) -> Result<Self, IdentityError>;
}

impl FromBearer for Caller {
    async fn borne(identity: &Identity, token: &str, _: bool) -> Result<Self, IdentityError> {
        let claims = access_token::read(&identity.signer, token).await?;
        if claims.expired(identity.now()) {
            return Err(IdentityError::TokenExpired);
        }
        let db = &identity.foundation.db;
        let mut caller = db.read(move |conn| live(conn, &claims)).await?;
        // No session can be stepped up until later than that.
        if caller.stepped_up_until > identity.now().plus(identity.rules.stepped_up_ahead) {
            caller.stepped_up_until = At::from_micros(0);
        }
        Ok(caller)
    }
}

impl FromBearer for TrustedCaller {
    async fn borne(identity: &Identity, token: &str, urgent: bool) -> Result<Self, IdentityError> {
        let caller = Caller::borne(identity, token, urgent).await?;
        caller.must_be_trusted(identity.now())?;
        Ok(Self(caller))
    }
}

impl FromBearer for SteppedUpCaller {
    async fn borne(identity: &Identity, token: &str, urgent: bool) -> Result<Self, IdentityError> {
        let TrustedCaller(caller) = TrustedCaller::borne(identity, token, urgent).await?;
        caller.must_be_stepped_up(identity.now())?;
        Ok(Self(caller))
    }
}

impl FromBearer for AlertToken {
    async fn borne(identity: &Identity, token: &str, _: bool) -> Result<Self, IdentityError> {
        Ok(Self(match Secret::parse(token) {
            Some(secret) => Shown::Alert(secret.hash()),
            None => Shown::Access(access_token::read(&identity.signer, token).await?),
        }))
    }
}

impl FromBearer for AlertCaller {
    async fn borne(identity: &Identity, token: &str, urgent: bool) -> Result<Self, IdentityError> {
        let token = AlertToken::borne(identity, token, urgent).await?;
        let db = &identity.foundation.db;
        if urgent {
            // Who presses is read before all that feeds and watchers wait for.
            db.read_first(move |conn| token.holder(conn)).await
        } else {
            db.read(move |conn| token.holder(conn)).await
        }
    }
}

fn from_header<T: FromBearer>(req: &HttpRequest) -> Found<T> {
    let identity = req.app_data::<web::Data<Identity>>().cloned();
    let identity = identity.ok_or(IdentityError::Broken(
        "the server was put together without Identity",
    ));
    let token = bearer(req);
    let urgent = !req.method().is_safe();
    Box::pin(async move { Ok(T::borne(&*identity?, &token?, urgent).await?) })
}

macro_rules! from_header {
    ($($who:ty),+) => {$(
        impl FromRequest for $who {
            type Error = Failure;
            type Future = Found<Self>;

            fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
                from_header(req)
            }
        }
    )+};
}
from_header!(
    Caller,
    TrustedCaller,
    SteppedUpCaller,
    AlertToken,
    AlertCaller
);

/// The bearer token of RFC 6750; the scheme's case does not matter.
fn bearer(req: &HttpRequest) -> Result<String, IdentityError> {
    let header = req
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, token) = header
        .and_then(|h| h.split_once(' '))
        .ok_or(IdentityError::Unauthorized)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim().to_owned())
    } else {
        Err(IdentityError::Unauthorized)
    }
}

fn live(conn: &mut Conn, claims: &access_token::Claims) -> Result<Caller, IdentityError> {
    let session = claims.sid;
    let standing = store::standing(conn, session)?.ok_or(IdentityError::Unauthorized)?;
    if standing.person != claims.sub {
        return Err(IdentityError::Unauthorized);
    }
    if !standing.is_live() {
        return Err(IdentityError::SessionRevoked);
    }
    Ok(Caller {
        person: standing.person,
        device: standing.device,
        session,
        municipality: standing.municipality,
        language: Language::of_tag(&standing.language),
        trusted_at: standing.trusted_at,
        stepped_up_until: standing.stepped_up_until,
    })
}

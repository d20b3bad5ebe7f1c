//! Access tokens: JWTs (RFC 7519) after RFC 8725 and RFC 9068. EdDSA and nothing else, the key by
//! `kid`, `typ` and `aud` pinned, 15 minutes by our own clock.

use std::time::Duration;

use jsonwebtoken::{Algorithm, Validation, decode_header};
use serde::{Deserialize, Serialize};

use super::signing::Signer;
use crate::clock::At;
use crate::identity::IdentityError;
use crate::ids::{PersonId, SessionId};

const TYP: &str = "at+jwt";
const AUDIENCE: &str = "ampara";

/// What an access token says. Times in seconds since 1970, as RFC 7519 asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    pub(super) sub: PersonId,
    pub(super) sid: SessionId,
    iat: i64,
    exp: i64,
}

impl Claims {
    /// Whether its time has passed.
    pub(super) fn expired(&self, now: At) -> bool {
        now.micros() >= self.exp.saturating_mul(1_000_000)
    }
}

/// Makes a token for that session, good for `good_for` from `now`.
pub(super) async fn issue(
    signer: &Signer,
    person: PersonId,
    session: SessionId,
    good_for: Duration,
    now: At,
) -> Result<String, IdentityError> {
    let iat = now.micros() / 1_000_000;
    let exp = now.plus(good_for).micros() / 1_000_000;
    let claims = Claims {
        iss: AUDIENCE.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: person,
        sid: session,
        iat,
        exp,
    };
    signer.sign(TYP, &claims, now).await
}

/// What a token that we signed says, expired or not; [`IdentityError::Unauthorized`] for any other
/// text.
pub(super) async fn read(signer: &Signer, token: &str) -> Result<Claims, IdentityError> {
    let refused = || IdentityError::Unauthorized;
    if token.len() > 1024 {
        return Err(refused());
    }
    let header = decode_header(token).map_err(|_| refused())?;
    // The algorithm is ours to say, not the token's.
    if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYP) {
        return Err(refused());
    }
    let kid = header
        .kid
        .filter(|kid| kid.len() <= 32)
        .ok_or_else(refused)?;
    let key = signer.key(&kid).await?.ok_or_else(refused)?;
    let mut pinned = Validation::new(Algorithm::EdDSA);
    pinned.set_audience(&[AUDIENCE]);
    pinned.set_issuer(&[AUDIENCE]);
    pinned.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    // Expiry is judged by our clock, and a press counts past it.
    pinned.validate_exp = false;
    jsonwebtoken::decode::<Claims>(token, key.decoding(), &pinned)
        .map(|data| data.claims)
        .map_err(|_| refused())
}

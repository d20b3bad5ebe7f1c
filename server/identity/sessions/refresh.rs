//! The next access token.

use serde::Serialize;

use super::refresh_token::{RefreshToken, Standing, judge};
use super::{access_token, store};
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::identity::rules::Rules;
use crate::identity::{Identity, IdentityError};
use crate::ids::PersonId;

/// A new pair; the old refresh token is good until this one is used, a day at most.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Refreshed {
    /// The next access token.
    pub access: String,
    /// How many seconds it is good.
    #[schema(example = 900)]
    pub access_expires_in_s: u64,
    /// The next refresh token.
    pub refresh: String,
}

enum Outcome {
    Rotated(PersonId),
    Replayed,
    Revoked,
}

/// Rotates. A replay ends the session, access and refresh, and leaves the alert token alone.
///
/// # Errors
/// [`IdentityError::Unauthorized`] for a token that is none of ours;
/// [`IdentityError::SessionRevoked`] for one whose session has ended, a replay included.
pub async fn refresh(identity: &Identity, presented: &str) -> Result<Refreshed, IdentityError> {
    let keys = &identity.foundation.keys;
    let token = RefreshToken::parse(keys, presented).ok_or(IdentityError::Unauthorized)?;
    let session = token.session();
    let successor = token.successor(keys);
    let (old, new) = (token.hash(), successor.hash());
    let (rules, now) = (identity.rules, identity.now());
    let outcome = identity
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            rotate(conn, session, &old, &new, rules, now)
        })
        .await?;
    match outcome {
        Outcome::Rotated(person) => Ok(Refreshed {
            access: access_token::issue(&identity.signer, person, session, rules.access, now)
                .await?,
            access_expires_in_s: rules.access.as_secs(),
            refresh: successor.expose(),
        }),
        Outcome::Replayed => {
            tracing::warn!(%session, "a refresh token was used twice: session revoked");
            Err(IdentityError::SessionRevoked)
        }
        Outcome::Revoked => Err(IdentityError::SessionRevoked),
    }
}

fn rotate(
    conn: &mut Conn,
    session: crate::ids::SessionId,
    old: &[u8],
    new: &[u8],
    rules: Rules,
    now: At,
) -> Result<Outcome, IdentityError> {
    let standing = store::standing(conn, session)?.ok_or(IdentityError::Unauthorized)?;
    if !standing.is_live() {
        return Ok(Outcome::Revoked);
    }
    // The condition is in the statement: of two at once one rotates, and the other finds the same
    // successor below.
    if store::rotate(conn, session, old, new, now)? {
        return Ok(Outcome::Rotated(standing.person));
    }
    let row = store::session(conn, session)?.ok_or(IdentityError::Unauthorized)?;
    let age = now.since(row.rotated_at);
    match judge(
        old,
        &row.refresh_hash,
        row.previous_hash.as_deref(),
        age,
        rules.refresh_overlap,
    ) {
        Standing::Current | Standing::Previous => Ok(Outcome::Rotated(standing.person)),
        Standing::Replayed => {
            store::revoke_session(conn, session, now)?;
            Ok(Outcome::Replayed)
        }
    }
}

//! An operator signs in: name, password, TOTP. One answer for everything that is wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::store::{self, OperatorRow, SessionRow};
use super::totp;
use crate::clock::At;
use crate::db::WritePriority;
use crate::identity::model::Role;
use crate::identity::{Identity, IdentityError, slow_hash};
use crate::ids::{CentreId, MunicipalityId, OperatorId, OperatorSessionId, Secret};
use crate::language::Language;
use crate::moments::{self, LOCKED};
use crate::seal::{self, Keyring};

/// What an operator signs in with.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorSignIn {
    /// The sign-in name.
    #[schema(example = "marta")]
    pub name: String,
    /// The password.
    pub password: String,
    /// The six digits of the authenticator app.
    #[schema(example = "492039")]
    pub totp: String,
}

/// Who signed in. The session itself is in the cookie.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SignedIn {
    /// The operator.
    pub operator: OperatorId,
    /// What the operator may do.
    pub role: Role,
    /// At which centre.
    pub centre: Option<CentreId>,
    /// Whose records.
    pub municipality: MunicipalityId,
    /// The operator's language.
    pub language: Language,
    /// To be sent as `X-CSRF-Token` with every POST, PUT, PATCH and DELETE.
    pub csrf_token: String,
    /// When the session ends at the latest.
    pub expires_at: At,
}

/// After so many failures in a row the account waits.
const FREE_FAILURES: i64 = 4;
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(moments::LONGEST_LOCK_S);

/// How long an account waits after its `failures`-th failure in a row: nothing four times, then 30
/// s doubling to 15 min.
fn wait_after(failures: i64) -> Duration {
    if failures <= FREE_FAILURES {
        return Duration::ZERO;
    }
    let doublings = u32::try_from(failures - FREE_FAILURES - 1)
        .unwrap_or(u32::MAX)
        .min(10);
    (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT)
}

/// The CSRF token of a session: computed from the cookie's secret, so that a reloaded page can ask
/// for it again.
pub(super) fn csrf(keys: &Keyring, token: &Secret) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(keys.lookup("operator-csrf", token.expose()))
}

/// Signs in; the secret is for the cookie. A wrong name costs what a wrong password costs, and a
/// locked account answers as a wrong one does, so that no caller learns who works here.
///
/// # Errors
/// [`IdentityError::SignInFailed`].
pub async fn sign_in(
    identity: &Identity,
    given: OperatorSignIn,
) -> Result<(Secret, SignedIn), IdentityError> {
    let foundation = &identity.foundation;
    let now = identity.now();
    let name = given.name.clone();
    let row = foundation
        .db
        .read(move |conn| Ok::<_, IdentityError>(store::by_name(conn, &name)?))
        .await?;
    let [password_right] = slow_hash::matches(
        &given.password,
        [row.as_ref().map(|r| r.password_hash.clone())],
    )
    .await?;
    let Some(row) = row else {
        return Err(IdentityError::SignInFailed);
    };
    let (keys, sealed) = (&foundation.keys, &row.sealed_totp);
    let secret = keys.open("operators", "sealed_totp", row.id.bytes(), sealed);
    // An administrator gives a new one.
    let secret = seal::or_none("an operator's TOTP secret", row.id, secret)
        .ok_or(IdentityError::SignInFailed)?;
    let step = step_given(identity, &secret, &given.totp, &row)?;
    let config = &foundation.config;
    let locked = LOCKED.is_ahead(row.locked_until, config, now);
    let may = row.disabled_at.is_none() && !locked;
    match (step, password_right, may) {
        (Some(step), true, true) => enter(identity, row, step, now).await,
        // A locked account is not locked for longer by being tried.
        (.., false) => Err(IdentityError::SignInFailed),
        _ => {
            let locked_until = now.plus(wait_after(row.failed_sign_ins + 1));
            let write =
                move |conn: &mut crate::db::Conn| Ok(store::failed(conn, row.id, locked_until)?);
            foundation
                .db
                .write::<_, IdentityError>(WritePriority::Background, write)
                .await?;
            Err(IdentityError::SignInFailed)
        }
    }
}

/// The step of the code, if it was not used before, and the latest step that can have been used: the
/// operator's phone goes by its own clock, and which of this machine's is right cannot be known.
fn step_given(
    identity: &Identity,
    secret: &[u8],
    code: &str,
    row: &OperatorRow,
) -> Result<Option<(i64, i64)>, IdentityError> {
    for at in identity.foundation.clock.readings() {
        let latest = totp::latest_step(at);
        // A step that is still to come cannot have been used.
        let fresh = |step: &i64| *step > row.totp_last_step || row.totp_last_step > latest;
        if let Some(step) = totp::step_of(secret, code, at)?.filter(fresh) {
            return Ok(Some((step, latest)));
        }
    }
    Ok(None)
}

async fn enter(
    identity: &Identity,
    row: OperatorRow,
    (step, latest_step): (i64, i64),
    now: At,
) -> Result<(Secret, SignedIn), IdentityError> {
    let token = Secret::new();
    let csrf_token = csrf(&identity.foundation.keys, &token);
    let session = OperatorSessionId::new();
    let expires_at = now.plus(identity.rules.operator_session);
    let (token_hash, csrf_hash, operator) = (token.hash(), hash_of(&csrf_token), row.id);
    let latest = LOCKED.latest(&identity.foundation.config, now);
    let entered = identity
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            // Of two that present the same code at once, one is let in.
            if !store::sign_in(conn, operator, (step, latest_step), (now, latest))? {
                return Ok(false);
            }
            let new = SessionRow {
                id: session,
                operator,
                token_hash: token_hash.clone(),
                csrf_hash: csrf_hash.clone(),
                created_at: now,
                last_seen_at: now,
                expires_at,
                revoked_at: None,
            };
            store::add_session(conn, &new)?;
            Ok::<_, IdentityError>(true)
        })
        .await?;
    if !entered {
        return Err(IdentityError::SignInFailed);
    }
    let signed_in = SignedIn {
        operator,
        role: Role::parse(&row.role).ok_or(IdentityError::Forbidden)?,
        centre: row.centre,
        municipality: row.municipality,
        language: Language::of_tag(&row.language),
        csrf_token,
        expires_at,
    };
    Ok((token, signed_in))
}

pub(super) fn hash_of(text: &str) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_ends_at_a_quarter_of_an_hour() {
        let waits: Vec<u64> = [1, 4, 5, 6, 7, 10, 1_000]
            .map(|n| wait_after(n).as_secs())
            .to_vec();
        assert_eq!(waits, [0, 0, 30, 60, 120, 900, 900]);
    }
}

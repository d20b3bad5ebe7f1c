//! The second factor: time-based codes (RFC 6238), six digits every 30 seconds, by our own clock.
//! Pure.

use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use crate::clock::At;
use crate::identity::IdentityError;
use crate::ids::random;

/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
const STEP_S: i64 = 30;
const UNUSABLE: IdentityError = IdentityError::Broken("a TOTP secret is not usable");

/// A new secret.
pub(super) fn draw() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(random::<SECRET_BYTES>().to_vec())
}

/// Codes do not depend on the account; the library wants one.
const ANY_ACCOUNT: &str = "-";

fn totp(secret: &[u8], account: &str) -> Result<Totp, IdentityError> {
    // SHA-1 since many authenticator apps silently ignore anything else; HMAC-SHA-1 is not what
    // SHA-1's breaks touch.
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(0)
        .with_step_duration(30)
        .with_secret(secret.to_vec())
        .with_issuer(Some("Ampara"))
        .with_account_name(account)
        .build()
        .map_err(|_| UNUSABLE)
}

/// The `otpauth://` URI for an authenticator app; shown once.
pub(super) fn otpauth(secret: &[u8], account: &str) -> Result<String, IdentityError> {
    totp(secret, account)?.to_url().map_err(|_| UNUSABLE)
}

/// The step that `code` belongs to, if it is one of now, 30 seconds ago or 30 seconds ahead. All
/// three are compared whichever matches.
pub(super) fn step_of(secret: &[u8], code: &str, now: At) -> Result<Option<i64>, IdentityError> {
    let totp = totp(secret, ANY_ACCOUNT)?;
    let this = now.micros() / 1_000_000 / STEP_S;
    let mut found = None;
    for step in [this - 1, this, this + 1] {
        let seconds = u64::try_from(step * STEP_S).unwrap_or(0);
        let expected = Zeroizing::new(totp.generate(seconds).to_string());
        if bool::from(expected.as_bytes().ct_eq(code.as_bytes())) {
            found = Some(step);
        }
    }
    Ok(found)
}

/// The latest step whose code can have been used by `now`.
pub(super) fn latest_step(now: At) -> i64 {
    (now.micros() / 1_000_000 / STEP_S).saturating_add(1)
}

/// The code of the step in which `now` lies: for the demo, which shows its sign-ins, and for tests.
pub(super) fn code_at(secret: &[u8], now: At) -> Result<String, IdentityError> {
    let seconds = u64::try_from(now.micros() / 1_000_000).unwrap_or(0);
    Ok(totp(secret, ANY_ACCOUNT)?.generate(seconds).to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            let at = At::from_micros(seconds * 1_000_000);
            assert_eq!(code_at(secret, at).unwrap(), code, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_known_for_its_own_step_and_its_neighbours_and_no_longer() {
        let secret = draw();
        let now = At::from_micros(1_800_000_000_000_000);
        let code = code_at(&secret, now).unwrap();
        let step = 1_800_000_000 / STEP_S;
        for (after, found) in [(0, Some(step)), (30, Some(step)), (60, None)] {
            assert_eq!(
                step_of(&secret, &code, now.plus(Duration::from_secs(after))).unwrap(),
                found,
                "{after} s"
            );
        }
        assert_eq!(
            step_of(&secret, &code, now.minus(Duration::from_secs(30))).unwrap(),
            Some(step)
        );
        assert_eq!(step_of(&secret, "", now).unwrap(), None);
    }

    #[test]
    fn the_uri_is_what_authenticator_apps_read() {
        let uri = otpauth(&draw(), "marta").unwrap();
        assert!(
            uri.starts_with("otpauth://totp/Ampara:marta?secret="),
            "{uri}"
        );
    }
}

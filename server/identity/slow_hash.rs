//! Argon2id for what people choose themselves and could be guessed: PINs and operators' passwords.
//!
//! It takes tens of milliseconds on purpose, so it never runs on a thread that serves requests nor
//! inside a write.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::IdentityError;
use crate::ids::random;

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// What stands in where nothing is set, with the same parameters, so that "none set" costs as much
/// as "wrong". The text behind it does not matter: a match against it is thrown away.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm90IGEgcmVhbCBzYWx0$3R8xfRVSSK1yAGXO6IBuTYp0nOQE0UgcDVFZ1HzMpmc";

/// The PHC string of `text`.
///
/// # Errors
/// [`IdentityError::Broken`] where the machine could not spare the memory or the thread.
pub(super) async fn make(text: &str) -> Result<String, IdentityError> {
    let text = Zeroizing::new(text.to_owned());
    tokio::task::spawn_blocking(move || {
        argon()
            .hash_password_with_salt(text.as_bytes(), &random::<16>())
            .map(|hash: PasswordHash| hash.to_string())
            .map_err(|_| IdentityError::Broken("a password could not be hashed"))
    })
    .await
    .map_err(|_| IdentityError::Broken("hashing was interrupted"))?
}

/// Checks `text` against every one of `hashes`, all of them whichever matches first; a missing one
/// costs the same and never matches.
///
/// # Errors
/// [`IdentityError::Broken`] where the thread was lost. A stored hash that can't be read counts as
/// not matching.
pub(super) async fn matches<const N: usize>(
    text: &str,
    hashes: [Option<String>; N],
) -> Result<[bool; N], IdentityError> {
    let text = Zeroizing::new(text.to_owned());
    tokio::task::spawn_blocking(move || {
        hashes.map(|stored| {
            let is_set = stored.is_some();
            let phc = stored.unwrap_or_else(|| DUMMY.to_owned());
            let same = PasswordHash::new(&phc)
                .is_ok_and(|parsed| argon().verify_password(text.as_bytes(), &parsed).is_ok());
            same & is_set
        })
    })
    .await
    .map_err(|_| IdentityError::Broken("hashing was interrupted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_hash_is_checked_and_a_missing_one_never_matches() {
        let one = make("4821").await.unwrap();
        let two = make("1590").await.unwrap();
        assert_eq!(
            matches("4821", [Some(one.clone()), Some(two.clone())])
                .await
                .unwrap(),
            [true, false]
        );
        assert_eq!(
            matches("1590", [Some(one), Some(two)]).await.unwrap(),
            [false, true]
        );
        assert_eq!(matches("4821", [None, None]).await.unwrap(), [false, false]);
    }

    /// Made by the reference implementation in C.
    #[tokio::test]
    async fn a_stored_hash_of_another_maker_is_read() {
        let stored = "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyBvaw$gcI3rkanyXC9bmO28nMoQYbm8mBkH52L5N3HMXB5gC0";
        for (pin, same) in [("4821", true), ("4822", false)] {
            let found = matches(pin, [Some(stored.to_owned())]).await.unwrap();
            assert_eq!(found, [same], "{pin}");
        }
    }

    #[test]
    fn the_stand_in_costs_what_a_real_hash_costs() {
        let real = argon().hash_password_with_salt(b"x", &[7; 16]).unwrap();
        let dummy = PasswordHash::new(DUMMY).unwrap();
        assert_eq!(dummy.params, real.params);
        assert_eq!(dummy.algorithm, real.algorithm);
        assert_eq!(dummy.hash.unwrap().len(), real.hash.unwrap().len());
    }

    #[tokio::test]
    async fn the_same_words_hash_differently_each_time() {
        assert_ne!(make("4821").await.unwrap(), make("4821").await.unwrap());
    }
}

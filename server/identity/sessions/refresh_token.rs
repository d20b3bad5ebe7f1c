//! Refresh tokens: session ‖ body ‖ tag, 80 bytes in URL-safe base64. Pure.
//!
//! The successor is computed from its predecessor with a server key, so that a phone whose reply
//! was lost asks again with the old token and gets the very same new one, though neither is stored
//! in clear. The tag tells a token that we once issued for that session (a replay) from noise
//! (a caller who knows the session's id alone must not be able to end it).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::ids::{SessionId, random};
use crate::seal::Keyring;

/// A refresh token that we issued.
pub(super) struct RefreshToken {
    session: SessionId,
    body: Zeroizing<[u8; 32]>,
    tag: [u8; 32],
}

impl RefreshToken {
    /// The first token of a session.
    pub(super) fn first(keys: &Keyring, session: SessionId) -> Self {
        Self::with(keys, session, random())
    }

    /// The token of that session with these bytes, which were drawn for it.
    pub(super) fn with(keys: &Keyring, session: SessionId, body: [u8; 32]) -> Self {
        let tag = tag(keys, session, &body);
        Self {
            session,
            body: Zeroizing::new(body),
            tag,
        }
    }

    /// The one token that follows this one.
    pub(super) fn successor(&self, keys: &Keyring) -> Self {
        let next = keyed(keys, "refresh-next", self.session, &self.body);
        Self::with(keys, self.session, next)
    }

    /// Reads what was presented; `None` unless we issued it.
    pub(super) fn parse(keys: &Keyring, text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (body, tag_given) = rest.split_first_chunk::<32>()?;
        let token = Self::with(keys, SessionId(Uuid::from_bytes(*session)), *body);
        bool::from(token.tag.as_slice().ct_eq(tag_given)).then_some(token)
    }

    /// The session it belongs to.
    pub(super) fn session(&self) -> SessionId {
        self.session
    }

    /// What is shown to the phone, once.
    pub(super) fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes().as_slice())
    }

    /// What is stored.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.bytes().as_slice()).to_vec()
    }

    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(
            [
                self.session.bytes().as_slice(),
                self.body.as_slice(),
                self.tag.as_slice(),
            ]
            .concat(),
        )
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

fn tag(keys: &Keyring, session: SessionId, body: &[u8; 32]) -> [u8; 32] {
    keyed(keys, "refresh-tag", session, body)
}

fn keyed(keys: &Keyring, domain: &str, session: SessionId, body: &[u8; 32]) -> [u8; 32] {
    let text = Zeroizing::new(format!("{session}/{}", URL_SAFE_NO_PAD.encode(body)));
    let mac = keys.lookup(domain, &text);
    Sha256::digest(&mac).into()
}

/// What a presented token is to its session.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The one last handed out: rotate.
    Current,
    /// The one before, while its successor has not been used: give the same successor again.
    Previous,
    /// Used up: another party has a copy.
    Replayed,
}

/// Judges a token by what the session's row says. `presented` and `previous` are hashes;
/// `overlap` is how long the previous one gives the same successor while that is unused.
pub(super) fn judge(
    presented: &[u8],
    current: &[u8],
    previous: Option<&[u8]>,
    age: Duration,
    overlap: Duration,
) -> Standing {
    if presented == current {
        Standing::Current
    } else if previous == Some(presented) && age <= overlap {
        Standing::Previous
    } else {
        Standing::Replayed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_token_is_good_for_a_day_and_older_ones_are_replays() {
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(
            judge(b"c", b"c", Some(b"p"), day * 400, day),
            Standing::Current
        );
        assert_eq!(judge(b"p", b"c", Some(b"p"), day, day), Standing::Previous);
        assert_eq!(
            judge(b"p", b"c", Some(b"p"), day + Duration::from_micros(1), day),
            Standing::Replayed
        );
        assert_eq!(
            judge(b"o", b"c", Some(b"p"), Duration::ZERO, day),
            Standing::Replayed
        );
        assert_eq!(
            judge(b"o", b"c", None, Duration::ZERO, day),
            Standing::Replayed
        );
    }
}

//! Sealing bytes to a place in the database.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::SealError;
use crate::ids::random;

/// Bytes of a nonce: random ones do not repeat (XChaCha20's is 192 bits).
const NONCE: usize = 24;

/// Tells one key from another without telling the key.
pub(super) type Mark = [u8; 4];

/// A key that seals. Its bytes are wiped when it is dropped, and it prints as nothing.
pub(super) struct Cipher(XChaCha20Poly1305);

impl Cipher {
    /// From 32 bytes.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// `head`, a fresh nonce and the sealed bytes.
    ///
    /// # Panics
    /// Past 256 GiB, which no column can hold: to go on would store nothing in place of her words.
    #[expect(
        clippy::expect_used,
        reason = "fails past 256 GiB alone; an empty value instead would lose what was sealed"
    )]
    pub(super) fn seal(&self, head: &[u8], place: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce = random::<NONCE>();
        let payload = Payload {
            msg: plain,
            aad: place,
        };
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .expect("more than 256 GiB to seal");
        [head, &nonce, &sealed].concat()
    }

    /// What was sealed, from what follows the head.
    pub(super) fn open(&self, place: &[u8], body: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, sealed) = body
            .split_first_chunk::<NONCE>()
            .ok_or(SealError::Tampered)?;
        let payload = Payload {
            msg: sealed,
            aad: place,
        };
        self.0
            .decrypt(&XNonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| SealError::Tampered)
    }
}

/// The place a value belongs to, without two places that read alike: each part is led by its
/// length.
pub(super) fn place(table: &str, column: &str, row: &[u8]) -> Vec<u8> {
    let parts = [table.as_bytes(), column.as_bytes(), row];
    let mut place = Vec::with_capacity(parts.iter().map(|p| p.len() + 4).sum());
    for part in parts {
        place.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        place.extend_from_slice(part);
    }
    place
}

/// Sealed bytes as text; what is no text was not sealed as text.
pub(super) fn text(plain: &[u8]) -> Result<Zeroizing<String>, SealError> {
    std::str::from_utf8(plain)
        .map(|t| Zeroizing::new(t.to_owned()))
        .map_err(|_| SealError::Tampered)
}

/// HMAC-SHA256 (RFC 2104) of a text within a domain.
#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length; an empty hash instead would match all others"
)]
pub(super) fn keyed_hash(key: &[u8; 32], domain: &str, text: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(&place(domain, "", text));
    mac.finalize().into_bytes().into()
}

/// The mark of a key.
pub(super) fn mark(key: &[u8; 32]) -> Mark {
    let [a, b, c, d, ..] = keyed_hash(key, "mark", b"");
    [a, b, c, d]
}

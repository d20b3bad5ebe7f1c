//! Sealing bytes to a place in the database.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use chacha20::{R20, hchacha};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::SealError;
use crate::ids::random;

/// Bytes of a nonce: random ones do not repeat (XChaCha20's is 192 bits).
const NONCE: usize = 24;

/// Tells one key from another without telling the key.
pub(super) type Mark = [u8; 4];

/// Bytes that tell whether what was sealed is whole.
const TAG: usize = 16;

/// A key that seals. Its bytes are wiped when it is dropped, and it prints as nothing.
///
/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): HChaCha20 makes a key of its own for each value
/// from the first 16 bytes of the nonce, and ChaCha20-Poly1305 (RFC 8439) seals with that key and
/// the rest. aws-lc has the second, in vector instructions, and not the first.
pub(super) struct Cipher(Zeroizing<[u8; 32]>);

impl Cipher {
    /// From 32 bytes.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    /// The key of one value, and the nonce to use it with.
    fn of_one(&self, nonce: &[u8; NONCE]) -> Result<(LessSafeKey, Nonce), Unspecified> {
        let (first, rest) = nonce.split_first_chunk::<16>().ok_or(Unspecified)?;
        let key = hchacha::<R20>((&*self.0).into(), first.into());
        let key = Zeroizing::new(<[u8; 32]>::from(key));
        let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key.as_slice())?);
        let mut short = [0; 12];
        for (to, from) in short.iter_mut().skip(4).zip(rest) {
            *to = *from;
        }
        Ok((key, Nonce::assume_unique_for_key(short)))
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
        self.seal_with(&nonce, head, place, plain)
            .expect("more than 256 GiB to seal")
    }

    fn seal_with(
        &self,
        nonce: &[u8; NONCE],
        head: &[u8],
        place: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Unspecified> {
        let (key, short) = self.of_one(nonce)?;
        let begins = head.len() + NONCE;
        // Of its final length from the start: a buffer that grew would leave her words behind.
        let mut sealed = Vec::with_capacity(begins + plain.len() + TAG);
        sealed.extend_from_slice(head);
        sealed.extend_from_slice(nonce);
        sealed.extend_from_slice(plain);
        let in_place = sealed.get_mut(begins..).ok_or(Unspecified)?;
        let tag = key.seal_in_place_separate_tag(short, Aad::from(place), in_place)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// What was sealed, from what follows the head.
    pub(super) fn open(&self, place: &[u8], body: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, sealed) = body
            .split_first_chunk::<NONCE>()
            .ok_or(SealError::Tampered)?;
        let (sealed, tag) = sealed
            .split_last_chunk::<TAG>()
            .ok_or(SealError::Tampered)?;
        let mut plain = Zeroizing::new(vec![0; sealed.len()]);
        self.of_one(nonce)
            .and_then(|(key, short)| {
                key.open_separate_gather(short, Aad::from(place), sealed, tag, &mut plain)
            })
            .map_err(|_| SealError::Tampered)?;
        Ok(plain)
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
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(&place(domain, "", text));
    mac.finalize().into_bytes().into()
}

/// The mark of a key.
pub(super) fn mark(key: &[u8; 32]) -> Mark {
    let [a, b, c, d, ..] = keyed_hash(key, "mark", b"");
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    use chacha20poly1305::{XChaCha20Poly1305, XNonce};
    use proptest::prelude::*;

    use super::*;

    /// By the crate that sealed before.
    fn sealed_before(key: &[u8; 32], nonce: [u8; NONCE], place: &[u8], plain: &[u8]) -> Vec<u8> {
        let payload = Payload {
            msg: plain,
            aad: place,
        };
        let sealed = XChaCha20Poly1305::new(key.into())
            .encrypt(&XNonce::from(nonce), payload)
            .unwrap();
        [nonce.as_slice(), &sealed].concat()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect()
    }

    proptest! {
        #[test]
        fn what_was_sealed_before_opens_and_the_bytes_are_the_same(
            key: [u8; 32],
            nonce: [u8; NONCE],
            place in proptest::collection::vec(any::<u8>(), 0..80),
            plain in proptest::collection::vec(any::<u8>(), 0..1_500),
        ) {
            let (before, cipher) = (sealed_before(&key, nonce, &place, &plain), Cipher::new(&key));
            prop_assert_eq!(&*cipher.open(&place, &before).unwrap(), &plain);
            let now = cipher.seal_with(&nonce, b"head", &place, &plain).unwrap();
            prop_assert_eq!(&now, &[b"head".as_slice(), &before].concat());
        }

        #[test]
        fn no_changed_byte_opens(key: [u8; 32], plain: Vec<u8>, at: prop::sample::Index, bit in 0..8_u32) {
            let cipher = Cipher::new(&key);
            let mut sealed = cipher.seal(b"", b"place", &plain);
            let at = at.index(sealed.len());
            sealed[at] ^= 1_u8 << bit;
            prop_assert!(matches!(cipher.open(b"place", &sealed), Err(SealError::Tampered)));
        }
    }

    /// RFC 4231, case 2: what finds a row by a name or number must find it again.
    #[test]
    fn the_hash_behind_lookups_is_that_of_the_rfc() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want for nothing?");
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(mac.finalize().into_bytes().to_vec(), bytes(wanted));
    }

    /// draft-irtf-cfrg-xchacha-03, A.3.1.
    #[test]
    fn the_drafts_own_vector_is_sealed_as_it_says() {
        let key: [u8; 32] = std::array::from_fn(|n| 0x80 + u8::try_from(n).unwrap());
        let nonce: [u8; NONCE] = std::array::from_fn(|n| 0x40 + u8::try_from(n).unwrap());
        let plain = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for \
                     the future, sunscreen would be it.";
        let sealed = Cipher::new(&key)
            .seal_with(
                &nonce,
                b"",
                &bytes("50515253c0c1c2c3c4c5c6c7"),
                plain.as_bytes(),
            )
            .unwrap();
        assert_eq!(
            sealed[NONCE..NONCE + 16],
            bytes("bd6d179d3e83d43b9576579493c0e939")
        );
        assert_eq!(
            sealed[sealed.len() - TAG..],
            bytes("c0875924c1c7987947deafd8780acf49")
        );
    }

    #[test]
    fn what_is_too_short_to_be_sealed_does_not_open() {
        let cipher = Cipher::new(&[7; 32]);
        for length in 0..NONCE + TAG {
            assert!(matches!(
                cipher.open(b"", &vec![0; length]),
                Err(SealError::Tampered)
            ));
        }
    }
}

//! By what a receiver knows that a request is ours and of this moment. Pure.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The header with the notification's id: the same at each try, to drop repeats by.
pub const ID: &str = "Ampara-Id";
/// The header with the moment of this try, in seconds since 1970. A receiver refuses one more than
/// 5 minutes off.
pub const TIMESTAMP: &str = "Ampara-Timestamp";
/// The header with the signature.
pub const SIGNATURE: &str = "Ampara-Signature";

/// `v1=` and HMAC-SHA-256, in hexadecimal, over `id.timestamp.body` by the secret's text.
#[must_use]
pub fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
    // A key of any length is a key.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .fold("v1=".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_any_other_tool_makes_of_it() {
        // printf '%s' 'msg-1.1795000000.{"a":1}' | openssl dgst -sha256 -hmac secret
        let signed = sign("secret", "msg-1", 1_795_000_000, r#"{"a":1}"#);
        assert_eq!(
            signed,
            "v1=d87679fcd4b3a2c59cfc8bfe0c47f371fbbad1d3cc410562215cdf52eed2efe7"
        );
        assert_ne!(sign("secret", "msg-1", 1_795_000_001, r#"{"a":1}"#), signed);
        assert_ne!(sign("other", "msg-1", 1_795_000_000, r#"{"a":1}"#), signed);
    }
}

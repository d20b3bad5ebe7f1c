//! The secret that a push carries, so that a phone can confirm it without a session.
//!
//! A phone that was asleep has an access token that expired hours ago. Until it has a new one the
//! receipt waits, and 30 seconds later the server pays for an SMS that says the same. The secret is
//! good for the receipt of its one notification and for nothing else. It is an HMAC-SHA256 of the
//! notification's id under a key of the node: the database holds neither the secret nor a hash of
//! it, a press writes no more than before, and a wrong one is refused without a look at the
//! database.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::ids::NotificationId;
use crate::seal::Keyring;

/// The domain of `Keyring::lookup`.
const DOMAIN: &str = "receipt";

/// The secret of that notification: 43 characters of URL-safe base64.
pub(in crate::delivery) fn of(keys: &Keyring, id: NotificationId) -> String {
    URL_SAFE_NO_PAD.encode(keys.lookup(DOMAIN, &id.to_string()))
}

/// Whether a caller presented the secret of that notification; compared in constant time.
#[must_use]
pub fn is_of(keys: &Keyring, id: NotificationId, presented: &str) -> bool {
    of(keys, id).as_bytes().ct_eq(presented.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_good_for_its_own_notification_under_its_own_keys_alone() {
        let (keys, others) = (Keyring::ephemeral(), Keyring::ephemeral());
        let (id, another) = (NotificationId::new(), NotificationId::new());
        let secret = of(&keys, id);
        assert_eq!(secret.len(), 43);
        assert!(is_of(&keys, id, &secret));
        assert!(!is_of(&keys, another, &secret));
        assert!(!is_of(&others, id, &secret));
        for wrong in [
            "",
            &secret[1..],
            &format!("{secret}A"),
            &secret.to_lowercase(),
        ] {
            assert!(!is_of(&keys, id, wrong), "{wrong:?}");
        }
    }
}

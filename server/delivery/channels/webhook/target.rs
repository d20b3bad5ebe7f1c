//! Where a webhook goes, and the secret that it and its receiver share.

use secrecy::{ExposeSecret, SecretString};

use crate::delivery::outbox::message::Destination;
use crate::ids::Secret;

/// A secret and an address. Prints neither.
#[derive(Clone)]
pub struct Target {
    /// Signs what goes there.
    pub secret: SecretString,
    /// Where to, as it was given.
    pub url: String,
}

impl Target {
    /// A new one, with a secret of its own.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            secret: Secret::new().expose().into(),
            url: url.to_owned(),
        }
    }

    /// As one text, to be sealed: neither part has a space in it.
    #[must_use]
    pub fn sealable(&self) -> Destination {
        Destination::new(format!("{} {}", self.secret.expose_secret(), self.url))
    }

    /// Reads it back.
    #[must_use]
    pub fn of(to: &Destination) -> Option<Self> {
        let (secret, url) = to.expose().split_once(' ')?;
        Some(Self {
            secret: secret.into(),
            url: url.to_owned(),
        })
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Target(…)")
    }
}

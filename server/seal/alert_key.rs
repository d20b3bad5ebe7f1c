//! The key that each alert has of its own, wrapped by its week's.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::cipher::{Cipher, place};
use super::{Epoch, Keyring, SealError};
use crate::clock::At;
use crate::ids::{AlertId, random};

/// What leads a value sealed with an alert's own key.
const BY_ALERT: u8 = 2;
/// What leads an alert's wrapped key; the mark of the epoch's key follows.
const BY_EPOCH: u8 = 3;

/// An alert's key as its row keeps it.
#[derive(Clone)]
pub struct WrappedKey {
    /// Which week's key wraps it.
    pub epoch: Epoch,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
}

/// An alert's own key: seals its places and its notes. Clones are the same key; it prints as
/// nothing.
#[derive(Clone)]
pub struct AlertKey(Arc<Cipher>);

impl AlertKey {
    fn of(key: &[u8; 32]) -> Self {
        Self(Arc::new(Cipher::new(key)))
    }

    /// Seals bytes to a place in the database.
    #[must_use]
    pub fn seal(&self, table: &str, column: &str, row: &[u8], plain: &[u8]) -> Vec<u8> {
        self.0.seal(&[BY_ALERT], &place(table, column, row), plain)
    }

    /// Opens what [`AlertKey::seal`] sealed to the same place.
    ///
    /// # Errors
    /// `Tampered` where it was changed, moved, or sealed by another key.
    pub fn open(
        &self,
        table: &str,
        column: &str,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        match sealed.split_first() {
            Some((&BY_ALERT, body)) => self.0.open(&place(table, column, row), body),
            _ => Err(SealError::Tampered),
        }
    }
}

impl Keyring {
    /// A new alert's key, and what its row keeps of it. Where this week's key cannot be made, the
    /// newest living one wraps instead: a press is not refused for a full disk in the key
    /// directory.
    ///
    /// # Errors
    /// Where there is no epoch's key at all and none can be made.
    pub fn new_alert_key(
        &self,
        now: At,
        alert: AlertId,
    ) -> Result<(WrappedKey, AlertKey), SealError> {
        let key = Zeroizing::new(random::<32>());
        Ok((self.wrap(now, alert, &key)?, AlertKey::of(&key)))
    }

    /// The key of an existing alert.
    ///
    /// # Errors
    /// `EpochDestroyed` where its week's key was destroyed, `NoKey` where it is not here,
    /// `Tampered` where the row was changed.
    pub fn unwrap_alert_key(
        &self,
        epoch: &str,
        alert: AlertId,
        wrapped: &[u8],
    ) -> Result<AlertKey, SealError> {
        self.unwrapped(epoch, alert, wrapped)
            .map(|key| AlertKey::of(&key))
    }

    /// The same alert's key under this week's: what must outlive its week (a folio on hold) is
    /// wrapped anew before its epoch is destroyed. What the alert's own key sealed stays as it is.
    ///
    /// # Errors
    /// As [`Keyring::unwrap_alert_key`] and [`Keyring::new_alert_key`].
    pub fn rewrap_alert_key(
        &self,
        now: At,
        alert: AlertId,
        epoch: &str,
        wrapped: &[u8],
    ) -> Result<WrappedKey, SealError> {
        let key = self.unwrapped(epoch, alert, wrapped)?;
        self.wrap(now, alert, &key)
    }

    fn wrap(&self, now: At, alert: AlertId, key: &[u8; 32]) -> Result<WrappedKey, SealError> {
        let (epoch, by) = self.epoch_for_new(&Epoch::of(now))?;
        let head = [[BY_EPOCH].as_slice(), &by.mark].concat();
        let wrapped = by.cipher.seal(&head, &wrapped_place(alert), key);
        Ok(WrappedKey { epoch, wrapped })
    }

    fn unwrapped(
        &self,
        epoch: &str,
        alert: AlertId,
        wrapped: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let epoch = Epoch::parse(epoch).ok_or(SealError::Tampered)?;
        let by = self.epoch_that_wrapped(&epoch)?;
        let Some((&BY_EPOCH, rest)) = wrapped.split_first() else {
            return Err(SealError::Tampered);
        };
        let (mark, body) = rest.split_first_chunk::<4>().ok_or(SealError::Tampered)?;
        if *mark != by.mark {
            return Err(SealError::NoKey(format!(
                "epoch-{epoch} of another node, which made its own,"
            )));
        }
        let plain = by.cipher.open(&wrapped_place(alert), body)?;
        plain
            .first_chunk::<32>()
            .map(|key| Zeroizing::new(*key))
            .ok_or(SealError::Tampered)
    }
}

fn wrapped_place(alert: AlertId) -> Vec<u8> {
    place("alerts", "wrapped_key", alert.bytes())
}

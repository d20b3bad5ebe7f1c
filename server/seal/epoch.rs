//! Weeks, and the key that each alert has of its own.

use std::fmt;

use chrono::Datelike;
use zeroize::Zeroizing;

use super::cipher::{Cipher, place};
use super::{Keyring, SealError};
use crate::clock::At;
use crate::ids::{AlertId, random};

/// What leads a value sealed with an alert's own key.
const BY_ALERT: u8 = 2;

/// An ISO 8601 week, such as `2026-W48`: alerts of a week share the key that wraps theirs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(String);

impl Epoch {
    /// The week of a moment, UTC.
    #[must_use]
    pub fn of(at: At) -> Self {
        let week = at.utc().iso_week();
        Self(format!("{:04}-W{:02}", week.year(), week.week()))
    }

    /// Reads `2026-W48`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, week) = text.split_once("-W")?;
        let digits = |t: &str, n| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        let week_no = week.parse::<u32>().ok()?;
        (digits(year, 4) && digits(week, 2) && (1..=53).contains(&week_no)).then(|| Self(text.to_owned()))
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An alert's key as its row keeps it.
#[derive(Clone)]
pub struct WrappedKey {
    /// Which week's key wraps it.
    pub epoch: Epoch,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
}

/// An alert's own key: seals its places and its notes.
pub struct AlertKey(Cipher);

impl AlertKey {
    /// Seals bytes to a place in the database.
    #[must_use]
    pub fn seal(&self, table: &str, column: &str, row: &[u8], plain: &[u8]) -> Vec<u8> {
        self.0.seal(&[BY_ALERT], &place(table, column, row), plain)
    }

    /// Opens what [`AlertKey::seal`] sealed to the same place.
    ///
    /// # Errors
    /// `Tampered` where it was changed, moved, or sealed by another key.
    pub fn open(&self, table: &str, column: &str, row: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        match sealed.split_first() {
            Some((&BY_ALERT, body)) => self.0.open(&place(table, column, row), body),
            _ => Err(SealError::Tampered),
        }
    }
}

impl Keyring {
    /// A key for a new alert, and how its row keeps it.
    ///
    /// # Errors
    /// Where this week's key is missing and cannot be made.
    pub fn new_alert_key(&self, now: At, alert: AlertId) -> Result<(WrappedKey, AlertKey), SealError> {
        let epoch = Epoch::of(now);
        let key = Zeroizing::new(random::<32>());
        let wrapped = self.epoch_key(&epoch, true)?.seal(&[], &wrapped_place(alert), key.as_slice());
        Ok((WrappedKey { epoch, wrapped }, AlertKey(Cipher::new(&key))))
    }

    /// The key of an alert that is there.
    ///
    /// # Errors
    /// `EpochDestroyed` where its week's key is gone, `Tampered` where the row was changed.
    pub fn unwrap_alert_key(&self, epoch: &str, alert: AlertId, wrapped: &[u8]) -> Result<AlertKey, SealError> {
        let epoch = Epoch::parse(epoch).ok_or(SealError::Tampered)?;
        let plain = self.epoch_key(&epoch, false)?.open(&wrapped_place(alert), wrapped)?;
        let key = plain.first_chunk::<32>().ok_or(SealError::Tampered)?;
        Ok(AlertKey(Cipher::new(key)))
    }
}

fn wrapped_place(alert: AlertId) -> Vec<u8> {
    place("alerts", "wrapped_key", alert.bytes())
}

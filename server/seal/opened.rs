//! What does not open: told once, and left out.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use super::SealError;

/// The most faults that are told apart; past it none is told. A process that has met so many has
/// raised its alarms.
const MOST: usize = 1_000;

/// By what it is, and by the missing key or the row.
static TOLD: Mutex<BTreeSet<(&'static str, String)>> = Mutex::new(BTreeSet::new());

/// What opened. `None` where it does not: the view that reads it goes on without it. This process
/// raises an alarm over it once: for each `what`, over a key that is missing, and over each `row`
/// (an id) that was changed. A destroyed epoch is as it should be, and raises none.
pub fn or_none<T>(
    what: &'static str,
    row: impl Display,
    opened: Result<T, SealError>,
) -> Option<T> {
    let error = match opened {
        Ok(opened) => return Some(opened),
        Err(SealError::EpochDestroyed(_)) => return None,
        Err(error) => error,
    };
    let row = row.to_string();
    let fault = match error {
        SealError::Tampered => row.clone(),
        _ => error.to_string(),
    };
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() < MOST && told.insert((what, fault)) {
        tracing::error!(alarm = true, %row, %error, "{what} does not open and is left out");
    }
    None
}

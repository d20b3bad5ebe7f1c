//! What every room stands on, handed round as one value.
//!
//! Invariant: nothing in here knows of alerts or people; a clone is the same database, keys, clock and settings.

use std::sync::Arc;

use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::seal::Keyring;

/// The database, the bus, the keys, the clock and the settings of this node.
#[derive(Clone)]
pub struct Foundation {
    /// Reads and writes.
    pub db: Db,
    /// Nudges and live events.
    pub bus: Bus,
    /// Sealing and lookups.
    pub keys: Arc<Keyring>,
    /// What time it is.
    pub clock: Clock,
    /// The settings.
    pub config: Arc<Config>,
}

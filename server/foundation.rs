//! What every room stands on, handed round as one value.
//!
//! Invariant: nothing in here knows of alerts or people; a clone is the same database, keys, clock
//! and settings. On failure: a server without its keys or its database refuses to start, and says
//! what to do.

use std::sync::Arc;

use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbError};
use crate::seal::{Keyring, SealError};
use crate::telemetry::Meters;

/// The database, the bus, the keys, the clock, the settings and the meters of this node.
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
    /// What is measured while it happens.
    pub meters: Arc<Meters>,
}

/// Why the ground is not there to stand on.
#[derive(Debug, thiserror::Error)]
pub enum FoundationError {
    /// The key directory.
    #[error("keys: {0}")]
    Keys(#[from] SealError),
    /// The database.
    #[error("database: {0}")]
    Database(#[from] DbError),
}

impl Foundation {
    /// For a serving node: the keys, then the database (SQLite: its lock and its migrations).
    ///
    /// # Errors
    /// A missing or loose key directory; a database that cannot be opened, is held by another
    /// server or lacks migrations.
    pub fn open(config: Config, clock: Clock) -> Result<Self, FoundationError> {
        let keys = Keyring::open_dir(&config.seal.key_dir)?;
        let db = Db::open(&config.database)?;
        Ok(Self::on(db, keys, config, clock))
    }

    /// For a command that works beside a serving node: takes no lock and migrates nothing.
    ///
    /// # Errors
    /// As [`Foundation::open`], but for the lock.
    pub fn open_beside(config: Config, clock: Clock) -> Result<Self, FoundationError> {
        let keys = Keyring::open_dir(&config.seal.key_dir)?;
        let db = Db::open_beside(&config.database)?;
        Ok(Self::on(db, keys, config, clock))
    }

    fn on(db: Db, keys: Keyring, config: Config, clock: Clock) -> Self {
        let (keys, config) = (Arc::new(keys), Arc::new(config));
        Self {
            db,
            bus: Bus::default(),
            keys,
            clock,
            config,
            meters: Arc::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::At;
    use crate::config::DatabaseConfig;

    fn settings(home: &std::path::Path) -> Config {
        let mut config = Config::embedded().unwrap();
        config.seal.key_dir = home.join("keys");
        config.database =
            DatabaseConfig::at(format!("sqlite:{}", home.join("ampara.db").display()));
        config
    }

    #[test]
    fn a_server_without_keys_refuses_and_leaves_no_database_behind() {
        let home = tempfile::tempdir().unwrap();
        let refused = Foundation::open(settings(home.path()), Clock::system())
            .err()
            .unwrap();
        assert!(
            refused.to_string().contains("ampara keys make"),
            "{refused}"
        );
        assert!(!home.path().join("ampara.db").exists());
    }

    #[test]
    fn with_keys_it_opens_once_and_commands_work_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let config = settings(home.path());
        Keyring::make(&config.seal.key_dir, At::from_micros(0), 0).unwrap();
        let serving = Foundation::open(config.clone(), Clock::system()).unwrap();
        assert!(
            Foundation::open(config.clone(), Clock::system()).is_err(),
            "two servers on one file"
        );
        let beside = Foundation::open_beside(config, Clock::system()).unwrap();
        let sealed = beside
            .keys
            .seal_text("people", "sealed_name", b"row", "Ana");
        assert_eq!(
            *serving
                .keys
                .open_text("people", "sealed_name", b"row", &sealed)
                .unwrap(),
            "Ana"
        );
    }
}

//! The `[database]` settings as this room uses them; what may stand in them is judged by `config`.

use super::{DbError, Engine};
use crate::config::ConfigError;
pub use crate::config::{DatabaseConfig, DatabaseUrl, Target};

/// How many closures an engine commits together, at most.
pub(super) fn group(config: &DatabaseConfig, engine: Engine) -> usize {
    match engine {
        Engine::Sqlite => config.group_sqlite,
        Engine::Postgres => config.group_postgres,
    }
}

impl From<ConfigError> for DbError {
    fn from(e: ConfigError) -> Self {
        Self::Misconfigured(e.to_string())
    }
}

//! The settings.
//!
//! What: one typed [`Config`], read from the embedded defaults, then a file, then the environment, each over the one
//! before (`AMPARA_SECTION__KEY`).
//! Invariant: `config.default.toml` is the manual: each setting stands there with its comment, and no default hides in
//! code. An unknown key is refused by name, so that a misspelt safety setting cannot pass for one.
//! Path: the command line loads them once; rooms read them from the foundation.
//! On failure: the server does not start, and says which key, what is wrong with it and what it may be.

mod check;
pub mod plan;
mod sections;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use crate::db::{DatabaseConfig, DatabaseUrl};
pub use plan::PlanConfig;
pub use sections::{
    Alerts, Delivery, Escalation, Fcm, FcmApp, Http, Identity, Network, SealSettings, Sms, Telemetry, Tls,
};

/// The embedded defaults, comments and all.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how the server listens.
    pub http: Http,
    /// The database.
    pub database: DatabaseConfig,
    /// The key directory.
    pub seal: SealSettings,
    /// Sign-in, tokens, sessions.
    pub identity: Identity,
    /// Contacts and invitations.
    pub network: Network,
    /// Alerts and their places.
    pub alerts: Alerts,
    /// Every number of the plan.
    pub plan: PlanConfig,
    /// The feed and the claims.
    pub escalation: Escalation,
    /// The outbox and its worker.
    pub delivery: Delivery,
    /// FCM HTTP v1.
    pub fcm: Fcm,
    /// SMS.
    pub sms: Sms,
    /// Logs.
    pub telemetry: Telemetry,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown, missing, or of the wrong type; the text names it.
    #[error("settings: {0}")]
    Unreadable(String),
    /// A value is out of its range.
    #[error("settings: {key} {problem}")]
    Refused {
        /// `section.key`.
        key: &'static str,
        /// What is wrong and what it may be.
        problem: String,
    },
    /// A secret's file cannot be read.
    #[error("settings: {key}: {path} cannot be read")]
    Secret {
        /// `section.key`.
        key: &'static str,
        /// The file that was named.
        path: PathBuf,
    },
}

impl Config {
    /// The embedded defaults alone.
    ///
    /// # Errors
    /// Never for the defaults as they are committed: a test loads them.
    pub fn embedded() -> Result<Self, ConfigError> {
        Self::load(None, std::iter::empty())
    }

    /// Defaults, then `file`, then those of `env` that begin with `AMPARA_`.
    ///
    /// # Errors
    /// A file that is not there, an unknown key, a value of the wrong type or out of its range.
    pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let named: std::collections::HashMap<String, String> =
            env.filter(|(name, _)| name.starts_with("AMPARA_")).collect();
        let mut builder =
            config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        let environment = config::Environment::with_prefix("AMPARA")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .source(Some(named));
        let read = builder.add_source(environment).build().map_err(|e| ConfigError::Unreadable(e.to_string()))?;
        let config: Self = read.try_deserialize().map_err(|e| ConfigError::Unreadable(e.to_string()))?;
        check::ranges(&config)?;
        Ok(config)
    }

    /// All settings as TOML, without secrets: they are named by file, and a URL's password is left out.
    #[must_use]
    pub fn print(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_else(|e| format!("# cannot be printed: {e}\n"))
    }
}

/// The process's environment, as [`Config::load`] takes it; names that are no Unicode are passed over.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Reads a secret from the file that a setting names; a trailing line end is not part of it.
///
/// # Errors
/// A file that cannot be read.
pub fn secret_file(key: &'static str, path: &Path) -> Result<secrecy::SecretString, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|_| ConfigError::Secret { key, path: path.to_owned() })?;
    Ok(secrecy::SecretString::from(text.trim_end().to_owned()))
}

//! What can go wrong here that a caller is told of.

use crate::config::ConfigError;
use crate::db::DbError;
use crate::http::{ApiError, Code, Problem};

/// Why delivery did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The database.
    #[error("delivery's database")]
    Database(#[from] DbError),
    /// A callback that the gateway did not sign.
    #[error("a callback without the gateway's signature")]
    Unsigned,
    /// A callback that says nothing we understand.
    #[error("a callback that cannot be read")]
    Unreadable,
    /// No client for HTTP could be built, as where the machine has no certificate authorities.
    #[error("no HTTP client: {0}: install the system's certificate authorities (ca-certificates)")]
    NoClient(String),
    /// A service account that is no good; its file's or app's name and what is wrong.
    #[error(
        "settings: fcm.apps: the service account of {app_id}: {what}: download its key file (JSON) anew"
    )]
    ServiceAccount {
        /// The app.
        app_id: String,
        /// What is wrong with it, without its contents.
        what: String,
    },
    /// A secret that is set to be read from a file that cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A setting, or what the file it names holds, cannot be used.
    #[error("settings: {setting} {what}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl ApiError for DeliveryError {
    fn problem(&self) -> Problem {
        match self {
            Self::Database(e) if e.is_passing() => Problem::of(Code::UNAVAILABLE),
            Self::Unsigned => Problem::of(Code::FORBIDDEN),
            Self::Unreadable => Problem::of(Code::BAD_REQUEST),
            Self::Database(_)
            | Self::NoClient(_)
            | Self::Config(_)
            | Self::ServiceAccount { .. }
            | Self::Setting { .. } => Problem::of(Code::INTERNAL),
        }
    }

    fn passed_on(&self) -> Option<&dyn ApiError> {
        match self {
            Self::Database(e) => Some(e),
            _ => None,
        }
    }
}

//! Why the settings cannot be used.

use std::path::PathBuf;

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown, missing, or of the wrong type; the text names it.
    #[error("settings: {0}")]
    Unreadable(String),
    /// A value is out of its range, or contradicts another.
    #[error("settings: {key} {problem}")]
    Refused {
        /// `section.key`.
        key: String,
        /// What is wrong and what it may be.
        problem: String,
    },
    /// A secret's file cannot be read.
    #[error(
        "settings: {key}: {path} {problem}: write the secret into it, readable by the server's user alone (mode 0600)",
        path = path.display()
    )]
    Secret {
        /// `section.key`.
        key: &'static str,
        /// The file that was named.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

impl ConfigError {
    pub(in crate::config) fn refuse(key: &str, problem: impl Into<String>) -> Self {
        Self::Refused {
            key: key.to_owned(),
            problem: problem.into(),
        }
    }
}

//! Why a server cannot start or go on.

use std::path::PathBuf;

use crate::foundation::FoundationError;

/// Why a server cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The keys or the database.
    #[error(transparent)]
    Ground(#[from] FoundationError),
    /// The address cannot be listened to.
    #[error("http.bind {0}: {1}")]
    Bind(String, std::io::Error),
    /// The certificate or its key.
    #[error("http.tls: {path}: {problem}", path = path.display())]
    Tls {
        /// The file at fault.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A room could not be opened.
    #[error("{0}")]
    Room(String),
    /// The server broke off.
    #[error("the server broke off: {0}")]
    Serve(std::io::Error),
}

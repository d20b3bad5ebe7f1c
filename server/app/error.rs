//! Why a server cannot start or go on.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::foundation::FoundationError;

/// Why a server cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The keys or the database.
    #[error(transparent)]
    Ground(#[from] FoundationError),
    /// The address cannot be listened to.
    #[error("http.bind {0}: {words}", words = unbound(.1))]
    Bind(String, std::io::Error),
    /// A setting, or the file it names, cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The certificate or its key.
    #[error(
        "settings: http.tls: {path}: {problem}. It takes PEM files: the certificate with its chain, and its key, both \
         readable by the server's user",
        path = path.display()
    )]
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

fn unbound(error: &std::io::Error) -> String {
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => "another program listens there: stop it, or choose another port",
        ErrorKind::PermissionDenied => {
            "ports below 1024 need CAP_NET_BIND_SERVICE: choose another port, or add AmbientCapabilities to the unit"
        }
        ErrorKind::AddrNotAvailable => {
            "no interface of this machine has that address: name one that has"
        }
        _ => return error.to_string(),
    };
    remedy.to_owned()
}

impl AppError {
    /// Whether a server that starts again meets the same: ops have to correct something first.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        match self {
            Self::Ground(FoundationError::Keys(error)) => error.needs_a_person(),
            Self::Ground(FoundationError::Database(error)) => error.needs_a_person(),
            Self::Bind(_, error) => error.kind() != ErrorKind::AddrInUse,
            Self::Settings(_) | Self::Tls { .. } => true,
            Self::Room(_) | Self::Serve(_) => false,
        }
    }
}

//! What can go wrong with a stored place.

use crate::db::DbError;
use crate::http::{ApiError, Code, Problem};
use crate::seal::SealError;

/// The one error of this room.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// A place that its key does not open: the epoch's key is destroyed, or the row was
    /// altered.
    #[error("a place cannot be opened")]
    Sealed(#[from] SealError),
    /// A place that opens and cannot be read.
    #[error("a place cannot be read")]
    Unreadable,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl ApiError for LocationError {
    fn problem(&self) -> Problem {
        match self {
            Self::Db(fault) if fault.is_passing() => Problem::of(Code::UNAVAILABLE),
            Self::Db(_) | Self::Sealed(_) | Self::Unreadable => Problem::of(Code::INTERNAL),
        }
    }

    fn passed_on(&self) -> Option<&dyn ApiError> {
        match self {
            Self::Db(e) => Some(e),
            Self::Sealed(e) => Some(e),
            _ => None,
        }
    }
}

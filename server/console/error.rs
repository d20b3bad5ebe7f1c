//! What the console refuses.

use crate::alerts::AlertError;
use crate::db::DbError;
use crate::escalation::EscalationError;
use crate::http::{ApiError, Code, Problem};
use crate::identity::IdentityError;
use crate::municipality::MunicipalityError;

/// The one error of this room.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// A limit or cursor that is none.
    #[error("a query that cannot be taken")]
    BadQuery,
    /// A field of the body; its path is ours.
    #[error("the field {0} is not valid")]
    BadField(&'static str),
    /// The record.
    #[error(transparent)]
    Escalation(#[from] EscalationError),
    /// Her alert.
    #[error(transparent)]
    Alert(#[from] AlertError),
    /// Who calls may not.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Help lines.
    #[error(transparent)]
    Municipality(#[from] MunicipalityError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl ApiError for ConsoleError {
    fn problem(&self) -> Problem {
        match self {
            Self::BadQuery => Problem::of(Code::BAD_QUERY),
            Self::BadField(path) => Problem::of(Code::BAD_VALUE).field(*path, Code::BAD_VALUE),
            Self::Escalation(fault) => fault.problem(),
            Self::Alert(fault) => fault.problem(),
            Self::Identity(fault) => fault.problem(),
            Self::Municipality(fault) => fault.problem(),
            Self::Db(fault) if fault.is_passing() => Problem::of(Code::UNAVAILABLE),
            Self::Db(_) => Problem::of(Code::INTERNAL),
        }
    }

    fn passed_on(&self) -> Option<&dyn ApiError> {
        match self {
            Self::Escalation(e) => Some(e),
            Self::Alert(e) => Some(e),
            Self::Identity(e) => Some(e),
            Self::Municipality(e) => Some(e),
            Self::Db(e) => Some(e),
            _ => None,
        }
    }
}

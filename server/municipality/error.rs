//! What can go wrong here.

use crate::db::DbError;
use crate::http::{ApiError, Code, FieldFault, Problem};

/// The one error of this room.
#[derive(Debug, thiserror::Error)]
pub enum MunicipalityError {
    /// No municipality of that code or id.
    #[error("no such municipality")]
    Unknown,
    /// A list of help lines that cannot be taken; each field named.
    #[error("the help lines cannot be taken")]
    BadLines(Vec<(String, Code)>),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MunicipalityError {
    /// The fields at fault, if that is what it is about.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldFault> {
        self.problem().fields().to_vec()
    }
}

impl ApiError for MunicipalityError {
    fn problem(&self) -> Problem {
        match self {
            Self::Unknown => Problem::of(Code::NOT_FOUND),
            Self::BadLines(fields) => fields
                .iter()
                .fold(Problem::of(Code::BAD_VALUE), |problem, (path, code)| {
                    problem.field(path.clone(), *code)
                }),
            Self::Db(fault) if fault.is_passing() => Problem::of(Code::UNAVAILABLE),
            Self::Db(_) => Problem::of(Code::INTERNAL),
        }
    }

    fn passed_on(&self) -> Option<&dyn ApiError> {
        match self {
            Self::Db(e) => Some(e),
            _ => None,
        }
    }
}

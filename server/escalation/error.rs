//! What escalation refuses.

use std::time::Duration;

use crate::db::DbError;
use crate::http::{ApiError, Code, Problem};
use crate::identity::IdentityError;
use crate::seal::SealError;

/// The one error of this room.
#[derive(Debug, thiserror::Error)]
pub enum EscalationError {
    /// No such record, or none that this person may know of: one answer for both.
    #[error("no such record")]
    NotFound,
    /// No such centre, or not one that the record may go to.
    #[error("no such centre")]
    NoSuchCentre,
    /// Policies of a centre that cannot be: the fields at fault.
    #[error("policies that cannot be")]
    BadPolicies(Vec<String>),
    /// Another operator has it, and is not idle.
    #[error("already claimed")]
    AlreadyClaimed,
    /// The step belongs to the operator who has it.
    #[error("not the claimer")]
    NotClaimer,
    /// Who let it lapse waits this long.
    #[error("too soon to claim again")]
    ReclaimTooSoon(Duration),
    /// A second person has to confirm.
    #[error("a second person is needed")]
    SecondPersonNeeded,
    /// The reason is empty or too long.
    #[error("a reason is needed")]
    ReasonNeeded,
    /// The words of that member are empty or too long.
    #[error("a note that cannot be taken")]
    BadNote(&'static str),
    /// A code that is not in the catalogue.
    #[error("no such kind")]
    UnknownKind,
    /// It is closed or withdrawn.
    #[error("the record is over")]
    Over,
    /// The step does not follow from where the record stands.
    #[error("the record's state does not allow it")]
    WrongState,
    /// The role does not allow it.
    #[error("not allowed")]
    Forbidden,
    /// What identity says of her or of the operator.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A sealed column did not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl ApiError for EscalationError {
    fn problem(&self) -> Problem {
        match self {
            Self::NotFound => Problem::of(Code::NOT_FOUND),
            Self::NoSuchCentre => {
                Problem::of(Code::CENTRE_UNKNOWN).field("centre", Code::CENTRE_UNKNOWN)
            }
            Self::BadPolicies(fields) => {
                fields
                    .iter()
                    .fold(Problem::of(Code::BAD_VALUE), |problem, path| {
                        let code = if path == "backup" {
                            Code::CENTRE_UNKNOWN
                        } else {
                            Code::OUT_OF_RANGE
                        };
                        problem.field(path.clone(), code)
                    })
            }
            Self::AlreadyClaimed => Problem::of(Code::ALREADY_CLAIMED),
            Self::NotClaimer => Problem::of(Code::NOT_CLAIMER),
            Self::ReclaimTooSoon(wait) => Problem::of(Code::RECLAIM_TOO_SOON).retry_after(*wait),
            Self::SecondPersonNeeded => Problem::of(Code::SECOND_PERSON_NEEDED),
            Self::ReasonNeeded => {
                Problem::of(Code::REASON_NEEDED).field("reason", Code::REASON_NEEDED)
            }
            Self::BadNote(member) => Problem::of(Code::BAD_VALUE).field(*member, Code::BAD_VALUE),
            Self::UnknownKind => Problem::of(Code::BAD_VALUE).field("kind", Code::BAD_VALUE),
            Self::Over => Problem::of(Code::CLOSED),
            Self::WrongState => Problem::of(Code::CONFLICT),
            Self::Forbidden => Problem::of(Code::FORBIDDEN),
            Self::Identity(fault) => fault.problem(),
            Self::Seal(_) => Problem::of(Code::INTERNAL),
            Self::Db(fault) if fault.is_passing() => Problem::of(Code::UNAVAILABLE),
            Self::Db(_) => Problem::of(Code::INTERNAL),
        }
    }

    fn passed_on(&self) -> Option<&dyn ApiError> {
        match self {
            Self::Identity(e) => Some(e),
            Self::Seal(e) => Some(e),
            Self::Db(e) => Some(e),
            _ => None,
        }
    }
}

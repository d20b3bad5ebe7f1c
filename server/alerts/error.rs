//! What alerts refuse. A press itself is never among it.

use crate::db::DbError;
use crate::escalation::EscalationError;
use crate::http::{ApiError, Code, Problem};
use crate::identity::IdentityError;
use crate::location::BatchFault;
use crate::network::NetworkError;
use crate::seal::SealError;

/// Why something about an alert was not done.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// The path is no UUID.
    #[error("not an alert's id")]
    BadId,
    /// The phone has an alert that the server does not: it raises it first.
    #[error("alert not known")]
    Unknown,
    /// Not there, or another's: one answer for both.
    #[error("no such thing")]
    NotFound,
    /// The token is good only for the alert that this device has open.
    #[error("token good for its open alert only")]
    Unauthorized,
    /// No list of fixes, an empty one, or too many.
    #[error("not a batch of fixes")]
    Batch(BatchFault),
    /// Not her PIN. The same answer each time.
    #[error("wrong pin")]
    WrongPin,
    /// An answer that is none of the three.
    #[error("not an answer")]
    Answer,
    /// It was said to a drill, and she has pressed in earnest since.
    #[error("no drill any more")]
    BecameReal,
    /// A part of the query that cannot be used.
    #[error("bad query")]
    Query(&'static str, Code),
    /// Who calls may not.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Her contacts.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The record.
    #[error(transparent)]
    Escalation(#[from] EscalationError),
    /// A sealed column did not open, or this week's key is missing.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The plan could not be asked, or what it says not be done.
    #[error(transparent)]
    Step(Box<Self>),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl AlertError {
    /// Whether the code failed, and not the caller or the world: what was to be done may be done
    /// without what failed.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Step(_) => true,
            Self::Db(error) => !error.is_passing(),
            other => other.problem().code() == Code::INTERNAL,
        }
    }

    /// Whether trying later may help: the database is busy or out of reach.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.problem().code() == Code::UNAVAILABLE
    }
}

impl ApiError for AlertError {
    fn problem(&self) -> Problem {
        match self {
            Self::BadId => Problem::of(Code::BAD_PATH),
            Self::Unknown => Problem::of(Code::ALERT_UNKNOWN),
            Self::NotFound => Problem::of(Code::NOT_FOUND),
            Self::Unauthorized => Problem::of(Code::UNAUTHORIZED),
            Self::Batch(fault) => fault.problem(),
            Self::WrongPin => Problem::of(Code::PIN_WRONG),
            Self::Answer => Problem::of(Code::BAD_VALUE).field("answer", Code::BAD_VALUE),
            Self::BecameReal => Problem::of(Code::BECAME_REAL),
            Self::Query(part, code) => Problem::of(Code::BAD_QUERY).field(*part, *code),
            Self::Identity(e) => e.problem(),
            Self::Network(e) => e.problem(),
            Self::Escalation(e) => e.problem(),
            Self::Seal(e) => e.problem(),
            Self::Step(e) => e.problem(),
            Self::Db(e) => e.problem(),
        }
    }

    fn passed_on(&self) -> Option<&dyn ApiError> {
        match self {
            Self::Batch(e) => Some(e),
            Self::Identity(e) => Some(e),
            Self::Network(e) => Some(e),
            Self::Escalation(e) => Some(e),
            Self::Seal(e) => Some(e),
            Self::Step(e) => Some(e.as_ref()),
            Self::Db(e) => Some(e),
            _ => None,
        }
    }
}

//! What the network refuses.

use crate::db::DbError;
use crate::delivery::model::FailReason;
use crate::http::{ApiError, Code, Problem};
use crate::identity::IdentityError;
use crate::phone::PhoneFault;
use crate::seal::SealError;

/// Why something about her contacts was not done.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The number cannot be a contact's.
    #[error("not a contact's phone")]
    Phone(PhoneFault),
    /// Her own number.
    #[error("her own number")]
    OwnPhone,
    /// The name is empty, too long, or has control characters.
    #[error("not a contact's name")]
    Name,
    /// The alias is too long or has control characters.
    #[error("not an alias")]
    Alias,
    /// No address that emails can go to, or this server sends no email.
    #[error("not an address for letters")]
    Mail,
    /// She has as many contacts as the municipality allows.
    #[error("contact limit reached")]
    Full,
    /// That number was already sent as many invitations today as it may get.
    #[error("invitation limit reached")]
    InvitedTooOften,
    /// That number said STOP or blocked her.
    #[error("the number wants no invitations")]
    Unreachable(FailReason),
    /// Not hers, or not there: one answer for both.
    #[error("no such contact or invitation")]
    NotFound,
    /// An invitation that was: answered, withdrawn or run out. Whose link it is learns no more than
    /// that.
    #[error("the invitation is no longer good")]
    Gone,
    /// Who calls may not.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A sealed column did not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<PhoneFault> for NetworkError {
    fn from(fault: PhoneFault) -> Self {
        Self::Phone(fault)
    }
}

impl ApiError for NetworkError {
    fn problem(&self) -> Problem {
        match self {
            Self::Phone(e) => e.problem(),
            Self::OwnPhone => Problem::of(Code::OWN_PHONE).field("phone", Code::OWN_PHONE),
            Self::Name => Problem::of(Code::BAD_VALUE).field("name", Code::BAD_VALUE),
            Self::Alias => Problem::of(Code::BAD_VALUE).field("alias", Code::BAD_VALUE),
            Self::Mail => Problem::of(Code::BAD_VALUE).field("email", Code::BAD_VALUE),
            Self::Full => Problem::of(Code::CONTACT_LIMIT),
            Self::InvitedTooOften => Problem::of(Code::INVITATION_LIMIT),
            Self::Unreachable(_) => Problem::of(Code::CONTACT_UNREACHABLE),
            Self::NotFound => Problem::of(Code::NOT_FOUND),
            Self::Gone => Problem::of(Code::INVITATION_GONE),
            Self::Identity(e) => e.problem(),
            Self::Seal(e) => e.problem(),
            Self::Db(e) => e.problem(),
        }
    }

    fn passed_on(&self) -> Option<&dyn ApiError> {
        match self {
            Self::Phone(e) => Some(e),
            Self::Identity(e) => Some(e),
            Self::Seal(e) => Some(e),
            Self::Db(e) => Some(e),
            _ => None,
        }
    }
}

//! Everything that identity refuses, and the one way it fails.

use crate::db::DbError;
use crate::http::{ApiError, Code, Problem};
use crate::seal::SealError;

/// The one error of this room. Its words name no person, phone, code or token.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A sealed column could not be opened or written.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What should always work did not; the words say what.
    #[error("identity: {0}")]
    Broken(&'static str),
    /// No credential, or none that we know.
    #[error("no valid credential")]
    Unauthorized,
    /// A good access token whose 15 minutes have passed.
    #[error("the access token has expired")]
    TokenExpired,
    /// A good token of a session that was revoked.
    #[error("the session was revoked")]
    SessionRevoked,
    /// A device within its first 72 hours, unconfirmed.
    #[error("the device is too new")]
    DeviceTooNew,
    /// The session was not stepped up within 10 minutes.
    #[error("a step-up is needed")]
    StepUpNeeded,
    /// An operator whose role does not allow it.
    #[error("the role does not allow it")]
    Forbidden,
    /// An unsafe method with an operator's cookie but without its CSRF token.
    #[error("the CSRF token is missing")]
    Csrf,
    /// It does not exist, or is another's.
    #[error("not found")]
    NotFound,
    /// The code is wrong, used, spent or expired: always the same answer.
    #[error("the code does not work")]
    CodeWrong,
    /// The PIN is wrong.
    #[error("the PIN is wrong")]
    PinWrong,
    /// The PIN is too easy, or the same as the other one.
    #[error("the PIN is too easy")]
    PinWeak,
    /// An operator's name, password or TOTP code is wrong, or the account is locked or disabled:
    /// always the same answer.
    #[error("sign-in failed")]
    SignInFailed,
    /// Not while an alert is open.
    #[error("an alert is open")]
    AlertOpen,
    /// The privacy notice named is not the one in force, whose version this holds.
    #[error("the privacy notice is not the one in force")]
    NoticeOutdated(String),
    /// A field is wrong: its path, written by us, and a stable code.
    #[error("the field {0} is not valid")]
    Field(&'static str, Code),
    /// A query parameter is wrong: its name, and a stable code.
    #[error("the parameter {0} is not valid")]
    Query(&'static str, Code),
    /// A name that is taken.
    #[error("the name is taken")]
    Taken,
}

impl From<diesel::result::Error> for IdentityError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl ApiError for IdentityError {
    fn problem(&self) -> Problem {
        Problem::of(match self {
            Self::Db(error) if error.is_passing() => Code::UNAVAILABLE,
            Self::Db(_) => Code::INTERNAL,
            Self::Seal(_) | Self::Broken(_) => Code::INTERNAL,
            Self::Unauthorized => Code::UNAUTHORIZED,
            Self::TokenExpired => Code::TOKEN_EXPIRED,
            Self::SessionRevoked => Code::SESSION_REVOKED,
            Self::DeviceTooNew => Code::DEVICE_TOO_NEW,
            Self::StepUpNeeded => Code::STEP_UP_NEEDED,
            Self::Forbidden => Code::FORBIDDEN,
            Self::Csrf => Code::CSRF,
            Self::NotFound => Code::NOT_FOUND,
            Self::CodeWrong => Code::CODE_WRONG,
            Self::PinWrong => Code::PIN_WRONG,
            Self::PinWeak => Code::PIN_WEAK,
            Self::SignInFailed => Code::SIGN_IN_FAILED,
            Self::AlertOpen => Code::ALERT_OPEN,
            Self::NoticeOutdated(in_force) => {
                return Problem::of(Code::PRIVACY_NOTICE_OUTDATED)
                    .field("privacy_notice", Code::PRIVACY_NOTICE_OUTDATED)
                    .notice_in_force(in_force.clone());
            }
            Self::Field(path, code) => return Problem::of(Code::BAD_VALUE).field(*path, *code),
            Self::Query(name, code) => return Problem::of(Code::BAD_QUERY).field(*name, *code),
            Self::Taken => Code::CONFLICT,
        })
    }

    fn passed_on(&self) -> Option<&dyn ApiError> {
        match self {
            Self::Db(e) => Some(e),
            Self::Seal(e) => Some(e),
            _ => None,
        }
    }
}

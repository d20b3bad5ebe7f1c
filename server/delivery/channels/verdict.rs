//! What a provider's answer means for the notification and its address: the same words for every
//! channel. Pure.

use std::time::Duration;

use crate::delivery::model::FailReason;
use crate::delivery::outbox::retry::{OVER_QUOTA, PROVIDER_FAILS, Schedule};

/// What becomes of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressAction {
    /// It stays as it is.
    Keep,
    /// It is dead: nothing goes there until the phone registers anew.
    Retire,
    /// It cannot be used as things stand (a token of another project); registering anew revives it.
    Disable,
    /// The number takes no texts, as a landline's; calls still go there. A new invitation that is
    /// accepted revives it.
    EndTexts,
}

/// What becomes of the notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The provider took it.
    Sent,
    /// Trying again the same way cannot help.
    Failed {
        /// Why.
        reason: FailReason,
        /// What becomes of the address.
        address: AddressAction,
        /// Whether it raises an alarm.
        alarm: bool,
    },
    /// It may pass: once more, by the schedule or as the provider asks.
    Again {
        /// Why.
        reason: FailReason,
        /// The pauses.
        schedule: Schedule,
    },
}

/// Trying again the same way cannot help.
#[must_use]
pub const fn hard(reason: FailReason, address: AddressAction, alarm: bool) -> Verdict {
    Verdict::Failed {
        reason,
        address,
        alarm,
    }
}

/// It may pass.
#[must_use]
pub const fn again(reason: FailReason) -> Verdict {
    Verdict::Again {
        reason,
        schedule: PROVIDER_FAILS,
    }
}

/// Too much at once.
pub const QUOTA: Verdict = Verdict::Again {
    reason: FailReason::Quota,
    schedule: OVER_QUOTA,
};

impl Verdict {
    /// Whether the provider is there: a refusal is an answer, and so is a quota; silence and 5xx
    /// are not.
    #[must_use]
    pub const fn is_an_answer(&self) -> bool {
        match self {
            Self::Sent | Self::Failed { .. } => true,
            Self::Again { reason, .. } => matches!(reason, FailReason::Quota),
        }
    }

    /// Whether another provider of the same channel may do what this one did not: what stands
    /// against it is not the number's.
    #[must_use]
    pub const fn another_may(&self) -> bool {
        match self {
            Self::Sent => false,
            Self::Again { .. } => true,
            Self::Failed { reason, .. } => matches!(
                reason,
                FailReason::NotAuthorised
                    | FailReason::NotConfigured
                    | FailReason::BadRequest
                    | FailReason::Rejected
            ),
        }
    }
}

/// A provider's answer, or the lack of one, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it means.
    pub verdict: Verdict,
    /// The provider's own name of the message, by which its receipts speak.
    pub provider_ref: Option<String>,
    /// How long the provider asked us to wait.
    pub retry_after: Option<Duration>,
    /// Code and status, for the attempt's row; nothing personal.
    pub cause: String,
    /// The message may be with the provider, although it did not say so.
    pub may_have_arrived: bool,
}

impl Answer {
    /// An answer that only means something, from no provider's mouth.
    #[must_use]
    pub fn of(verdict: Verdict, cause: &str) -> Self {
        Self {
            verdict,
            provider_ref: None,
            retry_after: None,
            cause: cause.to_owned(),
            may_have_arrived: matches!(
                verdict,
                Verdict::Again {
                    reason: FailReason::TimedOut,
                    ..
                }
            ),
        }
    }
}

/// Whether an answer of that status that could not be read as a success leaves open whether the
/// message arrived: a 2xx without a name, and a gateway's gateway that waited in vain.
#[must_use]
pub const fn leaves_open(status: u16) -> bool {
    status / 100 == 2 || status == 504
}

/// Why a request brought no readable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// There was no connection: it did not arrive.
    NoConnection,
    /// It took too long, and may have arrived.
    TimedOut,
    /// The connection broke, and it may have arrived.
    Broke,
}

impl From<&reqwest::Error> for NoAnswer {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            Self::NoConnection
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Broke
        }
    }
}

/// A request that brought no readable answer `by` a provider, which the cause names: it goes again
/// with the same notification id.
#[must_use]
pub fn unanswered(by: &str, why: impl Into<NoAnswer>) -> Answer {
    let (reason, cause) = match why.into() {
        NoAnswer::NoConnection => (FailReason::Unavailable, "no connection"),
        NoAnswer::TimedOut => (FailReason::TimedOut, "time-out"),
        NoAnswer::Broke => (FailReason::TimedOut, "connection broke"),
    };
    Answer::of(
        Verdict::Again {
            reason,
            schedule: crate::delivery::outbox::retry::PROVIDER_FAILS,
        },
        &format!("{by} {cause}"),
    )
}

//! What a receiver's answers mean, as a table.

use std::error::Error as _;

use super::guard::Refused;
use crate::delivery::channels::verdict::{
    AddressAction, Answer, QUOTA, Verdict, again, hard, unanswered,
};
use crate::delivery::model::FailReason;

/// What an answer says, reduced to what decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// The status.
    Status(u16),
    /// Any status of that hundred.
    Hundred(u16),
}

use AddressAction::{Keep, Retire};
use FailReason as R;

/// The table; the first row that fits decides.
#[rustfmt::skip]
pub static TABLE: &[(Saying, Verdict)] = &[
    (Saying::Hundred(2),  Verdict::Sent),
    (Saying::Hundred(3),  hard(R::Rejected, Keep, true)),        // we go nowhere that an answer points to
    (Saying::Status(401), hard(R::NotAuthorised, Keep, true)),
    (Saying::Status(403), hard(R::NotAuthorised, Keep, true)),
    (Saying::Status(408), again(R::TimedOut)),
    (Saying::Status(410), hard(R::Unregistered, Retire, true)),  // wants no more
    (Saying::Status(425), again(R::Unavailable)),
    (Saying::Status(429), QUOTA),
    (Saying::Hundred(4),  hard(R::BadRequest, Keep, true)),
    (Saying::Status(503), again(R::Unavailable)),
    (Saying::Hundred(5),  again(R::Internal)),
];

/// What an answer means.
#[must_use]
pub fn verdict(status: u16) -> Verdict {
    let fits = |saying: &Saying| match *saying {
        Saying::Status(wanted) => status == wanted,
        Saying::Hundred(hundred) => status / 100 == hundred,
    };
    TABLE
        .iter()
        .find(|(saying, _)| fits(saying))
        .map_or(again(R::Internal), |(_, verdict)| *verdict)
}

/// Nothing was sent there, since it may lead into a private network. A name that does
/// not resolve may do so again.
#[must_use]
pub fn refused(why: Refused) -> Answer {
    match why {
        Refused::Unresolved => {
            Answer::of(again(R::Unavailable), "webhook: its name does not resolve")
        }
        _ => Answer::of(hard(R::Rejected, Keep, true), &format!("webhook: {why}")),
    }
}

/// A request without an answer; one that the guard stopped was no request.
#[must_use]
pub fn no_answer(error: &reqwest::Error) -> Answer {
    let mut cause = error.source();
    while let Some(e) = cause {
        if let Some(why) = e.downcast_ref::<Refused>() {
            return refused(*why);
        }
        cause = e.source();
    }
    unanswered("webhook:", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_meaning() {
        for (status, wanted) in [
            (200, Verdict::Sent),
            (202, Verdict::Sent),
            (204, Verdict::Sent),
            (301, hard(R::Rejected, Keep, true)),
            (307, hard(R::Rejected, Keep, true)),
            (400, hard(R::BadRequest, Keep, true)),
            (401, hard(R::NotAuthorised, Keep, true)),
            (404, hard(R::BadRequest, Keep, true)),
            (408, again(R::TimedOut)),
            (410, hard(R::Unregistered, Retire, true)),
            (429, QUOTA),
            (500, again(R::Internal)),
            (503, again(R::Unavailable)),
            (599, again(R::Internal)),
            (100, again(R::Internal)),
        ] {
            assert_eq!(verdict(status), wanted, "{status}");
        }
    }
}

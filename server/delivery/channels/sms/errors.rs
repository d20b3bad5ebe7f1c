//! What a Twilio-compatible gateway's codes mean for a text message, as a table.

use crate::delivery::channels::twilio::{Saying, Table};
use crate::delivery::channels::verdict::AddressAction::{EndTexts, Keep, Retire};
use crate::delivery::channels::verdict::{QUOTA, hard};
use crate::delivery::model::FailReason as R;

/// The gateway's code for a number that said STOP.
pub const SAID_STOP: i64 = 21_610;

/// The table; the first row that fits decides.
#[rustfmt::skip]
pub static TABLE: Table = &[
    (Saying::Code(21_211),    hard(R::BadAddress, Retire, false)),  // not a number
    (Saying::Code(21_614),    hard(R::BadAddress, EndTexts, false)), // cannot take text messages
    (Saying::Code(SAID_STOP), hard(R::OptedOut, Keep, false)),     // kept as a stop, by sender
    (Saying::Code(21_408),    hard(R::NotAuthorised, Keep, true)),  // the country is not permitted
    (Saying::Code(21_606),    hard(R::NotConfigured, Keep, true)),  // the sender cannot send text messages
    (Saying::Code(21_612),    hard(R::Rejected, Keep, true)),       // no way from this sender to that number
    (Saying::Code(20_429),    QUOTA),
    (Saying::Code(14_107),    QUOTA),                               // too many for this sender
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::channels::twilio::verdict;
    use crate::delivery::channels::verdict::{Verdict, again};

    fn coded(status: u16, code: i64) -> Verdict {
        verdict(
            TABLE,
            status,
            serde_json::json!({"code": code, "message": "x"})
                .to_string()
                .as_bytes(),
        )
        .0
    }

    #[test]
    fn a_number_that_is_none_is_retired() {
        assert_eq!(coded(400, 21_211), hard(R::BadAddress, Retire, false));
    }

    #[test]
    fn a_landline_is_still_called() {
        assert_eq!(coded(400, 21_614), hard(R::BadAddress, EndTexts, false));
    }

    #[test]
    fn a_number_that_said_stop_is_left_alone() {
        assert_eq!(coded(400, SAID_STOP), hard(R::OptedOut, Keep, false));
    }

    #[test]
    fn too_many_waits_a_minute() {
        assert_eq!(
            (coded(429, 20_429), verdict(TABLE, 429, b"").0),
            (QUOTA, QUOTA)
        );
    }

    #[test]
    fn a_gateway_that_fails_is_asked_again() {
        assert_eq!(verdict(TABLE, 503, b"").0, again(R::Unavailable));
        assert_eq!(verdict(TABLE, 502, b"<html>").0, again(R::Internal));
    }

    #[test]
    fn credentials_and_our_own_bugs_wake_somebody() {
        assert_eq!(coded(401, 20_003), hard(R::NotAuthorised, Keep, true));
        assert_eq!(coded(400, 21_602), hard(R::BadRequest, Keep, true));
    }
}

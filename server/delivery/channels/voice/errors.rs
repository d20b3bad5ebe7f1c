//! What a Twilio-compatible gateway's codes mean for a call, as a table.
//!
//! None of them retires the number: texts go to it too, and some of these codes come from an outage
//! of a carrier's as well as from a number that is none.

use crate::delivery::channels::twilio::{Saying, Table};
use crate::delivery::channels::verdict::AddressAction::Keep;
use crate::delivery::channels::verdict::{QUOTA, hard};
use crate::delivery::model::FailReason as R;

/// The table; the first row that fits decides.
#[rustfmt::skip]
pub static TABLE: Table = &[
    (Saying::Code(10_001),   hard(R::NotAuthorised, Keep, true)),   // the account is not active
    (Saying::Code(10_002),   hard(R::NotAuthorised, Keep, true)),   // a trial account
    (Saying::Code(10_004),   QUOTA),                                // too many calls at once
    (Saying::Code(10_005),   hard(R::NotAuthorised, Keep, true)),   // calls are switched off for the account
    (Saying::Code(13_214),   hard(R::NotConfigured, Keep, true)),   // the sender is none
    (Saying::Code(13_223),   hard(R::BadAddress, Keep, false)),     // the number has no such form
    (Saying::Code(13_224),   hard(R::BadAddress, Keep, false)),     // no such number, or no carrier goes there
    (Saying::Code(13_225),   hard(R::Rejected, Keep, false)),       // a number that may not be called
    (Saying::Code(13_226),   hard(R::BadAddress, Keep, false)),     // no such country
    (Saying::Code(13_227),   hard(R::NotAuthorised, Keep, true)),   // the country is not permitted
    (Saying::Thousand(13),   hard(R::BadRequest, Keep, true)),      // what was to be read out
    (Saying::Code(20_003),   hard(R::NotAuthorised, Keep, true)),   // the account's secret
    (Saying::Code(20_429),   QUOTA),
    (Saying::Code(21_201),   hard(R::BadAddress, Keep, true)),      // no number
    (Saying::Code(21_202),   hard(R::BadAddress, Keep, false)),     // a premium number
    (Saying::Code(21_203),   hard(R::NotAuthorised, Keep, true)),   // abroad is not permitted
    (Saying::Code(21_210),   hard(R::NotConfigured, Keep, true)),   // the sender is not verified
    (Saying::Code(21_211),   hard(R::BadAddress, Keep, false)),     // not a number
    (Saying::Code(21_212),   hard(R::NotConfigured, Keep, true)),   // the sender is not a number
    (Saying::Code(21_213),   hard(R::NotConfigured, Keep, true)),   // no sender
    (Saying::Code(21_214),   hard(R::BadAddress, Keep, false)),     // the number cannot be reached
    (Saying::Code(21_215),   hard(R::NotAuthorised, Keep, true)),   // the region is not permitted
    (Saying::Code(21_216),   hard(R::NotAuthorised, Keep, true)),   // the account may not call the number
    (Saying::Code(21_217),   hard(R::BadAddress, Keep, false)),     // does not look like a number
    (Saying::Code(21_219),   hard(R::NotAuthorised, Keep, true)),   // a trial account: the number is not verified
    (Saying::Code(21_601),   hard(R::NotConfigured, Keep, true)),   // the sender cannot do it
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::channels::twilio::{STATUSES, verdict};
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
    fn a_number_that_cannot_be_called_is_tried_no_more_this_way_and_wakes_nobody() {
        for code in [13_223, 13_224, 13_226, 21_202, 21_211, 21_214, 21_217] {
            assert_eq!(coded(400, code), hard(R::BadAddress, Keep, false), "{code}");
        }
        assert_eq!(coded(400, 13_225), hard(R::Rejected, Keep, false));
    }

    #[test]
    fn no_answer_about_a_call_ends_the_number() {
        for (saying, verdict) in TABLE.iter().chain(STATUSES) {
            let keeps = !matches!(verdict, Verdict::Failed { address, .. } if *address != Keep);
            assert!(keeps, "{saying:?}");
        }
    }

    #[test]
    fn sender_account_and_our_own_bugs_wake_somebody() {
        for code in [13_214, 21_210, 21_212, 21_213, 21_601] {
            assert_eq!(
                coded(400, code),
                hard(R::NotConfigured, Keep, true),
                "{code}"
            );
        }
        for code in [
            10_001, 10_002, 10_005, 13_227, 20_003, 21_203, 21_215, 21_216, 21_219,
        ] {
            assert_eq!(
                coded(400, code),
                hard(R::NotAuthorised, Keep, true),
                "{code}"
            );
        }
        assert_eq!(coded(400, 13_999), hard(R::BadRequest, Keep, true));
        assert_eq!(coded(400, 21_205), hard(R::BadRequest, Keep, true));
        assert_eq!(
            verdict(TABLE, 401, b"").0,
            hard(R::NotAuthorised, Keep, true)
        );
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        assert_eq!((coded(429, 20_429), coded(400, 10_004)), (QUOTA, QUOTA));
        assert_eq!(verdict(TABLE, 503, b"").0, again(R::Unavailable));
        assert_eq!(verdict(TABLE, 500, b"<html>").0, again(R::Internal));
        assert_eq!(
            verdict(TABLE, 201, b"<html>").0,
            again(R::Internal),
            "taken, perhaps: with the same id"
        );
    }
}

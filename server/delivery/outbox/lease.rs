//! Who may send a row, and until when. Pure.
//!
//! A lease belongs to a process (its boot id) and a fence. The fence goes up whenever the right
//! changes hands or an outcome is written, so that what a process learns after it has lost its
//! right is refused.

use std::time::Duration;

use crate::clock::At;

/// What a process knows of a row is good for 500 ms: then it is read again right before the send,
/// since she may have cancelled, or a contact may have been removed. A row that was handed over in
/// memory and waits for nothing leaves sooner than that, without a read.
pub const FRESH: Duration = Duration::from_millis(500);
/// What a sender has to do before a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: send.
    Good,
    /// Renew the lease, which also says whether the row is still wanted, or drop the row.
    Renew,
}

/// Whether a lease is good enough to begin a send, which may take as long as `margin`.
#[must_use]
pub fn before_send(now: At, lease_until: At, known_at: At, margin: Duration) -> Standing {
    let lasts = lease_until.since(now) >= margin;
    if lasts && now.since(known_at) <= FRESH {
        Standing::Good
    } else {
        Standing::Renew
    }
}

/// Whether a clock is too far from the database's to lease anything by it.
#[must_use]
pub fn clocks_differ(ours: At, theirs: At, slack: Duration) -> bool {
    ours.since(theirs).max(theirs.since(ours)) > slack
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: At = At::from_micros(5_000_000_000);
    const SIX: Duration = Duration::from_secs(6);

    #[test]
    fn a_lease_that_does_not_outlast_the_send_is_renewed() {
        assert_eq!(
            before_send(NOW, NOW.plus(Duration::from_secs(30)), NOW, SIX),
            Standing::Good
        );
        assert_eq!(
            before_send(NOW, NOW.plus(Duration::from_millis(5_999)), NOW, SIX),
            Standing::Renew
        );
        assert_eq!(
            before_send(NOW, NOW.minus(Duration::from_secs(1)), NOW, SIX),
            Standing::Renew
        );
    }

    #[test]
    fn a_row_that_waited_is_asked_for_again() {
        let waited = NOW.minus(Duration::from_millis(501));
        assert_eq!(
            before_send(NOW, NOW.plus(Duration::from_secs(28)), waited, SIX),
            Standing::Renew
        );
    }

    #[test]
    fn clocks_differ_beyond_a_second_either_way() {
        let second = Duration::from_secs(1);
        assert!(
            !clocks_differ(NOW, NOW.plus(second), second)
                && !clocks_differ(NOW, NOW.minus(second), second)
        );
        let more = Duration::from_millis(1_001);
        assert!(
            clocks_differ(NOW, NOW.plus(more), second)
                && clocks_differ(NOW, NOW.minus(more), second)
        );
    }
}

//! `Last-Event-ID`: an opaque mark of the time at which what was sent had been read.

use std::time::Duration;

use crate::clock::At;

/// An older mark is not resumed from: the client starts afresh.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The mark of a reading that began at that time.
#[must_use]
pub fn written(read_at: At) -> String {
    format!("m{:x}", read_at.micros())
}

/// When that mark was written. `None`: it is none of ours, too old, or from a future that no clock
/// here agrees with.
#[must_use]
pub fn parsed(mark: &str, now: At) -> Option<At> {
    let at = At::from_micros(i64::from_str_radix(mark.strip_prefix('m')?, 16).ok()?);
    let ahead = at.since(now);
    (at.micros() > 0 && now.since(at) <= OLDEST && ahead <= Duration::from_secs(60)).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_mark_from_outside_does_harm(text in ".{0,40}") {
            let _ = parsed(&text, At::from_micros(1_800_000_000_000_000));
        }
    }

    #[test]
    fn a_mark_is_read_back_unless_it_is_old_or_from_the_future() {
        let now = At::from_micros(1_800_000_000_000_000);
        let hour = Duration::from_secs(3_600);
        assert_eq!(
            parsed(&written(now.minus(hour)), now),
            Some(now.minus(hour))
        );
        assert_eq!(parsed(&written(now.minus(hour * 25)), now), None);
        assert_eq!(parsed(&written(now.plus(hour)), now), None);
        assert_eq!(parsed("7", now), None);
    }
}

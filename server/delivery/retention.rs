//! Addresses that ended are forgotten on schedule: a token that was replaced, a number that a
//! contact took along. So are replies and keys that were read, and how many messages a number got
//! on a day.
//!
//! The row goes as a whole, and with it the sealed token or number. Whatever is still to be told of
//! it is told by the notifications, which keep its id and outlive no deadline of theirs; who
//! registers the same token or number again gets a new address.

use std::time::Duration;

use super::limits::day;
use super::store::{addresses, inbound};
use crate::db::{Conn, DbError, WritePriority};
use crate::foundation::Foundation;

/// Rows forgotten in one transaction, so that no press waits long behind them.
const BATCH: i64 = 500;
const DAY_S: u64 = 24 * 60 * 60;

/// Forgets what ended, was read or was counted `delivery.ended_address_days` ago or before, and
/// says how many rows. Idempotent; made for a daily call, on several nodes at once.
///
/// # Errors
/// What the database says.
pub async fn pass(foundation: &Foundation) -> Result<usize, DbError> {
    let kept = Duration::from_secs(foundation.config.delivery.ended_address_days * DAY_S);
    let before = foundation.clock.now().minus(kept);
    let mut forgotten = 0;
    loop {
        let some = move |conn: &mut Conn| {
            let ended = addresses::forget_ended(conn, before, BATCH)?;
            let read = inbound::forget_read(conn, before, BATCH)?;
            Ok::<_, DbError>(ended + read + inbound::forget_counts(conn, &day(before))?)
        };
        match foundation.db.write(WritePriority::Background, some).await? {
            0 => return Ok(forgotten),
            some => forgotten += some,
        }
    }
}

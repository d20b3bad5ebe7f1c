//! Whether a number may get messages at all, and how many.

use super::store::inbound as store;
use crate::clock::At;
use crate::db::{Conn, DbError};

/// Whether the number said STOP and has not taken it back.
///
/// # Errors
/// What the database says.
pub fn is_stopped(conn: &mut Conn, phone_lookup: &[u8]) -> Result<bool, DbError> {
    store::is_stopped(conn, phone_lookup)
}

/// Counts one more message of `purpose` to the number of `phone_lookup` today (UTC), if that stays
/// within `max` (1 or more). False, and nothing counted, once it does not.
///
/// # Errors
/// What the database says.
pub fn within_daily_limit(
    conn: &mut Conn,
    phone_lookup: &[u8],
    purpose: &str,
    now: At,
    max: i64,
) -> Result<bool, DbError> {
    store::count(conn, phone_lookup, purpose, &day(now), max)
}

/// A day (UTC), as counts are kept by.
pub(super) fn day(at: At) -> String {
    at.utc().format("%Y-%m-%d").to_string()
}

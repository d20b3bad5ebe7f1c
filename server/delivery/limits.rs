//! How many messages a number may get.

use super::store::inbound as store;
use crate::clock::At;
use crate::db::{Conn, DbError};

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

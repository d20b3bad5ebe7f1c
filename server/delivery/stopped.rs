//! Whether a number wants messages at all.

use super::store::inbound as store;
use crate::db::{Conn, DbError};

/// Whether the number said STOP and has not taken it back.
///
/// # Errors
/// What the database says.
pub fn is_stopped(conn: &mut Conn, phone_lookup: &[u8]) -> Result<bool, DbError> {
    store::is_stopped(conn, phone_lookup)
}

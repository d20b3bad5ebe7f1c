//! Whether a record is in conflict: its person named an officer of its centres.

use super::error::EscalationError;
use super::flags;
use super::store::RecordRow;
use crate::db::Conn;
use crate::identity;

/// Marks the record if she named an officer of its centres, and unmarks it if not.
pub(super) fn conflict(conn: &mut Conn, row: &mut RecordRow) -> Result<(), EscalationError> {
    let named = identity::centres_named_by(conn, row.person)?;
    if named
        .iter()
        .any(|c| *c == row.centre || Some(*c) == row.other_centre)
    {
        flags::raise(&mut row.flags, flags::CONFLICT);
    } else if !named.is_empty() || flags::has(&row.flags, flags::CONFLICT) {
        flags::lower(&mut row.flags, flags::CONFLICT);
        flags::lower(&mut row.flags, flags::CONFLICT_OPEN);
    }
    Ok(())
}

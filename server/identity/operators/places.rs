//! Where operators work.

use super::store;
use crate::db::Conn;
use crate::identity::{IdentityError, operators_named_by};
use crate::ids::{CentreId, PersonId};

/// The centres at which an officer works that this person named, each once; disabled accounts do not
/// count. One query if she named no officer.
///
/// # Errors
/// What the database says.
pub fn centres_named_by(conn: &mut Conn, person: PersonId) -> Result<Vec<CentreId>, IdentityError> {
    let mut centres = Vec::new();
    for operator in operators_named_by(conn, person)? {
        let row = store::by_id(conn, operator)?;
        centres.extend(
            row.filter(|row| row.disabled_at.is_none())
                .and_then(|row| row.centre),
        );
    }
    centres.sort_unstable();
    centres.dedup();
    Ok(centres)
}

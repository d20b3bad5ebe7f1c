//! A centre that closes.

use super::model::TOPIC;
use super::{Centre, store};
use crate::clock::At;
use crate::db::{Conn, DbError, change_marks};
use crate::ids::CentreId;

/// Why a centre was not retired.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    /// It is not there, or retired already.
    #[error("there is no such centre, or it is retired already")]
    Unknown,
    /// It takes what lies outside every polygon.
    #[error(
        "it takes what lies outside every polygon: first import a file in which another centre is `default`"
    )]
    IsDefault,
    /// Other centres have named it as their backup; their codes.
    #[error("it backs up {0}: first name another backup for them, or none")]
    BacksUp(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Retires a centre: from the next second on no place leads to it, no record is handed to it, and no
/// centre may name it as its backup. Its operators go on with the records that it has, also with one
/// that a node placed there in that second. Importing its code again brings it back.
///
/// # Errors
/// [`RetireError`]; nothing is written then.
pub fn retire(conn: &mut Conn, id: CentreId, now: At) -> Result<(), RetireError> {
    let centre = store::lock(conn, id)?
        .filter(|centre| !centre.is_retired)
        .ok_or(RetireError::Unknown)?;
    let others: Vec<Centre> = store::of(conn, centre.municipality)?
        .into_iter()
        .filter(|other| other.id != id && !other.is_retired)
        .collect();
    // Without a mark the one of lowest rank takes the rest.
    let no_default = !others.iter().any(|other| other.is_default);
    let is_first = others.iter().all(|other| centre.rank <= other.rank);
    if centre.is_default || (no_default && is_first) {
        return Err(RetireError::IsDefault);
    }
    let backed: Vec<&str> = others
        .iter()
        .filter(|other| other.backup == Some(id))
        .map(|other| other.code.as_str())
        .collect();
    if !backed.is_empty() {
        return Err(RetireError::BacksUp(backed.join(", ")));
    }
    store::retire(conn, id, now)?;
    change_marks::bump_mark(conn, TOPIC)?;
    Ok(())
}

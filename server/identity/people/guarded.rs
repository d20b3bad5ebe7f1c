//! What a restore may undo of a person: her PINs, by their hashes, and the officers she named.

use std::collections::{HashMap, HashSet};

use super::store;
use crate::db::{Conn, DbError};
use crate::ids::{EntryId, PersonId};

/// Compared, and never shown.
#[derive(Default, PartialEq, Eq)]
pub struct Guarded {
    /// The hashes of PIN and duress PIN.
    pub pins: (Option<String>, Option<String>),
    /// The entries of officers.
    pub officers: HashSet<EntryId>,
}

/// Of every person.
///
/// # Errors
/// What the database says.
pub fn guarded(conn: &mut Conn) -> Result<HashMap<PersonId, Guarded>, DbError> {
    let mut all: HashMap<PersonId, Guarded> = HashMap::new();
    for (person, pin, duress) in store::pin_hashes(conn)? {
        all.entry(person).or_default().pins = (pin, duress);
    }
    for (person, officer) in store::all_conflicts(conn)? {
        all.entry(person).or_default().officers.insert(officer);
    }
    Ok(all)
}

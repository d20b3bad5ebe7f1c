//! The centres of all municipalities, and their index in memory.
//!
//! What: a centre ([`Centre`]), the import of a checked file ([`import`]), what an administrator
//! decides for one ([`policies`]), and [`CentreCache`], a node's index of whose ground is whose.
//!
//! Invariant: an import is one change. It adds centres and alters those known by their code; it
//! removes none, since records belong to them. A centre's own times never make its records quiet,
//! and each change of them, and of its backup, has a line that says who made it.
//!
//! Path: [`import`] and [`set_policies`] write the rows and move the change mark in one
//! transaction. [`CentreCache::get`] compares the mark, builds a new index beside the old one when
//! it has moved, and swaps it in. The node does so before it is ready, and then each second in
//! [`keep_fresh`]. A press never builds an index: [`CentreCache::in_write`] uses the one in memory,
//! which may be a second older than the database.
//!
//! On failure: a polygon that cannot be read back leaves its centre without ground and thus to the
//! default's rules, rather than a node without any centre.

mod cache;
mod import;
mod model;
mod policies;
mod refresh;
mod retire;
mod store;
mod times;

pub use cache::{CentreCache, load};
pub use import::{ImportError, import};
pub use model::{Centre, Centres, TOPIC};
pub use policies::{Policies, PolicyChange, policies, set_policies};
pub use refresh::keep_fresh;
pub use retire::{RetireError, retire};
pub use times::CentreTimes;

use std::collections::HashMap;

use crate::db::{Conn, DbError};
use crate::ids::{CentreId, MunicipalityId};

/// The centres of a municipality, lowest rank first.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn, municipality: MunicipalityId) -> Result<Vec<Centre>, DbError> {
    store::of(conn, municipality)
}

/// A centre by its id.
///
/// # Errors
/// What the database says.
pub fn by_id(conn: &mut Conn, id: CentreId) -> Result<Option<Centre>, DbError> {
    store::by_id(conn, id)
}

/// The centres that have named that one as their backup.
///
/// # Errors
/// What the database says.
pub fn backed_by(conn: &mut Conn, backup: CentreId) -> Result<Vec<CentreId>, DbError> {
    store::backed_by(conn, backup)
}

/// What of other centres matters to who works at that one.
pub(super) struct Others {
    /// Those that have named it as their backup.
    pub backs: Vec<CentreId>,
    /// Those whose times are not the settings', this one included.
    pub times: HashMap<CentreId, CentreTimes>,
}

/// Reads it: one query.
pub(super) fn others(conn: &mut Conn, centre: CentreId) -> Result<Others, DbError> {
    let rows = store::backed_or_timed(conn, centre)?;
    let backs = rows
        .iter()
        .filter(|(_, backup, _)| *backup == Some(centre))
        .map(|(id, ..)| *id)
        .collect();
    Ok(Others {
        backs,
        times: rows.into_iter().map(|(id, _, times)| (id, times)).collect(),
    })
}

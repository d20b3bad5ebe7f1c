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

mod policies;
mod refresh;
mod store;
mod times;

pub use policies::{Policies, PolicyChange, policies, set_policies};
pub use refresh::keep_fresh;
pub use times::CentreTimes;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use super::geojson_import::{CentreDraft, NamedBackup, from_text, to_text};
use super::jurisdiction::{CentreArea, Jurisdictions};
use crate::clock::At;
use crate::db::{Conn, DbError, change_marks};
use crate::ids::{CentreId, MunicipalityId};
use crate::municipality::{self, Municipality};

/// The change mark that moves with the centres and their municipalities.
pub const TOPIC: &str = change_marks::CENTRES;

/// A centre, without its ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Centre {
    /// Its id.
    pub id: CentreId,
    /// The municipality it belongs to.
    pub municipality: MunicipalityId,
    /// Begins every folio.
    pub code: String,
    /// The name that people read.
    pub name: String,
    /// On a border the lowest works the record.
    pub rank: i64,
    /// Takes what lies outside every polygon.
    pub is_default: bool,
    /// Takes over what nobody claims; named by the administrator, never guessed.
    pub backup: Option<CentreId>,
    /// Whether it has ground of its own.
    pub has_polygon: bool,
    /// Where its records are worked to other times than the settings'.
    pub times: CentreTimes,
}

/// All centres and whose ground is whose, as of one moment.
pub struct Centres {
    /// Asks whose ground a place is.
    pub jurisdictions: Jurisdictions,
    by_id: HashMap<CentreId, Centre>,
    municipalities: HashMap<MunicipalityId, Municipality>,
}

impl Centres {
    /// A centre by its id.
    #[must_use]
    pub fn get(&self, id: CentreId) -> Option<&Centre> {
        self.by_id.get(&id)
    }

    /// A municipality by its id.
    #[must_use]
    pub fn municipality(&self, id: MunicipalityId) -> Option<&Municipality> {
        self.municipalities.get(&id)
    }

    /// The default centre of a municipality: the one marked so, else the one of lowest rank. What
    /// becomes her home centre when she picks the municipality.
    #[must_use]
    pub fn home_of(&self, municipality: MunicipalityId) -> Option<CentreId> {
        let own = self
            .by_id
            .values()
            .filter(|c| c.municipality == municipality);
        own.min_by_key(|c| (!c.is_default, c.rank, c.id))
            .map(|c| c.id)
    }

    /// The centres of a municipality that get records by themselves: those with ground, and the one
    /// that takes the rest.
    #[must_use]
    pub fn getting_records_of(&self, municipality: MunicipalityId) -> Vec<CentreId> {
        let home_centre = self.home_of(municipality);
        self.of(municipality)
            .filter(|c| c.has_polygon || Some(c.id) == home_centre)
            .map(|c| c.id)
            .collect()
    }

    /// All centres there are, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Centre> {
        self.by_id.values()
    }

    /// All centres of a municipality, in no order.
    pub fn of(&self, municipality: MunicipalityId) -> impl Iterator<Item = &Centre> {
        self.by_id
            .values()
            .filter(move |c| c.municipality == municipality)
    }
}

/// A node's index, read anew when the change mark has moved. A clone shares it.
#[derive(Clone, Default)]
pub struct CentreCache(Arc<Shared>);

#[derive(Default)]
struct Shared {
    held: RwLock<Option<Held>>,
    /// A press has seen that the database is newer.
    outdated: Notify,
    builds: AtomicU64,
}

/// The change mark's version, and the centres as of it.
type Held = (i64, Arc<Centres>);

impl CentreCache {
    /// The centres as of the last change: one small query, and a rebuild of the index only where
    /// something changed. Only in a read: what a write sees may never be committed.
    ///
    /// # Errors
    /// What the database says.
    pub fn get(&self, conn: &mut Conn) -> Result<Arc<Centres>, DbError> {
        let version = change_marks::mark(conn, TOPIC)?;
        if let Some((at, centres)) = self.held()
            && at == version
        {
            return Ok(centres);
        }
        let fresh = self.build(conn)?;
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        // Two builds may overlap: the older one does not replace the newer one.
        if held.as_ref().is_none_or(|(at, _)| *at < version) {
            *held = Some((version, Arc::clone(&fresh)));
        }
        Ok(fresh)
    }

    /// The centres for a write such as a press, whose outlines are those in memory. Where the
    /// database is newer, names, times and municipalities are read anew (two small queries), and
    /// [`keep_fresh`] builds the new outlines. Only a municipality whose centres have no outline in
    /// memory yet, as in the second after its first import, has them read in the write itself.
    /// Nothing read here is kept: it may never be committed.
    ///
    /// # Errors
    /// What the database says.
    pub fn in_write(
        &self,
        conn: &mut Conn,
        municipality: MunicipalityId,
        version: i64,
    ) -> Result<Arc<Centres>, DbError> {
        match self.held() {
            Some((at, centres)) if at == version => Ok(centres),
            Some((_, old)) if old.of(municipality).any(|centre| centre.has_polygon) => {
                self.0.outdated.notify_one();
                let by_id: HashMap<_, _> = store::without_ground(conn)?
                    .into_iter()
                    .map(|centre| (centre.id, centre))
                    .collect();
                let municipalities = municipalities(conn)?;
                let areas = by_id.values().map(|centre| area(centre, None)).collect();
                Ok(Arc::new(Centres {
                    jurisdictions: old.jurisdictions.with_centres(areas),
                    by_id,
                    municipalities,
                }))
            }
            _ => {
                self.0.outdated.notify_one();
                self.build(conn)
            }
        }
    }

    /// How many indexes were built.
    #[must_use]
    pub fn builds(&self) -> u64 {
        self.0.builds.load(Ordering::Relaxed)
    }

    /// Until a write has seen that the database is newer than the index.
    pub(super) async fn outdated(&self) {
        self.0.outdated.notified().await;
    }

    fn build(&self, conn: &mut Conn) -> Result<Arc<Centres>, DbError> {
        self.0.builds.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(load(conn)?))
    }

    /// The centres as last read, without a query; `None` before the first [`CentreCache::get`].
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Centres>> {
        self.held().map(|(_, centres)| centres)
    }

    fn held(&self) -> Option<Held> {
        self.0
            .held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Reads and indexes all centres. Prefer [`CentreCache::get`].
///
/// # Errors
/// What the database says.
pub fn load(conn: &mut Conn) -> Result<Centres, DbError> {
    let rows = store::all(conn)?;
    let mut by_id = HashMap::with_capacity(rows.len());
    let mut areas = Vec::with_capacity(rows.len());
    for (centre, text) in rows {
        areas.push(area(&centre, text.as_deref().and_then(from_text)));
        by_id.insert(centre.id, centre);
    }
    Ok(Centres {
        jurisdictions: Jurisdictions::new(areas),
        by_id,
        municipalities: municipalities(conn)?,
    })
}

fn area(centre: &Centre, polygon: Option<geo::MultiPolygon<f64>>) -> CentreArea {
    CentreArea {
        centre: centre.id,
        municipality: centre.municipality,
        rank: centre.rank,
        is_default: centre.is_default,
        polygon,
    }
}

fn municipalities(conn: &mut Conn) -> Result<HashMap<MunicipalityId, Municipality>, DbError> {
    let municipalities = municipality::list(conn)?;
    Ok(municipalities
        .into_iter()
        .map(|municipality| (municipality.id, municipality))
        .collect())
}

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

/// Why an import was not written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A backup that neither the file nor the database knows.
    #[error("{centre} names {backup} as its backup, which is no centre")]
    NoSuchBackup {
        /// The centre.
        centre: String,
        /// What it named.
        backup: String,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Writes the centres of a file: those known by their code are changed, the others added, none
/// removed (a record may belong to it). A file with a default takes the mark from the others. Moves
/// the change mark. Returns how many.
///
/// # Errors
/// [`ImportError::NoSuchBackup`], and what the database says; nothing is written then.
pub fn import(
    conn: &mut Conn,
    municipality: MunicipalityId,
    drafts: &[CentreDraft],
    now: At,
) -> Result<usize, ImportError> {
    let there: HashMap<String, Centre> = store::of(conn, municipality)?
        .into_iter()
        .map(|c| (c.code.clone(), c))
        .collect();
    let mut codes: HashMap<&str, CentreId> = there
        .iter()
        .map(|(code, c)| (code.as_str(), c.id))
        .collect();
    for draft in drafts {
        codes.entry(&draft.code).or_insert_with(CentreId::new);
    }
    let backup_of = |draft: &CentreDraft| match &draft.backup {
        NamedBackup::Unsaid => Ok(there.get(&draft.code).and_then(|centre| centre.backup)),
        NamedBackup::None => Ok(None),
        NamedBackup::Code(code) => {
            codes
                .get(code.as_str())
                .map(|id| Some(*id))
                .ok_or_else(|| ImportError::NoSuchBackup {
                    centre: draft.code.clone(),
                    backup: code.clone(),
                })
        }
    };
    let mut rows = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let Some(id) = codes.get(draft.code.as_str()) else {
            continue;
        };
        rows.push(store::CentreRow {
            id: *id,
            municipality,
            code: draft.code.clone(),
            name: draft.name.clone(),
            rank: draft.rank,
            is_default: draft.is_default,
            backup: backup_of(draft)?,
            polygon: draft.polygon.as_ref().map(to_text),
            created_at: now,
            updated_at: now,
        });
    }
    if drafts.iter().any(|d| d.is_default) {
        store::clear_default(conn, municipality)?;
    }
    for row in &rows {
        store::put(conn, row)?;
        if let Some(before) = there
            .get(&row.code)
            .filter(|before| before.backup != row.backup)
        {
            policies::note(
                conn,
                &Centre {
                    backup: row.backup,
                    ..before.clone()
                },
                None,
                now,
            )?;
        }
    }
    change_marks::bump_mark(conn, TOPIC)?;
    Ok(rows.len())
}

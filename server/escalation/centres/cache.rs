//! A node's index of the centres and their ground.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;

use super::model::{Centre, Centres, TOPIC};
use super::store;
use crate::db::{Conn, DbError, change_marks};
use crate::escalation::geojson_import::from_text;
use crate::escalation::jurisdiction::{CentreArea, Jurisdictions};
use crate::ids::MunicipalityId;
use crate::municipality::{self, Municipality};

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

    /// The centres for a write such as a press, whose outlines are those in memory. `version`: what
    /// the database's is, or `None` where it was not read: then those in memory will do. Where the
    /// database is newer, names, times and municipalities are read anew (two small queries), and
    /// [`keep_fresh`](super::keep_fresh) builds the new outlines. Only a municipality whose centres have no outline in
    /// memory yet, as in the second after its first import, has them read in the write itself.
    /// Nothing read here is kept: it may never be committed.
    ///
    /// # Errors
    /// What the database says.
    pub fn in_write(
        &self,
        conn: &mut Conn,
        municipality: MunicipalityId,
        version: Option<i64>,
    ) -> Result<Arc<Centres>, DbError> {
        match self.held() {
            Some((at, centres)) if version.is_none_or(|now| now == at) => Ok(centres),
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

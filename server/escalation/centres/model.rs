//! A centre, and all centres as of one moment.

use std::collections::HashMap;

use super::times::CentreTimes;
use crate::db::change_marks;
use crate::escalation::jurisdiction::Jurisdictions;
use crate::ids::{CentreId, MunicipalityId};
use crate::municipality::Municipality;

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
    /// Also gets records without a claim; named by the administrator, never guessed.
    pub backup: Option<CentreId>,
    /// Whether it has ground of its own.
    pub has_polygon: bool,
    /// Gets no new records; those that it has are worked on.
    pub is_retired: bool,
    /// Where its records are worked to other times than the settings'.
    pub times: CentreTimes,
}

impl Centre {
    /// One whose row is gone: without name, ground and times of its own. Those who work there go on.
    #[must_use]
    pub fn lost(id: CentreId, municipality: MunicipalityId) -> Self {
        Self {
            id,
            municipality,
            code: String::new(),
            name: String::new(),
            rank: 0,
            is_default: false,
            backup: None,
            has_polygon: false,
            is_retired: false,
            times: CentreTimes::default(),
        }
    }
}

/// All centres and whose ground is whose, as of one moment.
pub struct Centres {
    /// Asks whose ground a place is.
    pub jurisdictions: Jurisdictions,
    pub(super) by_id: HashMap<CentreId, Centre>,
    pub(super) municipalities: HashMap<MunicipalityId, Municipality>,
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
            .filter(|c| c.municipality == municipality && !c.is_retired);
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

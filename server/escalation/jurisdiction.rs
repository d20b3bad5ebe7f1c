//! Whose ground is it? Pure and in memory: polygons in, centres out.
//!
//! Two steps. An R-tree of bounding boxes names the few polygons that can hold the place; each of
//! those answers exactly ([`Outline`]), a border being inside of both its sides. Which centre works
//! the record is then one small decision ([`Jurisdictions::decide`]) by the rules of design §5.

use std::collections::HashMap;
use std::sync::Arc;

use geo::{BoundingRect, Coord, MultiPolygon};
use rstar::RTree;
use rstar::primitives::{GeomWithData, Rectangle};

use super::outline::Outline;
use crate::ids::{CentreId, MunicipalityId};
use crate::words;

/// A fix with a radius above this many metres moves no record.
pub const PLACES_WITHIN_M: f64 = 1_000.0;

/// A centre and its ground.
#[derive(Clone, Debug)]
pub struct CentreArea {
    /// The centre.
    pub centre: CentreId,
    /// The municipality it belongs to.
    pub municipality: MunicipalityId,
    /// On a border the lowest rank works the record.
    pub rank: i64,
    /// Takes what lies outside every polygon.
    pub is_default: bool,
    /// Its ground, x = degrees east and y = degrees north (WGS 84). `None`: a centre that only
    /// backs others up.
    pub polygon: Option<MultiPolygon<f64>>,
}

words! {
    /// Why a record is where it is: `records.placed_by`.
    pub enum PlacedBy {
        /// Her home centre: no fix that tells, or one on its ground.
        Home = "home",
        /// A fix elsewhere: it named the centre, or added one to her home's.
        Fix = "fix",
        /// A fix on a border: both sides are named.
        Border = "border",
        /// Outside every polygon, or nothing known of her: the default centre.
        Default = "default",
        /// An operator or supervisor handed it over.
        Transfer = "transfer",
    }
}

/// Which centre works a record, which other one sees it, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The centre that is to claim it. `None` only on a server that has no centre at all.
    pub centre: Option<CentreId>,
    /// Another centre on whose feed it stands as well.
    pub other_centre: Option<CentreId>,
    /// Why.
    pub by: PlacedBy,
}

/// A place as far as jurisdiction asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Radius in metres, where known.
    pub accuracy_m: Option<f64>,
}

struct Area {
    centre: CentreId,
    municipality: MunicipalityId,
    rank: i64,
    is_default: bool,
    /// Shared with the index that follows this one.
    outlines: Arc<[Outline]>,
    bounds: Option<Rectangle<[f64; 2]>>,
}

/// All centres' ground, indexed. Built once for each change of the centres.
pub struct Jurisdictions {
    areas: Vec<Area>,
    by_id: HashMap<CentreId, usize>,
    boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

impl Jurisdictions {
    /// Indexes the centres. In rank order from here on; ties by id, so that every node decides
    /// alike.
    #[must_use]
    pub fn new(centres: Vec<CentreArea>) -> Self {
        Self::index(centres, |centre| {
            let polygon = centre.polygon.take();
            let polygon = polygon.unwrap_or_else(|| MultiPolygon::new(Vec::new()));
            let bounds = polygon
                .bounding_rect()
                .map(|b| Rectangle::from_corners([b.min().x, b.min().y], [b.max().x, b.max().y]));
            (polygon.0.iter().map(Outline::new).collect(), bounds)
        })
    }

    /// These centres on the ground that is indexed here: cheap, since no outline is built. The
    /// centres' own polygons are not looked at; one that is new has no ground.
    #[must_use]
    pub fn with_centres(&self, centres: Vec<CentreArea>) -> Self {
        Self::index(centres, |centre| {
            let known = self.by_id.get(&centre.centre);
            match known.and_then(|i| self.areas.get(*i)) {
                Some(area) => (Arc::clone(&area.outlines), area.bounds),
                None => (Arc::from([]), None),
            }
        })
    }

    fn index(
        mut centres: Vec<CentreArea>,
        ground_of: impl Fn(&mut CentreArea) -> (Arc<[Outline]>, Option<Rectangle<[f64; 2]>>),
    ) -> Self {
        centres.sort_by_key(|c| (c.rank, c.centre));
        let mut boxes = Vec::new();
        let mut areas = Vec::with_capacity(centres.len());
        for (i, mut centre) in centres.into_iter().enumerate() {
            let (outlines, bounds) = ground_of(&mut centre);
            boxes.extend(bounds.map(|bounds| GeomWithData::new(bounds, i)));
            areas.push(Area {
                centre: centre.centre,
                municipality: centre.municipality,
                rank: centre.rank,
                is_default: centre.is_default,
                outlines,
                bounds,
            });
        }
        let by_id = areas
            .iter()
            .enumerate()
            .map(|(i, a)| (a.centre, i))
            .collect();
        Self {
            areas,
            by_id,
            boxes: RTree::bulk_load(boxes),
        }
    }

    /// The centres on whose ground or border the place lies, lowest rank first. Degrees, WGS 84.
    #[must_use]
    pub fn locate(&self, lat: f64, lon: f64) -> Vec<CentreId> {
        if !lat.is_finite() || !lon.is_finite() {
            return Vec::new();
        }
        let place = Coord { x: lon, y: lat };
        let mut found: Vec<(i64, CentreId)> = self
            .boxes
            .locate_all_at_point([lon, lat])
            .filter_map(|hit| self.areas.get(hit.data))
            .filter(|area| area.outlines.iter().any(|o| o.covers(place)))
            .map(|area| (area.rank, area.centre))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, centre)| centre).collect()
    }

    /// Decides by the rules of design §5: her home centre comes first; a fix of 1 km or better
    /// elsewhere adds that centre; without a home the fix names it; outside every polygon the
    /// default centre is named and marked; on a border the lowest rank, and both are named. A
    /// coarser fix moves nothing where there is a home, and where there is none only adds the
    /// centre it points to.
    #[must_use]
    pub fn decide(
        &self,
        municipality: MunicipalityId,
        home_centre: Option<CentreId>,
        spot: Option<Spot>,
    ) -> Placement {
        let home_centre = home_centre.filter(|h| self.by_id.contains_key(h));
        let fallback = home_centre.or_else(|| self.default_of(municipality));
        let known = spot.map(|s| {
            (
                self.locate(s.lat, s.lon),
                s.accuracy_m.is_some_and(|m| m <= PLACES_WITHIN_M),
            )
        });
        let by_itself = if home_centre.is_some() {
            PlacedBy::Home
        } else {
            PlacedBy::Default
        };
        match known {
            None => Placement {
                centre: fallback,
                other_centre: None,
                by: by_itself,
            },
            Some((found, false)) => {
                let other = found
                    .first()
                    .copied()
                    .filter(|c| home_centre.is_none() && Some(*c) != fallback);
                Placement {
                    centre: fallback,
                    other_centre: other,
                    by: by_itself,
                }
            }
            Some((found, true)) if found.is_empty() => {
                let other = self
                    .default_of(municipality)
                    .filter(|d| Some(*d) != fallback);
                Placement {
                    centre: fallback,
                    other_centre: other,
                    by: PlacedBy::Default,
                }
            }
            Some((found, true)) => on_known_ground(home_centre, &found),
        }
    }

    /// The centre that takes what lies outside: the municipality's own default, else the default of
    /// lowest rank, else the centre of lowest rank. A record always has somewhere to go while there
    /// is one centre.
    fn default_of(&self, municipality: MunicipalityId) -> Option<CentreId> {
        let own = |a: &&Area| a.municipality == municipality;
        let all = || self.areas.iter();
        all()
            .filter(own)
            .find(|a| a.is_default)
            .or_else(|| all().find(own))
            .or_else(|| all().find(|a| a.is_default))
            .or_else(|| all().next())
            .map(|a| a.centre)
    }
}

fn on_known_ground(home_centre: Option<CentreId>, found: &[CentreId]) -> Placement {
    let first = home_centre.or(found.first().copied());
    let other = found.iter().copied().find(|c| Some(*c) != first);
    let by = match (found.len(), home_centre) {
        (1, Some(_)) if other.is_none() => PlacedBy::Home,
        (0 | 1, _) => PlacedBy::Fix,
        _ => PlacedBy::Border,
    };
    Placement {
        centre: first,
        other_centre: other,
        by,
    }
}

#[cfg(test)]
#[path = "jurisdiction_tests.rs"]
mod tests;

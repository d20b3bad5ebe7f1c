//! Why an outline cannot be right, and at which coordinate. Pure.
//!
//! A file that swaps longitude and latitude, has lost the minus of its longitudes or is in a
//! projected system is often valid GeoJSON: the ground then lies in another part of the world, and
//! no press ever falls into it. Such a file is known by this: as it stands it is outside Mexico,
//! and corrected in that one way it is inside.

use geo::algorithm::line_intersection::{LineIntersection, line_intersection};
use geo::algorithm::validation::{InvalidPolygon, RingRole};
use geo::{Coord, Line, LineString, MultiPolygon, Polygon};
use serde_json::{Map, Value};

/// Mexico with its seas and islands, in degrees: west, south, east, north.
const MEXICO: (f64, f64, f64, f64) = (-122.0, 12.0, -84.5, 33.5);
/// Pairs of edges that are compared in search of the place where a ring crosses itself.
const MOST_PAIRS: usize = 20_000_000;

const SWAPPED: &str = "longitude and latitude are swapped; the order is longitude, latitude";
const NO_MINUS: &str = "the longitude has lost its minus: Mexico lies west of Greenwich";
const BOTH: &str = "longitude and latitude are swapped, and the longitude has lost its minus";

fn in_mexico(lon: f64, lat: f64) -> bool {
    let (west, south, east, north) = MEXICO;
    (west..=east).contains(&lon) && (south..=north).contains(&lat)
}

/// What one correction would bring a position to Mexico that is outside it.
fn misread(lon: f64, lat: f64) -> Option<&'static str> {
    [
        (lat, lon, SWAPPED),
        (-lon, lat, NO_MINUS),
        (-lat, lon, BOTH),
    ]
    .into_iter()
    .find(|(x, y, _)| !in_mexico(lon, lat) && in_mexico(*x, *y))
    .map(|(.., why)| why)
}

/// Why a position of more than 180 or 90 degrees is none.
pub(super) fn not_on_earth(lon: f64, lat: f64) -> &'static str {
    match misread(lon, lat) {
        Some(why) => why,
        None if lon.abs() > 1_000.0 || lat.abs() > 1_000.0 => {
            "not degrees but metres, as of UTM or Web Mercator; export it as WGS 84 (EPSG:4326)"
        }
        None => "not on Earth; the order is longitude, latitude",
    }
}

/// Refuses ground of which a position is misread.
pub(super) fn misplaced(ground: &MultiPolygon<f64>) -> Result<(), String> {
    for (part, polygon) in ground.0.iter().enumerate() {
        for (n, ring) in rings(polygon).enumerate() {
            for (i, at) in ring.0.iter().enumerate() {
                if let Some(why) = misread(at.x, at.y) {
                    let place = format!("polygon {}, ring {}, position {}", part + 1, n + 1, i + 1);
                    return Err(format!("{place} is [{}, {}]: {why}", at.x, at.y));
                }
            }
        }
    }
    Ok(())
}

/// Refuses a file that names another system of coordinates than GeoJSON's own (its `crs`, which old
/// versions had).
pub(super) fn other_system(members: Option<&Map<String, Value>>) -> Result<(), String> {
    let named = members.and_then(|m| m.get("crs")?.get("properties")?.get("name")?.as_str());
    match named {
        Some(name) if !(name.contains("CRS84") || name.ends_with("4326")) => Err(format!(
            "the file's crs is {}; export it as WGS 84 (EPSG:4326)",
            name.chars().take(60).collect::<String>()
        )),
        _ => Ok(()),
    }
}

/// What is invalid in a polygon, with a coordinate to look at.
pub(super) fn named(polygon: &Polygon<f64>, fault: &InvalidPolygon) -> String {
    let (InvalidPolygon::TooFewPointsInRing(role)
    | InvalidPolygon::SelfIntersection(role)
    | InvalidPolygon::NonFiniteCoord(role, _)
    | InvalidPolygon::InteriorRingNotContainedInExteriorRing(role)
    | InvalidPolygon::IntersectingRingsOnALine(_, role)
    | InvalidPolygon::IntersectingRingsOnAnArea(_, role)) = fault;
    let ring = match role {
        RingRole::Exterior => Some(polygon.exterior()),
        RingRole::Interior(n) => polygon.interiors().get(*n),
    };
    let crossing =
        || matches!(fault, InvalidPolygon::SelfIntersection(_)).then(|| crosses(ring?))?;
    match crossing().or_else(|| ring?.0.first().copied()) {
        Some(at) => format!("{fault}, at [{}, {}]", at.x, at.y),
        None => fault.to_string(),
    }
}

fn rings(polygon: &Polygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors())
}

/// Where a ring crosses or touches itself; `None` where it is not found in time.
fn crosses(ring: &LineString<f64>) -> Option<Coord<f64>> {
    let mut edges: Vec<(usize, Line<f64>)> = ring.lines().enumerate().collect();
    let last = edges.len().checked_sub(1)?;
    let west = |line: &Line<f64>| line.start.x.min(line.end.x);
    edges.sort_by(|(_, a), (_, b)| west(a).total_cmp(&west(b)));
    let mut compared = 0_usize;
    for (i, (n, edge)) in edges.iter().enumerate() {
        let east = edge.start.x.max(edge.end.x);
        let beside = edges.iter().skip(i + 1);
        for (m, other) in beside.take_while(|(_, other)| west(other) <= east) {
            compared += 1;
            if compared > MOST_PAIRS {
                return None;
            }
            let follows = n.abs_diff(*m) == 1 || n.abs_diff(*m) == last;
            match line_intersection(*edge, *other) {
                Some(LineIntersection::SinglePoint { intersection, .. }) if !follows => {
                    return Some(intersection);
                }
                Some(LineIntersection::Collinear { intersection })
                    if intersection.start != intersection.end =>
                {
                    return Some(intersection.start);
                }
                _ => {}
            }
        }
    }
    None
}

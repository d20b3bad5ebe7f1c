//! Reads the file of `ampara centre import`: a GeoJSON `FeatureCollection`, one feature a centre.
//! Pure.
//!
//! Properties: `code` (the folio's prefix: 2–8 capitals and digits), `name`, `rank` (0 when
//! absent), `default` (false when absent) and `backup` (another centre's code; null for none; left
//! out: as it is). Geometry: `Polygon` or `MultiPolygon` in WGS 84, or null for a centre that only
//! backs others up. Everything is checked before anything is written, and what is refused is named
//! with its place in the file. `outline_fault` finds outlines that cannot be right: swapped axes, a
//! lost sign, metres for degrees, a ring that crosses itself.

use std::collections::HashSet;

use geo::{LineString, MultiPolygon, Polygon, Validation};
use geojson::{Feature, FeatureCollection, Geometry, GeometryValue, Position};
use serde::Deserialize;
use serde_json::Value;

use super::outline_fault;

/// More corners than this in a file are refused: whole states fit, a mistake with a raster does
/// not.
const MOST_CORNERS: usize = 2_000_000;

/// A centre as the file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct CentreDraft {
    /// Short name, unique within the municipality; begins every folio.
    pub code: String,
    /// The name that people read.
    pub name: String,
    /// On a border the lowest rank works the record.
    pub rank: i64,
    /// Takes what lies outside every polygon. At most one a file.
    pub is_default: bool,
    /// The centre that also gets records without a claim.
    pub backup: NamedBackup,
    /// Its ground.
    pub polygon: Option<MultiPolygon<f64>>,
}

/// The backup that a file names for a centre.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<String>")]
pub enum NamedBackup {
    /// It says nothing: the one that an administrator has named stays.
    #[default]
    Unsaid,
    /// No centre.
    None,
    /// The centre of that code.
    Code(String),
}

impl From<Option<String>> for NamedBackup {
    fn from(said: Option<String>) -> Self {
        said.map_or(Self::None, Self::Code)
    }
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportFault {
    /// No JSON, or JSON that is no feature collection.
    #[error("not a GeoJSON FeatureCollection: {0}")]
    NotGeoJson(String),
    /// A collection without features.
    #[error("the file has no feature: nothing to import")]
    Empty,
    /// One feature cannot be taken. Features count from 1.
    #[error("feature {feature} ({code}): {what}")]
    Feature {
        /// Its place in the file, from 1.
        feature: usize,
        /// Its code, or `?`.
        code: String,
        /// What to correct.
        what: String,
    },
    /// Features that do not go together.
    #[error("{0}")]
    Together(String),
}

#[derive(Deserialize)]
struct Properties {
    code: String,
    name: String,
    #[serde(default)]
    rank: i64,
    #[serde(default)]
    default: bool,
    #[serde(default)]
    backup: NamedBackup,
}

/// Reads and checks a whole file.
///
/// # Errors
/// [`ImportFault`]: what to correct and in which feature.
pub fn drafts(text: &str) -> Result<Vec<CentreDraft>, ImportFault> {
    // Some editors begin a file with a byte-order mark.
    let text = text.trim_start_matches('\u{feff}');
    let collection: FeatureCollection = text
        .parse()
        .map_err(|e: geojson::Error| ImportFault::NotGeoJson(e.to_string()))?;
    if collection.features.is_empty() {
        return Err(ImportFault::Empty);
    }
    outline_fault::other_system(collection.foreign_members.as_ref())
        .map_err(ImportFault::Together)?;
    let mut corners = 0;
    let mut drafts = Vec::with_capacity(collection.features.len());
    for (i, feature) in collection.features.into_iter().enumerate() {
        let code = feature
            .properties
            .as_ref()
            .and_then(|p| p.get("code"))
            .and_then(Value::as_str)
            .unwrap_or("?");
        let code: String = code.chars().take(20).collect();
        let draft = draft(feature).map_err(|what| ImportFault::Feature {
            feature: i + 1,
            code,
            what,
        })?;
        corners += draft.polygon.as_ref().map_or(0, corner_count);
        if corners > MOST_CORNERS {
            return Err(ImportFault::Together(format!(
                "more than {MOST_CORNERS} corners: simplify the outlines"
            )));
        }
        drafts.push(draft);
    }
    together(&drafts)?;
    Ok(drafts)
}

/// The geometry of a stored centre: what [`to_text`] wrote. It was validated when it was imported
/// and is not validated again: with a city's outlines that takes seconds.
#[must_use]
pub fn from_text(text: &str) -> Option<MultiPolygon<f64>> {
    let geometry: Geometry = text.parse().ok()?;
    read_ground(&geometry.value).ok()
}

/// A centre's ground as the GeoJSON text that is stored.
#[must_use]
pub fn to_text(polygon: &MultiPolygon<f64>) -> String {
    Geometry::new(GeometryValue::from(polygon)).to_string()
}

fn corner_count(ground: &MultiPolygon<f64>) -> usize {
    ground
        .0
        .iter()
        .map(|p| p.exterior().0.len() + p.interiors().iter().map(|r| r.0.len()).sum::<usize>())
        .sum()
}

fn draft(feature: Feature) -> Result<CentreDraft, String> {
    let Some(properties) = feature.properties else {
        return Err("has no properties; code and name are needed".into());
    };
    let read: Properties =
        serde_json::from_value(Value::Object(properties)).map_err(|e| e.to_string())?;
    let code_fits = |code: &str| {
        (2..=8).contains(&code.len())
            && code
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    if !code_fits(&read.code) {
        return Err("code must be 2 to 8 capitals or digits".into());
    }
    let name = read.name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err("name must have 1 to 200 characters".into());
    }
    let polygon = feature.geometry.map(|g| ground(&g.value)).transpose()?;
    Ok(CentreDraft {
        code: read.code,
        name: name.to_owned(),
        rank: read.rank,
        is_default: read.default,
        backup: read.backup,
        polygon,
    })
}

/// The ground of a file that is imported: read, and validated part by part.
fn ground(value: &GeometryValue) -> Result<MultiPolygon<f64>, String> {
    let ground = read_ground(value)?;
    outline_fault::misplaced(&ground)?;
    for (i, polygon) in ground.0.iter().enumerate() {
        polygon
            .check_validation()
            .map_err(|e| format!("polygon {}: {}", i + 1, outline_fault::named(polygon, &e)))?;
    }
    Ok(ground)
}

fn read_ground(value: &GeometryValue) -> Result<MultiPolygon<f64>, String> {
    let parts = match value {
        GeometryValue::Polygon { coordinates } => std::slice::from_ref(coordinates),
        GeometryValue::MultiPolygon { coordinates } => coordinates.as_slice(),
        other => {
            return Err(format!(
                "geometry is {}, not Polygon or MultiPolygon",
                other.type_name()
            ));
        }
    };
    if parts.is_empty() {
        return Err("geometry is empty".into());
    }
    parts
        .iter()
        .enumerate()
        .map(|(i, rings)| polygon(i + 1, rings))
        .collect()
}

fn polygon(part: usize, rings: &[Vec<Position>]) -> Result<Polygon<f64>, String> {
    if rings.is_empty() {
        return Err(format!("polygon {part} has no ring"));
    }
    let mut lines = Vec::with_capacity(rings.len());
    for (i, ring) in rings.iter().enumerate() {
        lines
            .push(ring_of(ring).map_err(|what| format!("polygon {part}, ring {}: {what}", i + 1))?);
    }
    Ok(Polygon::new(lines.remove(0), lines))
}

fn ring_of(ring: &[Position]) -> Result<LineString<f64>, String> {
    if ring.len() < 4 {
        return Err("needs at least 4 positions, the last equal to the first".into());
    }
    let mut corners = Vec::with_capacity(ring.len());
    for (i, position) in ring.iter().enumerate() {
        let [lon, lat, ..] = position.as_slice() else {
            return Err(format!("position {} has fewer than two numbers", i + 1));
        };
        if !lon.is_finite() || !lat.is_finite() {
            return Err(format!("position {} is not a finite number", i + 1));
        }
        if lon.abs() > 180.0 || lat.abs() > 90.0 {
            let why = outline_fault::not_on_earth(*lon, *lat);
            return Err(format!("position {} is [{lon}, {lat}]: {why}", i + 1));
        }
        corners.push(geo::Coord { x: *lon, y: *lat });
    }
    if corners.first() != corners.last() {
        return Err("is not closed: the last position must equal the first".into());
    }
    Ok(LineString::new(corners))
}

fn together(drafts: &[CentreDraft]) -> Result<(), ImportFault> {
    let mut codes = HashSet::new();
    if let Some(twice) = drafts.iter().find(|d| !codes.insert(d.code.as_str())) {
        return Err(ImportFault::Together(format!(
            "code {} stands twice",
            twice.code
        )));
    }
    if drafts.iter().filter(|d| d.is_default).count() > 1 {
        return Err(ImportFault::Together(
            "more than one centre is the default".into(),
        ));
    }
    let itself = drafts
        .iter()
        .find(|d| matches!(&d.backup, NamedBackup::Code(code) if *code == d.code));
    if let Some(draft) = itself {
        return Err(ImportFault::Together(format!(
            "{} is named as its own backup",
            draft.code
        )));
    }
    Ok(())
}

#[cfg(test)]
#[path = "geojson_import_tests.rs"]
mod tests;

//! The 911 record and the centres that work it.
//!
//! What: centres with their ground ([`centres`]), whose ground a place is ([`jurisdiction`]), and how an administrator
//! brings polygons in ([`geojson_import`]).
//!
//! Invariant: a record always has a centre while the server has one at all: her home centre first, a good fix elsewhere
//! adds another, and what lies outside every polygon goes to the default, marked. A border is inside of both its sides.
//!
//! Path: `centre import` checks the file and replaces the rows; the change mark `centres` moves; each node's
//! [`centres::CentreCache`] reads the rows anew and indexes them; a press asks the index, without a query.
//!
//! On failure: a file with one bad polygon is refused whole, with the feature and the fault named, so that no centre's
//! ground is half replaced.

pub mod centres;
pub mod geojson_import;
pub mod jurisdiction;
mod outline;

pub use centres::{Centre, CentreCache, Centres};
pub use jurisdiction::{Jurisdictions, PlacedBy, Placement, Spot};

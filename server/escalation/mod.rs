//! The 911 record and the centres that work it.
//!
//! What: centres with their areas and their policies ([`centres`]), the centre of a place
//! ([`jurisdiction`]), how an administrator brings polygons in ([`geojson_import`]); the record as
//! the alert moves it ([`records`]) and as operators work it ([`claim`], [`hand_on`], [`work`],
//! [`close`]); who sees it ([`Viewer`], [`queue`]), who can act on it now ([`Acting`]) and who may
//! open it ([`open`], [`break_glass`]); the operators on shift ([`shift`]).
//!
//! Invariant: a record always has a centre while the server has one at all. A change takes its row
//! and moves its version on by one, so versions have no gaps and two operators never both have it.
//! Her identity leaves this room only in an [`Opened`], which exists only after a line of the
//! read-audit is committed. To an officer she named her records do not exist. A border is inside of both its
//! sides.
//!
//! Path: `alerts` inserts the record in the press's own transaction and changes it as the plan
//! says; an operator's feed reads what is in sight; claim → dispatch → on scene → close, each one
//! closure: row, version, timeline.
//!
//! On failure: nothing is half done; a lost answer is retried, and a repeated claim by the record's
//! own operator is a success. A file with one bad polygon is refused whole, with the feature and the fault
//! named.

mod acting;
mod apply;
pub mod break_glass;
pub mod centres;
pub mod changed;
pub mod claim;
pub mod close;
pub mod conflict;
mod edit;
mod error;
pub(crate) mod flags;
mod folio;
pub mod geojson_import;
pub mod hand_on;
pub mod jurisdiction;
pub mod kinds;
mod mark;
pub mod model;
pub mod open;
mod outline;
mod outline_fault;
pub mod queue;
pub mod records;
pub mod right;
pub mod shift;
mod sight;
mod step;
mod store;
mod summary;
pub mod together;
pub(crate) mod training;
mod viewer;
pub mod work;

pub use acting::{Acting, ToAlarm};
pub use centres::{Centre, CentreCache, CentreTimes, Centres};
pub use error::EscalationError;
pub use folio::{Folios, alert_of_folio};
pub use jurisdiction::{Jurisdictions, PlacedBy, Placement, Spot};
pub use model::{Disposition, Priority, RecordFacts, RecordState, ShiftFacts};
pub use open::{Opened, OpenedTrail, open_record, open_trail};
pub use step::Words;
pub use summary::{KindView, RecordSummary};
pub use viewer::Viewer;

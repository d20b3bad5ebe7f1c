//! Tenants: each municipality is the controller of its people's data.
//!
//! What: the municipality itself (zone, area code, language, senders of its SMS and calls), its
//! apps, its help lines with their hours and holidays, and every version of its privacy notice.
//!
//! Invariant: 911 stands first in every list of help lines and is open always; it is no row, so no
//! administrator can edit it away. Hours are wall-clock times in the municipality's own zone, so a
//! change of the clocks moves them too. A notice that a person may have accepted is never changed:
//! new words are a new version.
//!
//! Path: before sign-in an app asks `GET /v1/municipalities/{code}` for the notice to show; a phone
//! asks `GET /v1/help-lines`; a press that can reach no contact answers with the same
//! list; the page `/i/{code}` shows the notice; an administrator's route above calls
//! [`replace_help_lines`].
//!
//! On failure: an unknown municipality is a 404; a list that cannot be taken is refused whole with
//! the fields named, so that the lines in force stay in force.

pub mod chihuahua;
mod error;
pub(crate) mod hours;
mod lines;
pub(crate) mod model;
pub(crate) mod routes;
mod store;
mod tenants;

pub use error::MunicipalityError;
pub use lines::{HelpLineView, help_lines, replace_help_lines, set_holidays, view, views};
pub use model::{HelpLine, HelpLineDraft, Holidays, Hours, Municipality, NewMunicipality, Senders};
pub use tenants::{
    add, add_app, app_municipality, apps, by_id, change, find, list, notice, publish_notice,
    set_notice_version,
};

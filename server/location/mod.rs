//! Where she is, while she wants it known.
//!
//! What: [`Fix`], a place as her phone reported it and as it was judged ([`parse_fix`],
//! [`parse_batch`]); the track of an alert ([`append`], [`trail`]); and the [`latest`] place of it.
//!
//! Invariant: a place exists only inside an alert that she raised, sealed under that alert's own
//! key, so that it can be destroyed with the key. One fix is one row by (alert, device, `seq`): the
//! first to come wins, and a batch sent twice, late or in any order changes nothing. The latest
//! place is the greatest plausible phone time, ties by `seq`; a time that cannot be is replaced by
//! ours, so a phone with a wrong clock neither hides behind an old place nor pins one.
//!
//! Path: `alerts` decides whether to store, parses with the moment of arrival, seals outside the
//! write closure ([`seal_fixes`]), appends inside it, and asks [`next_interval_s`] what to tell the
//! phone.
//!
//! On failure: what one fix lacks costs that fix or that field and is named in `warnings`; it never
//! costs the alert, nor the fixes beside it. Only a list that is none, is empty, or has more than a
//! hundred is refused as a whole.

mod append;
mod error;
mod intake;
mod judge;
mod latest;
pub(crate) mod model;
mod parse;
mod store;

pub use append::{SealedFix, append, append_with, forget, seal_fixes};
pub use error::LocationError;
pub use intake::Intake;
pub use judge::{next_interval_s, plausible};
pub use latest::{Trail, last_sign, latest, trail};
pub use model::{Fix, TrailMark, Warning};
pub use parse::{Batch, BatchFault, parse_batch, parse_fix};

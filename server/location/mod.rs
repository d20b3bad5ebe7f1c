//! Where she is, while she wants it known.
//!
//! What: [`Fix`], a place as her phone reported it and as it was judged ([`parse_fix`],
//! [`parse_batch`]); the track of an alert ([`append`], [`trail`]); and the place of it that is
//! shown ([`latest`], read by [`places`]).
//!
//! Invariant: a place exists only inside an alert that she raised, sealed under that alert's own
//! key, so that it can be destroyed with the key. One fix is one row by (alert, device, `seq`): the
//! first to come wins, and a batch sent twice, late or in any order changes nothing. The latest
//! place is the one with the greatest believed time, ties by `seq`. A time that cannot be is
//! *unknown*: it is shown as unknown, never as now, and never ranks above a believed one. No time
//! is shown that is still to come.
//!
//! Path: `alerts` decides whether to store, parses with the moment of arrival ([`Arrival`]), seals
//! outside the write closure ([`seal_fixes`]), appends inside it, and asks [`next_interval_s`] what
//! to tell the phone.
//!
//! On failure: what one fix lacks costs that fix or that field and is named in `warnings`; it never
//! costs the alert, nor the fixes beside it. Only a list that is none, is empty, or has more than a
//! hundred is refused as a whole.

mod append;
mod intake;
mod judge;
mod latest;
pub(crate) mod model;
mod parse;
mod store;

pub use append::{SealedFix, append, append_with, forget, seal_fixes};
pub use intake::Intake;
pub use judge::{Arrival, next_interval_s};
pub use latest::{Trail, last_sign, latest, open_all, places, sent_before, shown, trail};
pub use model::{Fix, Latest, Places, TrailMark, Warning};
pub use parse::{Batch, BatchFault, parse_batch, parse_fix, read_share, read_time, spare_seq};

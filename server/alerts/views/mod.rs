//! What each of them sees of an alert.
//!
//! **What.** [`hers`] is what her phone shows (its types are in [`model`]), with [`reach`] per contact
//! and [`sentences`] in words; [`contacts`] is what a contact sees, [`operators`] what the holder of
//! the record sees. The two streams tell each of them when it changes.
//!
//! **Invariant.** Her view names contacts by id alone; a contact's view is a function of her choices
//! and presses, the latest place, and whether the alert is open, never of 911's side or of other
//! contacts. The reply to a press is made by the same function as a later look.
//!
//! **Path.** Rows, read or just written → view → JSON or a page.
//!
//! **On failure.** A sealed part that does not open is left out; the rest is shown.

pub(in crate::alerts) mod contact_stream;
pub mod contacts;
pub(in crate::alerts) mod her_stream;
pub(in crate::alerts) mod hers;
pub(in crate::alerts) mod model;
pub(in crate::alerts) mod operators;
pub(in crate::alerts) mod reach;
pub(in crate::alerts) mod sentences;

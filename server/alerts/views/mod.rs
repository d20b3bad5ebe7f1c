//! What each of them sees of an alert.
//!
//! What: [`hers`] is what her phone shows, with [`reach`] per contact and [`sentences`] in words;
//! [`contacts`] is what a contact sees, [`operators`] what the holder of the record sees. The two
//! streams tell each of them when it changes. Invariant: her view names contacts by id alone; a
//! contact's view is a function of her choices and presses, the latest place, and whether the alert
//! is open, never of 911's side or of other contacts. Path: rows → view → JSON or a page. On
//! failure: a sealed part that does not open is left out; the rest is shown.

pub(in crate::alerts) mod contact_stream;
pub mod contacts;
pub(in crate::alerts) mod her_stream;
pub(in crate::alerts) mod hers;
pub(in crate::alerts) mod model;
pub(in crate::alerts) mod operators;
pub(in crate::alerts) mod reach;
pub(in crate::alerts) mod sentences;

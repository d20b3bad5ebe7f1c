//! Pushes to the app by FCM HTTP v1.
//!
//! What: [`client`] sends one message for one app's project; [`oauth`] keeps that project's access
//! token fresh; [`message`] builds the body; [`errors`] is the table of answers. Invariant: a
//! message carries neutral words, ids and codes: never a place, a name or a number. Path: the
//! worker hands a job over, gets an [`Answer`](super::verdict::Answer) back, and records it. On
//! failure: nothing is retried in here but one request after a bare 401; all else is a verdict for
//! the schedule.

pub mod client;
pub(crate) mod errors;
pub(crate) mod message;
pub(crate) mod oauth;

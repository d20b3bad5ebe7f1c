//! Readiness: honest when it fails.
//!
//! **What.** [`hers`] answers "would an alert work tonight?", [`heartbeat`] signs every minute that
//! alerting works, [`alerting`] says how it is doing to ops, all three by one look at what leaves
//! this node (`standing`), and [`reminder`] asks her to hold a
//! drill.
//!
//! **Invariant.** It sends no alarm and changes no alert. What cannot be read counts as not ready,
//! never as ready.
//!
//! **Path.** Rows of `alerts`, `delivery`, `network` and `escalation` → a pure judgement ([`model`])
//! → the view.
//!
//! **On failure.** The heartbeat says which part does not work, in a word; a database that hangs is
//! reported within five seconds.

pub(crate) mod alerting;
pub(crate) mod heartbeat;
pub(crate) mod hers;
pub(crate) mod model;
pub mod reminder;
pub(crate) mod routes;
mod standing;
mod ways;

pub use heartbeat::Heartbeat;

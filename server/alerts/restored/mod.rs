//! A restored database starts under quarantine.
//!
//! **What.** A backup knows nothing of what happened after it: contacts who had read that it is over
//! would read that there is no news, texts that had left would leave again. So a restored server sends
//! nothing that was queued before, and asks no plan of an older alert, until ops have seen the list
//! of what came back ([`list`](mod@list)) and release it ([`release`]).
//!
//! **Invariant.** A press after the restore is told at once, also where it joins a restored alert:
//! whatever her phone says of an alert (a press, a place, an end, that 911 is wanted) takes that
//! alert out of quarantine. Restored alerts stay in the operators' feed, marked `restored`.
//!
//! **Path.** [`high_water`] notices the restore at the start and every ten seconds → `begin`, in one
//! transaction → ops get an alarm every five minutes → [`release`], by the command line or an
//! administrator.
//!
//! **On failure.** Where the mark in the key directory cannot be read or written, a restore by
//! PostgreSQL's own tools is not noticed: the log says so, with an alarm. `ampara restore` says so
//! itself by that mark.

pub mod high_water;
pub mod list;
mod quarantine;
mod watch;

pub use quarantine::{release, since};
pub use watch::run;

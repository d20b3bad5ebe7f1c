//! The press: one request becomes one alert.
//!
//! What: [`body`] reads whatever her phone sent, [`gate`] bounds how many presses are worked on at
//! once, [`raise`] writes the alert with all that follows from it. Invariant: the path and a good
//! token are the alert; no body, no limit and no failing plan refuses it. Path: body → gate → one
//! transaction → reply. On failure: a plan that fails is left to the engine, and the press is kept.

mod again;
pub mod body;
pub(in crate::alerts) mod gate;
pub mod raise;
mod rows;

//! The press: one request becomes one alert.
//!
//! **What.** [`body`] reads what her phone sent, [`gate`] bounds how many presses are worked on at
//! once, [`raise`] writes a new alert from the rows that `rows` makes, with all that the plan decides
//! (`engine`); `again` is a press that lands on an alert which is there.
//!
//! **Invariant.** The path and a good token are the alert; no body, no limit and no failing plan
//! refuses it. What the reply promises is committed before it is sent.
//!
//! **Path.** Body → gate → one transaction (take her row, tell which case it is, gather, decide,
//! write once) → hand the messages over → reply.
//!
//! **On failure.** Where the code fails the press is written with less, down to the alert and its
//! record ([`Extent`](super::engine::context::Extent)); the plan is left to the engine. Where the
//! outcome of the COMMIT is unknown the transaction runs again and finds the alert by the phone's id.

mod again;
pub mod body;
pub(in crate::alerts) mod gate;
pub mod raise;
mod rows;

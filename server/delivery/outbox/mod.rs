//! The outbox: messages as rows, and the senders of this process.
//!
//! What: [`enqueue`] writes rows, [`handoff`] passes rows born leased to the senders in memory,
//! [`claim`] finds rows that are due, [`send`] asks the provider, [`record`] writes what came of it,
//! [`run`] holds the loops. [`sender`] is what all of these share. Invariant: only the node whose
//! lease and fence a row carries may record its outcome, and no transaction is open while a provider
//! is asked. Path: enqueue → handoff or
//! claim → send → record → follow-up. On failure: a row goes back to the queue by [`retry`], waits
//! for a [`breaker`], or becomes a dead letter ([`dead_letters`]).

pub(in crate::delivery) mod alive;
pub(crate) mod breaker;
mod claim;
pub(in crate::delivery) mod counters;
pub(crate) mod dead_letters;
pub(in crate::delivery) mod enqueue;
pub(crate) mod follow_up;
pub(in crate::delivery) mod handoff;
pub(crate) mod lease;
pub(in crate::delivery) mod message;
pub(in crate::delivery) mod outcome;
pub(in crate::delivery) mod permits;
pub(in crate::delivery) mod receipt_secret;
pub(in crate::delivery) mod record;
pub mod retry;
pub(in crate::delivery) mod run;
pub(in crate::delivery) mod send;
pub(in crate::delivery) mod sender;
pub(in crate::delivery) mod stats;
pub(in crate::delivery) mod stepwise;
pub(in crate::delivery) mod withdraw;

//! Addresses and the outbox.
pub mod model;

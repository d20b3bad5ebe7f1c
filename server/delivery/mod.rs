//! Addresses and the outbox.
pub mod gsm7;
pub mod model;

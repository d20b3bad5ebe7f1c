//! Raise, answer, cancel, close.
pub mod model;

//! Settings.
pub mod plan;

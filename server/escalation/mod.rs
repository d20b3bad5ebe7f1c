//! The 911 record.
pub mod model;

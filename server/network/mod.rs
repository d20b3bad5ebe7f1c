//! People she chose.
pub mod model;

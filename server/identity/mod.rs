//! Who is calling.
pub mod model;

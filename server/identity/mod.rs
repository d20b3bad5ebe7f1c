//! Who is calling.
pub mod model;
pub mod phone;

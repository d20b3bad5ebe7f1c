//! Who is calling.

mod devices;
mod herself;
mod operators;
mod sign_in;
mod stage;
mod tokens;

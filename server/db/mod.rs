//! The database.
mod conn;
pub mod schema;
pub use conn::Conn;

//! The database.
mod conn;
pub use conn::Conn;

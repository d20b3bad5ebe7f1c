//! The database.
mod conn;
mod error;
pub mod marks;
pub mod schema;
pub use conn::Conn;
pub use error::DbError;

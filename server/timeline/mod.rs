//! What happened to a subject, and who read its record.
//!
//! What: an append-only timeline of what happened to an alert and its record ([`append`],
//! [`list`], [`latest`]), and the read-audit ([`reads`]): one entry for each time that an operator opened her
//! data, hash-chained per record.
//!
//! Invariant: nothing here is changed or removed but by retention. An entry's detail holds codes
//! and ids, never a name, a number or a place; people's own words are sealed by the room above. A
//! read is written before the bytes leave.
//!
//! Path: every verb that changes an alert or a record appends in its own transaction;
//! `escalation::open_record` appends a read under the record's row lock; she lists her reads by
//! `GET /v1/me/accesses`; `ampara audit verify` walks the chains.
//!
//! On failure: an entry that cannot be written fails the change it tells of, so that there is no
//! deed without its entry; a chain that does not hold names the first entry that does not.

mod append;
pub(crate) mod model;
pub mod reads;
mod store;

pub use append::{append, append_all, last, latest, list};
pub use model::{Actor, Entry, Kind, NewEntry};

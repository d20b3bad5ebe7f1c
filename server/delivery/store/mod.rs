//! The only place of `delivery` that names its tables: notifications and their attempts,
//! addresses, replies, dead letters.
//!
//! Invariant: an outcome is written by id *and* fence, so that a sender whose lease was taken over
//! changes nothing. On failure: the database's error undoes the closure.

pub(super) mod addresses;
pub(super) mod attempts;
pub(super) mod dead_letters;
pub(super) mod inbound;
pub(super) mod key;
pub(super) mod leases;
pub(super) mod moments;
pub(super) mod outcomes;
pub(super) mod rows;
pub(super) mod senders;
pub(super) mod signs;
pub(super) mod withdraw;

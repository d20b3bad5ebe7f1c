//! The only place of `delivery` that names its tables.

pub(super) mod addresses;
pub(super) mod attempts;
pub(super) mod dead_letters;
pub(super) mod inbound;
pub(super) mod key;
pub(super) mod leases;
pub(super) mod outcomes;
pub(super) mod rows;
pub(super) mod senders;

//! The tables of sign-in codes, devices, sessions and signing keys.

mod codes;
mod devices;
mod sessions;
mod signing_keys;

pub(super) use codes::*;
pub(super) use devices::*;
pub(super) use sessions::*;
pub(super) use signing_keys::*;

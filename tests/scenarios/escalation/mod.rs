//! The 911 record as operators work it.

mod claims;
mod closing;
mod conflicts;
mod desk;
mod feed;
mod opening;
mod record;
mod scene;

//! One test binary: a build links once.

mod delivery;
mod harness;
mod write_path;

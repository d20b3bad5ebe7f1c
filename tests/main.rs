//! One test binary: a build links once.

mod harness;
mod jurisdiction;
mod places;
mod write_path;

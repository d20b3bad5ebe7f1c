//! One test binary: a build links once.

mod harness;
mod write_path;

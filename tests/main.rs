//! One test binary: a build links once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod architecture;
mod browser;
mod cli;
mod clients;
mod contract;
mod delivery;
mod faults;
mod harness;
mod identity;
mod jurisdiction;
mod killed;
mod operating;
mod places;
mod promises;
mod scenarios;
mod write_path;

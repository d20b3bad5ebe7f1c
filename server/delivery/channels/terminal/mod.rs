//! The demo's channel: what would have gone out is shown instead.
//!
//! What: [`client`] hands each message to a printer that the demo gives. Invariant: nothing leaves
//! the machine; `serve` never builds it. Path: as any channel: the worker hands a job over and
//! records the answer. On failure: there is nothing to fail; a printer that panics takes one send
//! with it, and the lease frees the row.

pub mod client;

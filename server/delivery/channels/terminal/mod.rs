//! The channel of the demo and of a rehearsal: what would have gone out is shown instead.
//!
//! What: [`client`] hands each message to a printer, and knows the one kind of message that is sent as
//! well; [`fictional`] are the demo's numbers. Invariant: nothing else leaves the machine, whatever is
//! configured; `serve` never builds it. Path: as any channel: the worker hands a job over and records
//! the answer. On failure: a printer that panics takes one send with it, and the lease frees the row.

pub mod client;
pub mod fictional;

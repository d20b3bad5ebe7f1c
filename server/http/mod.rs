//! What every route shares: how a request is read, limited and answered, and how a refusal is told.
//!
//! What: one table of error codes ([`Code`]), the problem on the wire ([`Problem`]), how a room's
//! error becomes one ([`ApiError`], [`Failure`]), strict and lenient bodies, the caller's address,
//! limits, server-sent events, health. Invariant: what a client sent is never repeated, neither in
//! an answer nor in a log; a path is logged as its pattern, since some paths carry a secret. No
//! malformed input becomes a 5xx. Path: request id and span → language → the room's extractor → its
//! handler → `Failure` → problem in the caller's language with the request id. On failure: whatever
//! goes wrong below answers with a problem; a press (`LenientBody`) is never turned away for its
//! body.

pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod codes;
pub mod envelope;
pub(crate) mod error;
pub(crate) mod head;
pub(crate) mod health;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod numbers;
mod objects_only;
pub mod openapi;
pub(crate) mod problem;
pub mod request_id;
pub(crate) mod salvage;
pub(crate) mod sse;
pub(crate) mod to_its_end;

pub use body::{Arrived, BodyLimits, LenientBody, StrictJson};
pub use client::{ClientAddress, TrustedProxies};
pub use codes::Code;
pub use error::{ApiError, Failure};
pub use limits::{Kind, Limited, Limits, LinkTry, few_misses};
pub use problem::{FieldFault, Problem, ProblemBody};
pub use salvage::Salvaged;
pub use sse::{Event, Sse, Stop, Stopping};
pub use to_its_end::HungUp;

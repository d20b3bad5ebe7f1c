//! Operators' routes and feed.
//!
//! What: the queue ([`feed`], [`stream`]), the steps of an operator ([`steps`]), an opened record
//! ([`detail`]) with its live place ([`live`]), the places before ([`trail`]) and on paper
//! ([`printed`]), who is there ([`shift`]), what supervisors and auditors read ([`audit`],
//! [`glass`]), what administrators decide ([`policies`], [`help_lines`], [`operators`]), training.
//!
//! Invariant: a route is thin: `escalation` decides who may, `alerts` asks the plan anew. What says
//! who she is comes out of one function, [`detail::opened`], which needs an `Opened`; so its audit
//! row is committed before a byte leaves. A stream reads the session with every look, so that
//! nothing leaves after a revocation.
//!
//! Path: a connection's first look sends all that stands; from then on a nudge reads the records it
//! names, and a look a second sees what other nodes did. The heartbeat says that this operator is
//! there.
//!
//! On failure: a stream that misses a nudge sees the change within a second; one that is cut
//! resumes by its mark and may get a version again that it has. A step whose answer was lost is
//! sent again: a claim by who has it is a success.

mod audit;
mod break_glass;
mod detail;
mod error;
mod feed;
mod feed_stream;
mod help_lines;
mod looks;
mod operators;
mod place_stream;
mod policies;
mod printed;
mod queue;
mod resume_mark;
pub mod routes;
mod shift;
mod steps;
mod trail;

pub use error::ConsoleError;
pub use feed::{Change, Feed};
pub use feed_stream::FeedStream;
pub use looks::Looks;

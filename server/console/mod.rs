//! Operators' routes and feed.
//!
//! What: the queue ([`queue`], [`feed`], [`feed_stream`] with its [`resume_mark`]), the steps of an
//! operator ([`steps`]), an opened record ([`detail`]) with its live place ([`place_stream`]), the
//! places before ([`trail`]) and on paper ([`printed`]), the shift ([`shift`]), what supervisors and
//! auditors read ([`audit`], [`break_glass`]), what administrators decide ([`policies`],
//! [`help_lines`], [`operators`]).
//!
//! Invariant: a route is thin: `escalation` decides who may, `alerts` asks the plan anew. Her name
//! and number come from one function, [`detail::opened`], which takes an `Opened`: so the line of the
//! read-audit is committed before a byte leaves. A stream reads the session with every look, so that
//! nothing leaves after a revocation.
//!
//! Path: a stream first sends every open record that its operator may see. From then on a nudge makes
//! it read the records that the nudge names, and a poll each second finds what other nodes changed.
//! While the stream is open it marks its operator as connected.
//!
//! On failure: a stream that misses a nudge sees the change within a second; one that is cut
//! resumes by its mark and may get a version again that it has. A step whose answer was lost is
//! sent again: a repeated claim by the record's own operator is a success.

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
mod restored;
mod resume_mark;
pub mod routes;
mod shift;
mod steps;
mod story;
mod trail;

pub use error::ConsoleError;
pub use feed::{Change, Feed};
pub use feed_stream::FeedStream;
pub use looks::Looks;

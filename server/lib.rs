//! Ampara, a self-hosted safety-alert server: she presses, the people she chose know within a
//! second, and a 911 operator sees a record to work on.
//!
//! A map, top to bottom; a room uses only rooms below it (`tests/architecture.rs` holds it to
//! that):
//!
//! ```text
//! web                        pages people see
//! console       readiness    operators' routes and feed · readiness, heartbeat, health, reminders
//! alerts                     press/ engine/ views/, answer, locate, close: the only room that orchestrates
//! plan                       pure: situation in, actions and the next due time out
//! escalation    network      the 911 record and its centres · people she chose
//! location      identity     fixes and track · people, devices, sessions, operators
//! delivery                   outbox/ channels/, addresses, receipts, inbound; knows no alert
//! timeline      municipality what happened to a subject and who read it · tenants and their help lines
//! wording                    what lock screens, SMS, calls and emails say, in Spanish and English
//! http                       problem+json, limits, request id, SSE, health
//! foundation                 database, bus, keys, clock and settings as one value
//! db  bus                    two engines and the write path · nudges, never the truth
//! seal                       keys and sealed columns
//! telemetry                  logs, and what is measured
//! clock  ids  words  language  config  watched
//! ```
//!
//! The path of an alert: `http` and `identity` say who is calling; `alerts::press` resolves her
//! network, finds the centre, asks `plan::next` and writes what it decides in one transaction;
//! `delivery` sends; `alerts::engine` asks the same plan again when time has passed; `console` lets
//! an operator claim, work and close the record. Files of one room import one another in no circle.

pub mod alerts;
pub mod app;
pub mod bus;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod db;
pub mod delivery;
pub mod escalation;
pub mod foundation;
pub mod http;
pub mod identity;
pub mod ids;
pub mod language;
pub mod location;
pub mod municipality;
pub mod network;
pub mod plan;
pub mod readiness;
pub mod seal;
pub(crate) mod telemetry;
pub mod timeline;
pub(crate) mod watched;
pub mod web;
pub mod wording;
pub(crate) mod words;

//! Ampara, a self-hosted safety-alert server. A woman presses a button on her phone; within a second
//! her contacts are notified (push, SMS, call, email) and a 911 operator sees a record to work on.
//! The server repeats and escalates until a contact or an operator answers, or she ends the alert.
//!
//! Each folder is a *room*: one part of the domain. The map, top to bottom; a room uses only rooms
//! below it (`tests/architecture.rs` checks this, and that files of one room import one another in
//! no circle). `main`, `cli` and `app` put the rooms together and may use all of them:
//!
//! ```text
//! web                        pages for contacts without the app: invitations, alerts
//! console       readiness    operators' routes and feed · would an alert work tonight, heartbeat
//! alerts                     press/ engine/ views/, answer, locate, close: the only room that orchestrates
//! plan                       pure: a situation in, actions and the next due time out
//! escalation    network      the 911 record and its centres · the contacts she chose
//! location      identity     fixes and track · people, devices, sessions, operators
//! delivery                   outbox/ channels/, addresses, receipts, inbound; knows no alert
//! timeline      municipality what happened to a subject and who read it · tenants and their help lines
//! wording       phone        the words of messages, and what replies mean, in Spanish and English · telephone numbers
//! http                       problem+json, limits, request id, SSE, health
//! foundation                 database, bus, keys, clock and settings as one value
//! db  bus                    two engines and the write path · nudges, never the truth
//! seal                       keys and sealed columns
//! telemetry                  logs, and what is measured
//! moments                    how far ahead of now a stored moment may be
//! clock  ids  words  bounds  language  config  watched
//! ```
//!
//! **The path of an alert.** `http` and `identity` establish the caller. `alerts::press` gathers the
//! situation (her contacts, the centre, the operators on shift), asks `plan::next` and writes the
//! alert, its 911 record and the messages in one transaction. After the commit `delivery` sends the
//! messages. `alerts::engine` asks the same plan again when time has passed or an outcome came in.
//! `console` lets an operator claim, work and close the record.
//!
//! **Where a change goes.** When a contact is notified: `plan`. What a message says: `wording`. How a
//! provider is spoken to: its folder in `delivery/channels`. What an operator sees: `escalation` (the
//! record) and `console` (routes and feed). A table: `db/schema` and both folders of `migrations`.
//! `docs/architecture.md` has the whole list, and `docs/glossary.md` the words.
//!
//! **Visibility.** The binary needs only [`cli`]. The tests and the bench drive the server's real
//! parts, so a module is `pub` where they name it and `pub(crate)` where they do not. The compiler
//! finds dead code in the second kind only; for the first, make the rooms here `pub(crate)` for one
//! `cargo check --lib` and read what it lists.

// Output goes through `cli::say`, which does not panic when its reader is gone.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod alerts;
pub mod app;
pub mod bounds;
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
pub mod moments;
pub mod municipality;
pub mod network;
pub mod phone;
pub mod plan;
pub mod readiness;
pub mod seal;
pub(crate) mod telemetry;
pub mod timeline;
pub(crate) mod watched;
pub mod web;
pub mod wording;
pub(crate) mod words;

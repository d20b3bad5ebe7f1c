//! What the tests stand on: strict fakes of the providers over real HTTP, and ways to start the
//! server.
//!
//! What: `fcm` (Google's token endpoint and FCM HTTP v1), `twilio` (SMS), `smtp` (a relay for
//! emails), `webhook` (a webhook's receiver), `app` (a whole server in the test's process, on a
//! manual clock), `server` (the real binary, to be killed), `settings` for both, `client` (HTTP to
//! either), `databases` and `postgres` (both engines, one cluster a run, a database a test), both in
//! memory where there is room (`scratch`), `proxy` (in front of PostgreSQL, to fail it), `seed` (people by the hundred). Invariant: a fake
//! takes only what the real provider would take, and a test that leaves a message unclaimed, or
//! made the server send something wrong, fails when the fake is dropped. Nothing here leaves the
//! loopback network. Path: a test starts a fake, gives its address to the server, lets the story
//! happen, and claims each message with `expects_push` or `expects_sms`. On failure: the panic
//! lists what was wrong and what no test claimed. A test that is already failing is left alone, so
//! that its own reason is the one that is read.

pub mod app;
pub mod client;
pub mod databases;
pub mod description;
pub mod fcm;
pub mod heartbeat;
pub mod holder;
pub mod ledger;
pub mod listener;
pub mod log;
pub mod people;
pub mod postgres;
pub mod proxy;
pub mod schemas;
pub mod scratch;
pub mod seed;
pub mod server;
pub mod settings;
pub mod smtp;
pub mod tier;
pub mod twilio;
pub mod webhook;

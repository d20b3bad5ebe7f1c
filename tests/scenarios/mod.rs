//! What people do, in sentences, on both engines.

mod alerting;
mod backups;
mod bad_input;
mod border;
mod broken_rows;
mod calls;
mod canaries;
mod closed_early;
mod desks;
mod escalation;
mod feeds;
mod heartbeat;
mod keepers;
mod ladder;
mod letters;
mod links;
mod main_job;
mod network;
mod policies;
mod pressing;
mod providers;
mod readiness;
mod replies;
mod tokens;
mod trail;
mod two_gateways;

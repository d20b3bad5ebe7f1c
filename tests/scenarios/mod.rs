//! What people do, in sentences, on both engines.

mod alerting;
mod backups;
mod bad_input;
mod border;
mod canaries;
mod closed_early;
mod desks;
mod escalation;
mod feeds;
mod heartbeat;
mod links;
mod main_job;
mod metrics;
mod network;
mod policies;
mod pressing;
mod printed;
mod providers;
mod readiness;
mod shift;
mod tokens;
mod trail;

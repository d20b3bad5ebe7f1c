//! What people do, in sentences, on both engines.

mod border;
mod desks;
mod escalation;
mod main_job;
mod network;
mod pressing;
mod providers;
mod tokens;

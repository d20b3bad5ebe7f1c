//! What people do, in sentences, on both engines.

mod alerting;
mod backups;
mod bad_input;
mod border;
mod canaries;
mod closed_early;
mod contacts_end;
mod desks;
mod drills;
mod escalation;
mod feeds;
mod heartbeat;
mod heartbeat_budget;
mod her_view;
mod links;
mod main_job;
mod network;
mod one_rule;
mod policies;
mod pressing;
mod providers;
mod readiness;
mod reminders;
mod tokens;
mod trail;
mod watching;

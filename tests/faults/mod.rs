//! Providers that fail, in each way there is: what becomes of the messages, and of those who were
//! to be told.
//!
//! What: `matrix` (each way of failing × each channel to contacts), `pagers` (× a supervisor's
//! webhook), `outage` (FCM dead for five hours), `ways` (the faults, and how each provider shows
//! them), `stage` (a town with people by the hundred, on the manual clock, and what they were told
//! by the database's own account). Invariant: every message ends in a state that can be seen, and
//! the next channel is tried in time.

mod matrix;
mod outage;
mod pagers;
mod stage;
mod ways;

//! Providers that fail, in each way there is: what becomes of the messages, and of those who were to be told.
//!
//! What: `matrix` (each way of failing × each channel), `outage` (FCM dead for five hours), `stage` (a town with people by
//! the hundred, on the manual clock, and what they were told by the database's own account).
//! Invariant: every message ends in a state that can be seen, and the next channel is tried in time.

mod matrix;
mod outage;
mod stage;

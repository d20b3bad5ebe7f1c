//! What holds for every route, and what the project tells others of them.

mod alarms;
mod bad_input;
mod error_codes;
mod fixtures;
mod openapi;
mod problems;
mod serving;
mod streams;
mod walk;
mod wording;

//! What holds for every route, and what the project tells others of them.

mod alarms;
mod bad_input;
mod bounds;
mod error_codes;
mod fixtures;
mod guide;
mod moments;
mod numbers;
mod openapi;
mod problems;
mod readme;
mod serving;
mod shapes;
mod spanish;
mod streams;
mod walk;
mod wording;

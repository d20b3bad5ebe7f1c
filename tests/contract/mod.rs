//! What holds for every route.

mod problems;
mod serving;

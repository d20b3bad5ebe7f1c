//! The write path's contract, each rule on both engines.

mod basics;

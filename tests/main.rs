//! One test binary: a build links once.

mod jurisdiction;

//! One test binary: a build links once.

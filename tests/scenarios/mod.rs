//! What people do, in sentences, on both engines.

mod escalation;

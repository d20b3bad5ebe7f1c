//! What a step of the plan needs, and what it leaves for after the commit.

use crate::delivery::{Enqueued, Lease};
use crate::escalation::records::Changed;
use crate::foundation::Foundation;
use crate::ids::AlertId;

/// What a step needs, moved into a write.
#[derive(Clone)]
pub struct StepContext {
    /// Keys, settings, clock.
    pub foundation: Foundation,
    /// With it, messages are born leased to this process.
    pub lease: Option<Lease>,
    /// Leaves the plan to the engine, which is to ask at once: for a change that must be kept
    /// though the plan fails.
    pub deferred: bool,
}

/// What a step did, for after the commit.
#[derive(Debug)]
pub struct Stepped {
    /// Whose step.
    pub alert: AlertId,
    /// Messages that are new.
    pub messages: Vec<Enqueued>,
    /// The record's last change in this step.
    pub record: Option<Changed>,
}

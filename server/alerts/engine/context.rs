//! What a step of the plan needs, and what it leaves for after the commit.

use crate::alerts::AlertError;
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
    /// How much is done.
    pub extent: Extent,
}

/// How much of a change is done, most first: where the code fails on one, the next is tried, which
/// reads less. So what cannot be read costs no more than what needs it, and a press is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// The change, and all that the plan says.
    Whole,
    /// The change, and what the plan says for her contacts. The shift, the supervisors, the officers
    /// whom she named, her places and the folios are not read; the plan stays due.
    ContactsAlone,
    /// The change. The engine is to ask the plan at once.
    Deferred,
    /// Of a press, what it promises: the alert, its record, and their first timeline entries.
    Bare,
}

impl Extent {
    /// What is tried where this one failed with `error`; `None`: it stands. A database that is busy
    /// or out of reach is not asked for each of them.
    #[must_use]
    pub fn instead(self, error: &AlertError) -> Option<Self> {
        if !error.is_ours() {
            return None;
        }
        match self {
            Self::Whole if !error.is_passing() => Some(Self::ContactsAlone),
            Self::Whole | Self::ContactsAlone => Some(Self::Deferred),
            Self::Deferred if !error.is_passing() => Some(Self::Bare),
            Self::Deferred | Self::Bare => None,
        }
    }

    /// Whether the plan is left to the engine.
    #[must_use]
    pub fn defers(self) -> bool {
        self >= Self::Deferred
    }

    /// Whether the officers whom she named, and the centres' version, are not read.
    #[must_use]
    pub fn unread_names(self) -> bool {
        matches!(self, Self::ContactsAlone | Self::Bare)
    }
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

//! Where the rules write down what they decide.

use std::time::Duration;

use crate::clock::At;
use crate::config::plan::PlanConfig;
use crate::delivery::model::Medium;
use crate::ids::ContactId;
use crate::plan::decision::{Action, Decision};

/// One asking: the moment, the numbers, and what has been decided so far.
pub(super) struct DecisionDraft<'a> {
    pub(super) now: At,
    pub(super) config: &'a PlanConfig,
    decision: Decision,
}

impl<'a> DecisionDraft<'a> {
    pub(super) fn new(now: At, config: &'a PlanConfig) -> Self {
        Self {
            now,
            config,
            decision: Decision::default(),
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        self.decision.actions.push(action);
    }

    /// Ask again then, however soon that is. A moment that has passed although nothing was to be
    /// done is looked at again in a second: the plan never asks for now, which would never end, and
    /// never forgets.
    pub(super) fn ask_at(&mut self, at: At) {
        let at = if at > self.now {
            at
        } else {
            self.now.plus(Duration::from_secs(1))
        };
        self.decision.next_due = Some(self.decision.next_due.map_or(at, |due| due.min(at)));
    }

    pub(super) fn ask_in(&mut self, seconds: u64) {
        self.ask_at(self.after(self.now, seconds));
    }

    /// So many seconds after a moment.
    pub(super) fn after(&self, at: At, seconds: u64) -> At {
        at.plus(Duration::from_secs(seconds))
    }

    /// A call to that contact has been decided.
    pub(super) fn calls(&self, to: ContactId) -> bool {
        let calls = |a: &Action| matches!(a, Action::Notify(n) if n.contact == to && n.channel.medium() == Medium::Call);
        self.decision.actions.iter().any(calls)
    }

    /// Nothing has been decided yet.
    pub(super) fn idle(&self) -> bool {
        self.decision.actions.is_empty()
    }

    pub(super) fn done(self) -> Decision {
        self.decision
    }
}

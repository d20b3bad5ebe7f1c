//! Sentences about the plan on fixed times, and laws that hold for any situation.

mod contacts;
mod ending;
mod laws;
mod ranges;
mod record;

use super::*;
use crate::clock::At;
use crate::delivery::model::{Channel, FailReason, NotificationState};
use crate::escalation::model::{Level, RecordState};
use crate::identity::model::{Hold, Policy};
use crate::ids::{AddressId, ContactId, OperatorId};
use crate::network::model::Answer;
use crate::plan::model::{AlertState, Cause, CloseKind, Step};
use std::time::Duration;

/// A night on paper: the press is at second 0, and what the plan decides is done at once.
pub(super) struct Night {
    pub(super) it: Situation,
    pub(super) config: PlanConfig,
    pub(super) due: Option<At>,
}

pub(super) fn second(s: u64) -> At {
    At::from_micros(1_700_000_000_000_000).plus(Duration::from_secs(s))
}

pub(super) fn seconds(at: At) -> u64 {
    at.since(second(0)).as_secs()
}

pub(super) fn alert(policy: Policy) -> Alert {
    Alert {
        state: AlertState::Open,
        closed: None,
        policy,
        if_nobody_reached: Hold::Call911,
        if_duress: Hold::Call911,
        drill: false,
        duress: false,
        raised_at: second(0),
        last_press_at: second(0),
        presses: 1,
        told_again_at: second(0),
        last_fix_at: None,
        fix_interval_s: 10,
        escalated_at: None,
        postponed_until: None,
        call_911: false,
        wrong_pins: 0,
        newer: None,
    }
}

pub(super) fn contact(channels: &[Channel]) -> Contact {
    Contact {
        id: ContactId::new(),
        removed: false,
        joined_at: None,
        knows_duress: false,
        drills: true,
        addresses: channels
            .iter()
            .map(|c| Address {
                id: AddressId::new(),
                channel: *c,
            })
            .collect(),
        texts_from: None,
        told: vec![],
        told_of_newer: false,
        answered: None,
    }
}

pub(super) fn supervisor() -> Supervisor {
    let address = Address {
        id: AddressId::new(),
        channel: Channel::Sms,
    };
    Supervisor {
        id: OperatorId::new(),
        once_widened: false,
        addresses: vec![address],
        told: vec![],
    }
}

impl Night {
    pub(super) fn new(policy: Policy, contacts: Vec<Contact>) -> Self {
        let state = if policy == Policy::NetworkOnly {
            RecordState::Withheld
        } else {
            RecordState::Waiting
        };
        let record = Record {
            state,
            queued_at: None,
            claimed_at: None,
            ever_claimed: false,
            last_step_at: None,
            closed_at: None,
            level: Level::QUIET,
            has_backup: true,
            widened: false,
        };
        let shift = Shift {
            operators: 1,
            supervisors: vec![supervisor()],
        };
        let it = Situation {
            now: second(0),
            alert: alert(policy),
            contacts,
            record: Some(record),
            shift,
        };
        Self {
            it,
            config: PlanConfig::default(),
            due: None,
        }
    }

    /// Asks at that second and does what is decided.
    pub(super) fn at(&mut self, s: u64) -> Vec<Action> {
        self.it.now = second(s);
        let decision = next(&self.it, &self.config);
        for action in &decision.actions {
            self.it.apply(action);
        }
        self.due = decision.next_due;
        decision.actions
    }

    /// Asks whenever the plan wants to be asked, up to that second; what was decided, and when.
    pub(super) fn until(&mut self, s: u64) -> Vec<(u64, Action)> {
        let mut timeline = vec![];
        while let Some(due) = self.due.filter(|due| *due <= second(s)) {
            let at = seconds(due);
            timeline.extend(self.at(at).into_iter().map(|action| (at, action)));
        }
        timeline
    }

    /// Everything sent so far to the `n`-th contact comes to this.
    pub(super) fn outcome(&mut self, n: usize, state: NotificationState) {
        for told in &mut self.it.contacts[n].told {
            if !told.state.settled() {
                told.state = state;
            }
        }
    }

    pub(super) fn answers(&mut self, n: usize, answer: Answer, s: u64) {
        self.it.contacts[n].answered = Some(Answered {
            answer,
            at: second(s),
        });
    }

    pub(super) fn presses_again(&mut self, s: u64) {
        self.it.alert.presses += 1;
        self.it.alert.last_press_at = second(s);
    }

    pub(super) fn closes(&mut self, kind: CloseKind, verified: bool) {
        self.it.alert.state = AlertState::Closed;
        self.it.alert.closed = Some(Closed {
            kind,
            verified,
            at: self.it.now,
        });
    }

    pub(super) fn record(&mut self) -> &mut Record {
        self.it.record.as_mut().unwrap()
    }

    pub(super) fn claims(&mut self, s: u64) {
        let record = self.record();
        record.state = RecordState::Claimed;
        record.claimed_at = Some(second(s));
        record.last_step_at = Some(second(s));
        record.ever_claimed = true;
        record.level = Level::QUIET;
    }
}

/// The steps told to one contact, with their channels.
pub(super) fn told(actions: &[Action], to: ContactId) -> Vec<(Step, Channel)> {
    let mine = |a: &Action| match a {
        Action::Notify(n) if n.contact == to => Some((n.step, n.channel)),
        _ => None,
    };
    actions.iter().filter_map(mine).collect()
}

/// The same of a story, with the seconds.
pub(super) fn timeline_of(timeline: &[(u64, Action)], to: ContactId) -> Vec<(u64, Step, Channel)> {
    let mine = |(s, a): &(u64, Action)| {
        told(std::slice::from_ref(a), to)
            .first()
            .map(|(r, c)| (*s, *r, *c))
    };
    timeline.iter().filter_map(mine).collect()
}

pub(super) fn queued(actions: &[Action]) -> Option<Cause> {
    actions.iter().find_map(|a| match a {
        Action::RecordTo {
            state: RecordState::Queued,
            because,
        } => Some(*because),
        _ => None,
    })
}

pub(super) fn alarmed(actions: &[Action]) -> Vec<Step> {
    let step = |a: &Action| {
        if let Action::AlarmSupervisor(a) = a {
            Some(a.step)
        } else {
            None
        }
    };
    actions.iter().filter_map(step).collect()
}

pub(super) fn level(actions: &[Action]) -> Option<i64> {
    actions.iter().find_map(|a| {
        if let Action::RecordLevel { level, .. } = a {
            Some(level.get())
        } else {
            None
        }
    })
}

pub(super) const DELIVERED: NotificationState = NotificationState::Delivered;
pub(super) const GONE: NotificationState = NotificationState::Failed(FailReason::Unregistered);

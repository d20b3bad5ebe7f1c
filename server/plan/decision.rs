//! What the plan answers, and what a situation is once that has been done.

use crate::clock::At;
use crate::delivery::model::{Channel, Medium, NotificationState};
use crate::escalation::model::{Level, RecordState};
use crate::ids::{AddressId, ContactId, OperatorId};
use crate::plan::model::{AlertState, Cause, CloseKind, Step};
use crate::plan::situation::{Closed, SentNotice, Situation};

/// What to do now, and when to ask again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// To be applied in this order, in one transaction.
    pub actions: Vec<Action>,
    /// When to ask again at the latest; `None` when nothing can fall due by itself any more.
    pub next_due: Option<At>,
}

impl Decision {
    /// What of it her contacts and she are told; the rest is decided anew at `again`.
    #[must_use]
    pub fn for_contacts(mut self, again: At) -> Self {
        self.actions.retain(|action| match action {
            Action::Notify(_)
            | Action::Postpone { .. }
            | Action::ToldAgain
            | Action::TellCall911 => true,
            Action::AlarmSupervisor(_)
            | Action::RecordTo { .. }
            | Action::RecordLevel { .. }
            | Action::SendToBackup
            | Action::Expire => false,
        });
        self.next_due = Some(again);
        self
    }

    /// Whether the record comes to the queue, for which it needs a folio.
    #[must_use]
    pub fn queues_record(&self) -> bool {
        self.actions.iter().any(|action| {
            matches!(
                action,
                Action::RecordTo {
                    state: RecordState::Queued,
                    ..
                }
            )
        })
    }
}

/// A thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Put a message to a contact in the outbox.
    Notify(Notice),
    /// Put an alarm to a supervisor in the outbox.
    AlarmSupervisor(Alarm),
    /// Move the record: to `queued` or `withdrawn`.
    RecordTo {
        /// Where to.
        state: RecordState,
        /// Why.
        because: Cause,
    },
    /// Make the record louder.
    RecordLevel {
        /// How loud; always more than before.
        level: Level,
        /// Why.
        because: Cause,
    },
    /// Show the record to the centre's backup as well.
    SendToBackup,
    /// An answer puts off 911, this once.
    Postpone {
        /// Until when.
        until: At,
    },
    /// Contacts have been told that she pressed again: note the time.
    ToldAgain,
    /// Set the bit `call_911`: she reads it, and contacts are told.
    TellCall911,
    /// Close the alert as expired: withdraw what is still queued, then go on with the actions after
    /// this one.
    Expire,
}

/// A message to a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// The recipient.
    pub contact: ContactId,
    /// Where to.
    pub address: AddressId,
    /// Over what.
    pub channel: Channel,
    /// Which step; it says the purpose too.
    pub step: Step,
    /// Which time of that step.
    pub repeat: i64,
    /// Never sent later than this.
    pub deadline: At,
}

/// An alarm to a supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// The recipient.
    pub operator: OperatorId,
    /// Where to.
    pub address: AddressId,
    /// Over what.
    pub channel: Channel,
    /// Which step.
    pub step: Step,
    /// Which time of that step.
    pub repeat: i64,
    /// Never sent later than this.
    pub deadline: At,
}

impl Situation {
    /// The situation once `action` has been done at this very moment. The plan uses it to decide
    /// what follows at once from what it has just decided, and a simulator to stand in for the
    /// database.
    pub fn apply(&mut self, action: &Action) {
        let now = self.now;
        let told = |address, channel, step, repeat| SentNotice {
            address,
            channel,
            step,
            repeat,
            state: NotificationState::Queued,
            may_have_left: false,
            created_at: now,
            trouble_at: None,
            seen_at: None,
        };
        match action {
            Action::Notify(n) => {
                let told = told(n.address, n.channel, n.step, n.repeat);
                for contact in self.contacts.iter_mut().filter(|c| c.id == n.contact) {
                    contact.told.push(told);
                    // The next text is due only after a while.
                    if contact.texts_from.is_some() && n.channel.medium() == Medium::Text {
                        contact.addresses.retain(|a| a.medium() != Medium::Text);
                    }
                }
            }
            Action::AlarmSupervisor(a) => {
                let told = told(a.address, a.channel, a.step, a.repeat);
                let supervisors = &mut self.shift.supervisors;
                for supervisor in supervisors.iter_mut().filter(|s| s.id == a.operator) {
                    supervisor.told.push(told);
                }
            }
            Action::RecordTo { state, .. } => {
                if let Some(record) = &mut self.record {
                    record.state = *state;
                    if *state == RecordState::Queued {
                        record.queued_at = Some(now);
                    }
                }
            }
            Action::RecordLevel { level, .. } => {
                if let Some(record) = &mut self.record {
                    record.level = *level;
                }
            }
            Action::SendToBackup => {
                if let Some(record) = &mut self.record {
                    record.widened = true;
                }
            }
            Action::Postpone { until } => self.alert.postponed_until = Some(*until),
            Action::ToldAgain => self.alert.told_again_at = now,
            Action::TellCall911 => self.alert.call_911 = true,
            Action::Expire => {
                self.alert.state = AlertState::Closed;
                self.alert.closed = Some(Closed {
                    kind: CloseKind::Expired,
                    verified: false,
                    at: now,
                });
            }
        }
    }
}

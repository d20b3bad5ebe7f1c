//! What the plan is asked about: all it knows, gathered by `alerts` in one transaction.

use crate::clock::At;
use crate::delivery::model::{Channel, FailureClass, Medium, NotificationState};
use crate::escalation::model::{Level, RecordState};
use crate::identity::model::{Hold, Policy};
use crate::ids::{AddressId, ContactId, OperatorId};
use crate::network::model::Answer;
use crate::plan::model::{AlertState, CloseKind, Step};

/// Everything the plan looks at, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// The moment it is asked about.
    pub now: At,
    /// The alert.
    pub alert: Alert,
    /// Her contacts: those at the press, and those who have joined since.
    pub contacts: Vec<Contact>,
    /// The record; every alert has one but a drill.
    pub record: Option<Record>,
    /// Who is there at 911.
    pub shift: Shift,
}

/// The alert as the plan sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Open or closed. One that duress has closed to all eyes stays open here, with `duress` set.
    pub state: AlertState,
    /// How it was closed.
    pub closed: Option<Closed>,
    /// When 911 is told.
    pub policy: Policy,
    /// With `network_only`: what happens when no contact is reached.
    pub if_nobody_reached: Hold,
    /// With `network_only`: what happens under duress.
    pub if_duress: Hold,
    /// A drill never reaches 911.
    pub drill: bool,
    /// A duress PIN was given: all but those she marked see a real cancel.
    pub duress: bool,
    /// The press that raised it; for a drill that became an alarm, the press that made it one.
    pub raised_at: At,
    /// The latest press.
    pub last_press_at: At,
    /// How many presses, 1 or more.
    pub presses: i64,
    /// When contacts were last told that she pressed; at first `raised_at`.
    pub told_again_at: At,
    /// When the latest place came in.
    pub last_fix_at: Option<At>,
    /// How often her phone was told to send places, in seconds.
    pub fix_interval_s: u64,
    /// When she asked for 911 herself.
    pub escalated_at: Option<At>,
    /// Until when an answer has put off 911; once set, there is no other.
    pub postponed_until: Option<At>,
    /// She and her contacts have been told to call 911 themselves. Never cleared while open.
    pub call_911: bool,
    /// Wrong PINs given so far.
    pub wrong_pins: u64,
    /// Of a closed one: what has become of the latest alert that she has raised since.
    pub newer: Option<Newer>,
}

/// An alert that she raised after another one had ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newer {
    /// When it ended; `None` while it is open.
    pub closed_at: Option<At>,
}

/// How an alert was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// In which way.
    pub kind: CloseKind,
    /// Whether her PIN proved that it was she. Without a PIN any holder of the phone can end it.
    pub verified: bool,
    /// When.
    pub at: At,
}

/// A person she chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub id: ContactId,
    /// Removed or left: gets nothing more.
    pub removed: bool,
    /// Accepted while the alert was open, at this moment; `None` for those at the press.
    pub joined_at: Option<At>,
    /// Sees the truth under duress, because she marked her or him so in advance.
    pub knows_duress: bool,
    /// Takes part in drills, by his or her own choice.
    pub drills: bool,
    /// Where messages can be sent now: live addresses only.
    pub addresses: Vec<Address>,
    /// She has raised many alarms within the hour: no text goes to this contact before that moment,
    /// and until then `addresses` has none for texts.
    pub texts_from: Option<At>,
    /// What has been sent about this alert.
    pub told: Vec<SentNotice>,
    /// Was told, or may have been, of an alert that she has raised since this one ended.
    pub told_of_newer: bool,
    /// The latest answer.
    pub answered: Option<Answered>,
}

/// A live address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Which.
    pub id: AddressId,
    /// What goes there.
    pub channel: Channel,
}

impl Address {
    /// The medium of its channel.
    #[must_use]
    pub const fn medium(&self) -> Medium {
        self.channel.medium()
    }
}

/// A notification that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentNotice {
    /// Where to.
    pub address: AddressId,
    /// Over what.
    pub channel: Channel,
    /// Which step of the plan.
    pub step: Step,
    /// Which time of that step.
    pub repeat: i64,
    /// Where it stands.
    pub state: NotificationState,
    /// A provider took it, or the outcome of an attempt is unknown.
    pub may_have_left: bool,
    /// When it was put in the outbox.
    pub created_at: At,
    /// When an attempt first failed in a way that may pass.
    pub trouble_at: Option<At>,
    /// When the recipient looked, or pressed a key.
    pub seen_at: Option<At>,
}

impl SentNotice {
    /// Whether its recipient may have got it.
    fn may_be_known(&self) -> bool {
        use NotificationState::{Delivered, Seen, Sending, Sent};
        self.may_have_left
            || self.seen_at.is_some()
            || matches!(self.state, Sending | Sent | Delivered | Seen)
    }

    /// Whether it was called back before it left.
    pub(super) fn withdrawn(&self) -> bool {
        let reason = self.state.reason();
        reason.is_some_and(|reason| reason.class() == FailureClass::Withdrawn)
    }
}

/// An answer and when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// What was said.
    pub answer: Answer,
    /// When.
    pub at: At,
}

/// The 911 record as the plan sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub state: RecordState,
    /// When it last came to the queue.
    pub queued_at: Option<At>,
    /// When its present holder claimed it.
    pub claimed_at: Option<At>,
    /// Whether it was ever claimed.
    pub ever_claimed: bool,
    /// The latest step of an operator.
    pub last_step_at: Option<At>,
    /// When an operator closed it.
    pub closed_at: Option<At>,
    /// How loud.
    pub level: Level,
    /// Its centre has a backup.
    pub has_backup: bool,
    /// The backup sees it already.
    pub widened: bool,
}

/// Who is there at 911.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shift {
    /// Operators who are connected and can act on this record.
    pub operators: u64,
    /// Supervisors of the centre, and of its backup, who may be alarmed.
    pub supervisors: Vec<Supervisor>,
}

/// A supervisor who has channels of her or his own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supervisor {
    /// Who.
    pub id: OperatorId,
    /// Of the backup: may be alarmed only once that sees the record.
    pub once_widened: bool,
    /// Live addresses.
    pub addresses: Vec<Address>,
    /// What has been sent about this record.
    pub told: Vec<SentNotice>,
}

impl Situation {
    /// The supervisors who may be alarmed now.
    pub(super) fn supervisors(&self) -> impl Iterator<Item = &Supervisor> {
        let widened = self.record.as_ref().is_some_and(|r| r.widened);
        let all = self.shift.supervisors.iter();
        all.filter(move |s| widened || !s.once_widened)
    }
}

impl Answered {
    /// When it stops counting; `cannot_help` never counts.
    #[must_use]
    pub fn counts_until(&self, decay: std::time::Duration) -> Option<At> {
        self.answer.counts().then(|| self.at.plus(decay))
    }
}

impl Alert {
    /// Whether it is open to this contact's eyes.
    #[must_use]
    pub fn open_to(&self, contact: &Contact) -> bool {
        self.state == AlertState::Open && (!self.duress || contact.knows_duress)
    }

    /// Whether she ended it herself, beyond doubt: by her PIN, not under duress, not after many
    /// wrong ones.
    #[must_use]
    pub fn ended_by_her(&self, wrong_pins: u64) -> bool {
        let by_pin = self
            .closed
            .is_some_and(|c| c.verified && c.kind != CloseKind::Expired);
        self.state == AlertState::Closed && by_pin && !self.duress && self.wrong_pins < wrong_pins
    }
}

impl Contact {
    /// The addresses at whose end a person is.
    pub(super) fn ways(&self) -> impl Iterator<Item = &Address> {
        self.addresses
            .iter()
            .filter(|a| a.medium().reaches_people())
    }

    /// What was sent for one time of one step.
    pub(super) fn told_of(&self, step: Step, repeat: i64) -> impl Iterator<Item = &SentNotice> {
        self.told
            .iter()
            .filter(move |t| t.step == step && t.repeat == repeat)
    }

    /// When this contact was first told of the alarm.
    pub(super) fn first_told_at(&self) -> Option<At> {
        self.told
            .iter()
            .filter(|t| t.step.first_alarm())
            .map(|t| t.created_at)
            .min()
    }

    /// Whether this contact was told that she needs help, or may have been. An answer shows it, however
    /// the news came.
    pub(super) fn may_know(&self) -> bool {
        let mut alarms = self.told.iter().filter(|t| t.step.is_alarm());
        self.answered.is_some() || alarms.any(SentNotice::may_be_known)
    }

    /// Whether a phone has confirmed, or the contact has answered.
    #[must_use]
    pub fn reached(&self) -> bool {
        self.answered.is_some() || self.told.iter().any(|t| t.state.reached())
    }

    /// Whether there is no way left: nothing on its way, and no live address that has not been
    /// tried in vain.
    #[must_use]
    pub fn out_of_ways(&self) -> bool {
        let alarms = || self.told.iter().filter(|t| t.step.first_alarm());
        !self.reached()
            && self.texts_from.is_none()
            && alarms().all(|t| t.state.lost())
            && self.ways().all(|a| alarms().any(|t| t.address == a.id))
    }
}

//! The words the plan and the rooms above it share. Pure.

use crate::delivery::model::Medium;
use crate::words;

words! {
    /// Whether an alert is open. Operators close records, never alerts.
    pub enum AlertState, unknown Open {
        /// Open: places are taken, contacts are told.
        Open = "open",
        /// Closed, in one of the ways of [`CloseKind`].
        Closed = "closed",
    }
}

words! {
    /// How an alert was closed. In an unknown way: its record stays, and no contact reads that it is
    /// over.
    pub enum CloseKind, unknown Expired {
        /// She called it off.
        Cancelled = "cancelled",
        /// She says it is over.
        Resolved = "resolved",
        /// A day passed without a press or a place. Never told as "it is over".
        Expired = "expired",
    }
}

words! {
    /// What a notification is about.
    pub enum Purpose {
        /// She pressed.
        Alarm = "alarm",
        /// She pressed again.
        PressedAgain = "pressed_again",
        /// No operator has taken it: call 911.
        Call911 = "call_911",
        /// The alert expired: no news since.
        NoNews = "no_news",
        /// She ended it.
        Over = "over",
        /// A drill, and marked as one.
        Drill = "drill",
        /// For a supervisor: a record needs an operator.
        Supervisor = "supervisor",
        /// A contact's reply was not understood: how to answer.
        Asked = "asked",
    }
}

words! {
    /// A step of the plan: the `step` of a notification. With address and `repeat` it names a
    /// message once and for all.
    pub enum Step {
        /// The alarm, to the app.
        Push = "push",
        /// The alarm, as text.
        Text = "text",
        /// The alarm, as a call.
        Call = "call",
        /// The alarm, as an email.
        Email = "mail",
        /// The alarm once more, unanswered.
        Repeat = "repeat",
        /// She pressed again.
        PressedAgain = "pressed_again",
        /// No operator has taken it.
        Call911 = "call_911",
        /// The alert expired.
        NoNews = "no_news",
        /// She ended it.
        Over = "over",
        /// A drill.
        Drill = "drill",
        /// A contact's reply was not understood: how to answer. Not decided by the plan.
        HowToAnswer = "how_to_answer",
        /// A contact was told of several open alerts: which one a reply is about. Not decided by
        /// the plan.
        WhichAlert = "which_alert",
        /// Supervisors: a record came and no operator was connected.
        EmptyShift = "empty_shift",
        /// Supervisors: no operator has claimed it.
        Unclaimed = "unclaimed",
        /// Supervisors: it was claimed and nothing followed.
        Idle = "idle",
    }
}

impl Step {
    /// The column. These numbers are in databases: never give one another meaning.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Push => 0,
            Self::Text => 1,
            Self::Call => 2,
            Self::Email => 3,
            Self::Repeat => 4,
            Self::PressedAgain => 5,
            Self::Call911 => 6,
            Self::NoNews => 7,
            Self::Over => 8,
            Self::Drill => 9,
            Self::HowToAnswer => 10,
            Self::WhichAlert => 11,
            Self::EmptyShift => 20,
            Self::Unclaimed => 21,
            Self::Idle => 22,
        }
    }

    /// The step of that number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|step| step.number() == number)
    }

    /// The alarm's first step over that medium.
    #[must_use]
    pub const fn of(medium: Medium) -> Self {
        match medium {
            Medium::Push => Self::Push,
            Medium::Text => Self::Text,
            Medium::Call => Self::Call,
            // No contact is told over a hook.
            Medium::Email | Medium::Webhook => Self::Email,
        }
    }

    /// What a notification of this step is about.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Push | Self::Text | Self::Call | Self::Email | Self::Repeat => Purpose::Alarm,
            Self::PressedAgain => Purpose::PressedAgain,
            Self::Call911 => Purpose::Call911,
            Self::NoNews => Purpose::NoNews,
            Self::Over => Purpose::Over,
            Self::Drill => Purpose::Drill,
            Self::HowToAnswer | Self::WhichAlert => Purpose::Asked,
            Self::EmptyShift | Self::Unclaimed | Self::Idle => Purpose::Supervisor,
        }
    }

    /// The steps by which a contact learns that she needs help.
    pub const ALARMS: [Self; 7] = [
        Self::Push,
        Self::Text,
        Self::Call,
        Self::Email,
        Self::Repeat,
        Self::PressedAgain,
        Self::Call911,
    ];

    /// Whether a contact learns by it that she needs help.
    #[must_use]
    pub fn is_alarm(self) -> bool {
        Self::ALARMS.contains(&self)
    }

    /// Whether this is a first step of the alarm, before any repeat.
    #[must_use]
    pub const fn first_alarm(self) -> bool {
        matches!(self, Self::Push | Self::Text | Self::Call | Self::Email)
    }
}

words! {
    /// Why the plan moved a record or made it louder: what the timeline says.
    pub enum Cause {
        /// Her policy is `now`.
        Policy = "policy",
        /// No contact answered in time.
        Unanswered = "unanswered",
        /// No contact is left who could answer.
        NobodyToTell = "nobody_to_tell",
        /// The one postponement is over.
        PostponementOver = "postponement_over",
        /// No contact's phone confirmed.
        NobodyReached = "nobody_reached",
        /// A duress PIN.
        Duress = "duress",
        /// She asked for 911 herself.
        Escalated = "escalated",
        /// She pressed again.
        PressedAgain = "pressed_again",
        /// She ended the alert by her PIN before a claim.
        ClosedByHer = "closed_by_her",
        /// No operator has claimed it.
        Unclaimed = "unclaimed",
        /// Claimed, and nothing followed.
        Idle = "idle",
        /// Her phone sends no places any more.
        PhoneSilent = "phone_silent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_its_own_number() {
        for step in Step::ALL {
            assert_eq!(Step::from_number(step.number()), Some(*step));
        }
    }
}

//! What a contact can be, and what a contact can answer. Pure.

use crate::words;

words! {
    /// The state of a contact. In an unknown one the contact sees nothing of hers.
    pub enum ContactState, unknown Removed {
        /// Asked, and not yet answered.
        Invited = "invited",
        /// Said yes: is told when she presses.
        Active = "active",
        /// Said no.
        Declined = "declined",
        /// She took the contact off her list.
        Removed = "removed",
        /// The contact left by her or his own will.
        Left = "left",
        /// The invitation ran out unanswered.
        Expired = "expired",
    }
}

words! {
    /// What can happen to a contact.
    pub enum ContactEvent {
        /// Says yes on the invitation's page or in the app.
        Accept = "accept",
        /// Says no.
        Decline = "decline",
        /// She takes the contact off her list.
        Remove = "remove",
        /// The contact leaves or blocks her.
        Leave = "leave",
        /// The invitation's time is over.
        RunOut = "run_out",
    }
}

impl ContactState {
    /// Whether this contact is told when she presses.
    #[must_use]
    pub const fn told(self) -> bool {
        matches!(self, Self::Active)
    }

    /// Whether it is over for good: asking again makes a new contact.
    #[must_use]
    pub const fn ended(self) -> bool {
        matches!(
            self,
            Self::Declined | Self::Removed | Self::Left | Self::Expired
        )
    }

    /// The state after `event`, or `None` if it means nothing here.
    #[must_use]
    pub const fn after(self, event: ContactEvent) -> Option<Self> {
        match (self, event) {
            (Self::Invited, ContactEvent::Accept) => Some(Self::Active),
            (Self::Invited, ContactEvent::Decline) => Some(Self::Declined),
            (Self::Invited, ContactEvent::RunOut) => Some(Self::Expired),
            // One whose invitation ran out is still on her list.
            (Self::Invited | Self::Active | Self::Expired, ContactEvent::Remove) => {
                Some(Self::Removed)
            }
            (Self::Invited | Self::Active, ContactEvent::Leave) => Some(Self::Left),
            _ => None,
        }
    }
}

words! {
    /// What a contact says to an alert. Whatever it is, the others and 911 are still told. An unknown
    /// answer counts as none.
    pub enum Answer, unknown CannotHelp {
        /// Is going to her.
        OnMyWay = "on_my_way",
        /// Is with her. An answer, never a sign that she is safe.
        WithHer = "with_her",
        /// Cannot help: counts as no answer.
        CannotHelp = "cannot_help",
    }
}

impl Answer {
    /// Whether the contact is doing something: `cannot_help` counts as no answer.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::CannotHelp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_who_has_ended_stays_ended() {
        for state in ContactState::ALL.iter().filter(|s| s.ended()) {
            for event in ContactEvent::ALL {
                let after = state.after(*event);
                assert!(
                    after.is_none_or(ContactState::ended),
                    "{state} after {event}"
                );
            }
        }
    }

    #[test]
    fn only_one_who_said_yes_is_told() {
        assert_eq!(ContactState::ALL.iter().filter(|s| s.told()).count(), 1);
        assert_eq!(
            ContactState::Invited.after(ContactEvent::Accept),
            Some(ContactState::Active)
        );
        assert!(!Answer::CannotHelp.counts());
    }
}

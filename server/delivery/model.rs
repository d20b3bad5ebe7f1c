//! What a notification can be, and over what it goes. Pure.

use crate::words;

words! {
    /// What a message goes over. Each has a folder in `delivery` with the same files.
    pub enum Channel {
        /// A push to the app by FCM HTTP v1.
        Fcm = "fcm",
        /// A text message.
        Sms = "sms",
        /// A line on the terminal: the demo only.
        Terminal = "terminal",
        /// A call that reads the words out and takes key presses.
        Voice = "voice",
        /// An email, for those who chose it.
        Email = "email",
        /// A signed request to a machine: the pager of who works at 911.
        Webhook = "webhook",
    }
}

words! {
    /// How a channel reaches a person. The plan climbs from one medium to the next, so that a
    /// provider that is down is not asked twice under two names.
    pub enum Medium {
        /// To the app on a phone.
        Push = "push",
        /// To the number, as text.
        Text = "text",
        /// To the number, as a ringing phone.
        Call = "call",
        /// To a mailbox.
        Email = "mail",
        /// To a machine: never a way to reach a contact.
        Webhook = "hook",
    }
}

impl Channel {
    /// The medium of this channel.
    #[must_use]
    pub const fn medium(self) -> Medium {
        match self {
            Self::Fcm | Self::Terminal => Medium::Push,
            Self::Sms => Medium::Text,
            Self::Voice => Medium::Call,
            Self::Email => Medium::Email,
            Self::Webhook => Medium::Webhook,
        }
    }
}

impl Medium {
    /// Whether a person is at its end: what only a machine takes is no way to reach a contact.
    #[must_use]
    pub const fn reaches_people(self) -> bool {
        !matches!(self, Self::Webhook)
    }
}

words! {
    /// Why a notification failed for good, or (while it is still queued) why the last attempt did. An
    /// unknown reason is one after which the next channel follows at once.
    pub enum FailReason, unknown Unreadable {
        /// The provider no longer knows this token or number: the address is retired.
        Unregistered = "unregistered",
        /// The provider says the token or number is malformed: the address is retired.
        BadAddress = "bad_address",
        /// The provider refused what we built: our bug, which raises an alarm.
        BadRequest = "bad_request",
        /// The token belongs to another sender's project: the address is disabled until it
        /// registers again.
        SenderMismatch = "sender_mismatch",
        /// The provider does not accept our credentials.
        NotAuthorised = "not_authorised",
        /// Nothing is configured to send over this channel.
        NotConfigured = "not_configured",
        /// The address was retired or disabled before the message left.
        AddressRetired = "address_retired",
        /// The number said STOP.
        OptedOut = "opted_out",
        /// The carrier took the message and then said that it could not deliver it.
        Undelivered = "undelivered",
        /// The carrier refused the message.
        Rejected = "rejected",
        /// The call was picked up, and no key was pressed: a person may have heard it, or a
        /// mailbox.
        NoKeyPressed = "no_key_pressed",
        /// The line was busy, or the call was declined.
        Busy = "busy",
        /// It rang without an answer.
        NoAnswer = "no_answer",
        /// The call could not be put through.
        CallFailed = "call_failed",
        /// The gateway cancelled the call before it was picked up.
        CallCancelled = "call_cancelled",
        /// We are over a quota or a rate.
        Quota = "quota",
        /// The provider says it is unavailable, or its breaker is open.
        Unavailable = "unavailable",
        /// The provider failed inside, or gave an answer that cannot be read.
        Internal = "internal",
        /// No answer in time, or the connection broke: it may have arrived.
        TimedOut = "timed_out",
        /// The stored address or words do not open with this server's keys: ops get an alarm.
        Unreadable = "unreadable",
        /// The code failed on this message three times: set aside so that it holds nothing up.
        DeadLetter = "dead_letter",
        /// She closed the alert before the message left.
        AlertClosed = "alert_closed",
        /// The drill that it told of became an alarm before the message left.
        BecameReal = "became_real",
        /// She removed the contact, or the contact left, before the message left.
        ContactRemoved = "contact_removed",
        /// She pressed again before the news of the end left.
        PressedAgain = "pressed_again",
        /// It was queued before the database was restored from a backup.
        Restored = "restored",
    }
}

words! {
    /// How a failure bears on what comes next.
    pub enum FailureClass {
        /// Trying again the same way cannot help: next channel at once.
        Hard = "hard",
        /// It may pass: try again, and in five seconds over the next channel too.
        Soft = "soft",
        /// The message is not wanted any more: nothing follows.
        Withdrawn = "withdrawn",
    }
}

impl FailReason {
    /// How this failure bears on what comes next.
    #[must_use]
    pub const fn class(self) -> FailureClass {
        match self {
            Self::Quota | Self::Unavailable | Self::Internal | Self::TimedOut => FailureClass::Soft,
            Self::AlertClosed | Self::BecameReal | Self::ContactRemoved | Self::PressedAgain => {
                FailureClass::Withdrawn
            }
            Self::Unregistered
            | Self::BadAddress
            | Self::BadRequest
            | Self::SenderMismatch
            | Self::NotAuthorised
            | Self::NotConfigured
            | Self::AddressRetired
            | Self::OptedOut
            | Self::Undelivered
            | Self::Rejected
            | Self::NoKeyPressed
            | Self::Busy
            | Self::NoAnswer
            | Self::CallFailed
            | Self::CallCancelled
            | Self::Unreadable
            | Self::DeadLetter
            | Self::Restored => FailureClass::Hard,
        }
    }

    /// Whether trying again the same way cannot help.
    #[must_use]
    pub const fn hard(self) -> bool {
        matches!(self.class(), FailureClass::Hard)
    }

    /// Whether it may pass by itself.
    #[must_use]
    pub const fn soft(self) -> bool {
        matches!(self.class(), FailureClass::Soft)
    }

    /// Whether the message was called back, so that its failure says nothing about the address.
    #[must_use]
    pub const fn withdrawn(self) -> bool {
        matches!(self.class(), FailureClass::Withdrawn)
    }
}

words! {
    /// The column `state`. An unknown state reads as failed: the next channel follows, and the
    /// contact does not count as reached.
    pub enum StateWord, unknown Failed {
        /// [`NotificationState::Queued`].
        Queued = "queued",
        /// [`NotificationState::Sending`].
        Sending = "sending",
        /// [`NotificationState::Sent`].
        Sent = "sent",
        /// [`NotificationState::Delivered`].
        Delivered = "delivered",
        /// [`NotificationState::Seen`].
        Seen = "seen",
        /// [`NotificationState::Expired`].
        Expired = "expired",
        /// [`NotificationState::Failed`].
        Failed = "failed",
    }
}

/// Where a notification stands. Two columns: `state` and, for a failure, `reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationState {
    /// Waiting to be sent, for the first time or again.
    Queued,
    /// A node holds a lease and may be talking to the provider.
    Sending,
    /// The provider has taken it.
    Sent,
    /// The phone has it.
    Delivered,
    /// A person looked at it.
    Seen,
    /// Its deadline passed without a receipt.
    Expired,
    /// It failed for good.
    Failed(FailReason),
}

/// What can happen to a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationEvent {
    /// A node leased it to send it.
    Leased,
    /// The lease died, or the attempt failed in a way that may pass: it waits for the next attempt.
    ToTryAgain,
    /// The provider took it.
    Accepted,
    /// A receipt says that the phone has it.
    Delivered,
    /// A receipt says that a person looked.
    Seen,
    /// Its deadline passed.
    DeadlinePassed,
    /// It failed for good, or was called back.
    Failed(FailReason),
}

impl NotificationState {
    /// The `state` column.
    #[must_use]
    pub const fn word(self) -> StateWord {
        match self {
            Self::Queued => StateWord::Queued,
            Self::Sending => StateWord::Sending,
            Self::Sent => StateWord::Sent,
            Self::Delivered => StateWord::Delivered,
            Self::Seen => StateWord::Seen,
            Self::Expired => StateWord::Expired,
            Self::Failed(_) => StateWord::Failed,
        }
    }

    /// The word in the `state` column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.word().as_str()
    }

    /// The `reason` column of a failure.
    #[must_use]
    pub const fn reason(self) -> Option<FailReason> {
        match self {
            Self::Failed(reason) => Some(reason),
            _ => None,
        }
    }

    /// Of both columns together. The reason counts only with `failed`, which without one is a
    /// failure after which the next channel follows.
    #[must_use]
    pub fn of(state: StateWord, reason: Option<FailReason>) -> Self {
        match state {
            StateWord::Queued => Self::Queued,
            StateWord::Sending => Self::Sending,
            StateWord::Sent => Self::Sent,
            StateWord::Delivered => Self::Delivered,
            StateWord::Seen => Self::Seen,
            StateWord::Expired => Self::Expired,
            StateWord::Failed => Self::Failed(reason.unwrap_or(FailReason::Unreadable)),
        }
    }

    /// Whether the contact has it: the only thing that "reached" ever means.
    #[must_use]
    pub const fn reached(self) -> bool {
        matches!(self, Self::Delivered | Self::Seen)
    }

    /// Whether nothing more will be sent. Only a receipt can still better it: a message given up on
    /// after a time-out may have arrived, and what the phone says is the truth.
    #[must_use]
    pub const fn settled(self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Seen | Self::Expired | Self::Failed(_)
        )
    }

    /// Whether this came to nothing.
    #[must_use]
    pub const fn lost(self) -> bool {
        matches!(self, Self::Expired | Self::Failed(_))
    }

    /// The state after `event`, or `None` if the event means nothing here (a late or doubled one:
    /// drop it).
    #[must_use]
    pub const fn after(self, event: NotificationEvent) -> Option<Self> {
        use NotificationEvent as E;
        match (self, event) {
            (Self::Queued, E::Leased) => Some(Self::Sending),
            (Self::Sending, E::ToTryAgain) => Some(Self::Queued),
            (Self::Sending, E::Accepted) => Some(Self::Sent),
            // A receipt may overtake the provider's answer, or come after a time-out had us give
            // up.
            (
                Self::Queued | Self::Sending | Self::Sent | Self::Expired | Self::Failed(_),
                E::Delivered,
            ) => Some(Self::Delivered),
            (
                Self::Queued
                | Self::Sending
                | Self::Sent
                | Self::Delivered
                | Self::Expired
                | Self::Failed(_),
                E::Seen,
            ) => Some(Self::Seen),
            (Self::Queued | Self::Sending | Self::Sent, E::DeadlinePassed) => Some(Self::Expired),
            (Self::Queued | Self::Sending | Self::Sent, E::Failed(reason)) => {
                Some(Self::Failed(reason))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;

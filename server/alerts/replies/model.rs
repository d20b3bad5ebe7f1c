//! What a reply is about, and what comes of it.

use crate::alerts::answer::RecordedAnswer;
use crate::ids::{AlertId, ContactId};

/// What is answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// The alert.
    pub alert: AlertId,
    /// Who answers.
    pub contact: ContactId,
    /// What the contact was told last was of a drill.
    pub to_drill: bool,
}

/// What came of one row, for after the commit.
pub(super) enum Taken {
    /// Nothing to follow up.
    Noted,
    /// An answer to an alert.
    Answered(RecordedAnswer),
    /// A text goes back to the contact.
    AsksBack,
}

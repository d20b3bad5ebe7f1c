//! What a text message may mean.

use crate::words;

words! {
    /// What a text message says to us.
    pub enum Meaning, unknown Question {
        /// The contact goes to her.
        OnMyWay = "on_my_way",
        /// The contact is with her.
        WithHer = "with_her",
        /// The contact cannot help.
        CannotHelp = "cannot_help",
        /// No more messages from this sender.
        Stop = "stop",
        /// Messages again, after a stop.
        Start = "start",
        /// Something else: not understood, or a question of the contact's own.
        Question = "question",
        /// Written by a phone, not by a person: an automatic reply, a reaction to our text.
        Machine = "machine",
    }
}

/// A text message as it was read. Nothing else of the text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// What it says.
    pub meaning: Meaning,
    /// Which of several alarms it answers, where the contact was asked for a letter: `1B` is 1.
    pub choice: Option<u8>,
    /// It is one of the words with which carriers let messages through again (START, YES, UNSTOP),
    /// or says the same: it ends a stop, where there is one.
    pub revives: bool,
}

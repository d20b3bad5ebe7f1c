//! What could be read of a body, and what could not.

use serde_json::Value;

/// A part that was not there whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where, as `fixes[3].lat`; empty for the body itself.
    pub path: String,
    /// `encoding`, `syntax`, `duplicate-key`, `cut-off`, `too-deep`, `unreadable`, `trailing-data`
    /// or `bad-json`.
    pub code: &'static str,
}

/// What was read of a body.
#[derive(Clone, Debug, Default)]
pub struct Salvaged {
    /// All that came whole.
    pub value: Value,
    /// What did not.
    pub flaws: Vec<Flaw>,
    /// A text that the end of the body cut short, with its path: her words are worth having even
    /// so.
    pub cut_text: Option<(String, String)>,
}

impl Salvaged {
    /// Whether the body ended inside the part at `path`.
    #[must_use]
    pub fn is_cut(&self, path: &str) -> bool {
        self.flaws
            .iter()
            .any(|flaw| flaw.code == "cut-off" && is_within(&flaw.path, path))
    }

    /// Whether the body ended before its time, wherever.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.flaws.iter().any(|flaw| flaw.code == "cut-off")
    }

    /// Whether that part has this flaw.
    #[must_use]
    pub fn has(&self, path: &str, code: &str) -> bool {
        self.flaws
            .iter()
            .any(|flaw| flaw.path == path && flaw.code == code)
    }
}

/// Whether a flaw's path is that part or one inside it.
#[must_use]
pub fn is_within(flaw: &str, part: &str) -> bool {
    flaw.strip_prefix(part)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

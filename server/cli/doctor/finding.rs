//! What `doctor` found: one line each.

use serde::Serialize;

use crate::cli::terminal::{told, told_where_it_is};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// What was looked at: a word that does not change between releases.
    pub(super) check: &'static str,
    pub(super) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
    /// What would not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tonight: Option<String>,
}

/// The places of a text.
pub(super) type Places<'p> = &'p [(&'static str, &'p str)];

impl Finding {
    /// The text `key` says what was found; its `remedy` what to do, and its `tonight` what would not
    /// work.
    fn of(level: Level, check: &'static str, key: &str, places: Places<'_>) -> Self {
        Self {
            level,
            check,
            found: told(key, places),
            remedy: told_where_it_is(&format!("{key}.remedy"), places),
            tonight: told_where_it_is(&format!("{key}.tonight"), places),
        }
    }

    pub(super) fn ok(check: &'static str, key: &str, places: Places<'_>) -> Self {
        Self::of(Level::Ok, check, key, places)
    }

    pub(super) fn warn(check: &'static str, key: &str, places: Places<'_>) -> Self {
        Self::of(Level::Warn, check, key, places)
    }

    pub(super) fn fail(check: &'static str, key: &str, places: Places<'_>) -> Self {
        Self::of(Level::Fail, check, key, places)
    }
}

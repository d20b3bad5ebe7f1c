//! The weeks by which alerts' keys are wrapped.

use std::fmt;

use chrono::Datelike;

use crate::clock::At;

/// An ISO 8601 week, such as `2026-W48`: alerts of a week share the key that wraps theirs. Later
/// ones sort later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(String);

impl Epoch {
    /// The week of a moment, UTC.
    #[must_use]
    pub fn of(at: At) -> Self {
        let week = at.utc().iso_week();
        Self(format!("{:04}-W{:02}", week.year(), week.week()))
    }

    /// Reads `2026-W48`; `None` for anything else, so that a row cannot name a file outside the key
    /// directory.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, week) = text.split_once("-W")?;
        let digits = |t: &str, n| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        let week_no = week.parse::<u32>().ok()?;
        (digits(year, 4) && digits(week, 2) && (1..=53).contains(&week_no))
            .then(|| Self(text.to_owned()))
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

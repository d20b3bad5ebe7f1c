//! The embedded file as the manual: the range that stands behind a number there is the range that
//! is held.

use super::{Config, ConfigError, DEFAULTS};

/// A number's key (`section.key`) and what it may be, both ends included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Range<'m> {
    pub(super) key: String,
    pub(super) from: i64,
    pub(super) to: i64,
    /// The range as the manual has it.
    pub(super) text: &'m str,
}

/// The lines of a TOML text with the section they stand in.
fn lines(text: &str) -> impl Iterator<Item = (String, &str)> {
    let mut section = String::new();
    text.lines().map(move |line| {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_matches(['[', ']']).to_owned();
        }
        (section.clone(), line)
    })
}

/// The ranges of a manual: `key = 5  # 1 to 60`.
pub(super) fn ranges(manual: &str) -> impl Iterator<Item = Range<'_>> {
    lines(manual).filter_map(|(section, line)| {
        let (key, rest) = line.split_once(" = ")?;
        let (_, text) = rest.split_once("  # ")?;
        let (from, to) = text.split_once(" to ")?;
        Some(Range {
            key: format!("{section}.{key}"),
            from: from.parse().ok()?,
            to: to.parse().ok()?,
            text,
        })
    })
}

/// Refuses the first number that is out of the range its manual gives.
pub(super) fn ranges_hold(config: &Config) -> Result<(), ConfigError> {
    let values =
        toml::Value::try_from(config).map_err(|e| ConfigError::Unreadable(e.to_string()))?;
    for range in ranges(DEFAULTS) {
        let value = range
            .key
            .split('.')
            .try_fold(&values, |table, part| table.get(part))
            .and_then(toml::Value::as_integer);
        if let Some(value) = value
            && !(range.from..=range.to).contains(&value)
        {
            return Err(ConfigError::refuse(
                &range.key,
                format!("is {value}; it may be {}", range.text),
            ));
        }
    }
    Ok(())
}

/// Settings as TOML; behind each that differs from `preset`, a mark.
pub(super) fn marked(settings: &str, preset: &str) -> String {
    let known: std::collections::HashSet<(String, &str)> = lines(preset).collect();
    let mut text = String::new();
    for (section, line) in lines(settings) {
        text.push_str(line);
        if line.contains(" = ") && !known.contains(&(section, line)) {
            text.push_str("  # not the preset");
        }
        text.push('\n');
    }
    text
}

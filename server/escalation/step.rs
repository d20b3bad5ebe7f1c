//! What every step of an operator has in common: the row is taken, the step checked, the version
//! moved on, the timeline appended, all in the caller's transaction.

use serde_json::Value;

use super::changed::Changed;
use super::error::EscalationError;
use super::sight;
use super::store::{self, RecordRow};
use super::viewer::Viewer;
use crate::bounds;
use crate::clock::At;
use crate::db::Conn;
use crate::ids::{AlertId, RecordId};
use crate::seal::Keyring;
use crate::timeline::{self, Actor, Kind, NewEntry};

/// Words an operator wrote, as long as [`bounds::OPERATOR_NOTE`] says. Prints nothing.
#[derive(Clone)]
pub struct Words(String);

impl Words {
    /// Takes what was written; `None` if it is empty, too long or has control characters other than
    /// line breaks.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let printable = !text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t');
        (printable && bounds::OPERATOR_NOTE.contains(&text.chars().count()))
            .then(|| Self(text.to_owned()))
    }

    pub(super) fn sealed_for(
        &self,
        keys: &Keyring,
        table: &str,
        column: &str,
        row: &[u8],
    ) -> Vec<u8> {
        keys.seal_text(table, column, row, &self.0)
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Words(…)")
    }
}

/// Takes the record's row, if the viewer may see it.
pub(super) fn taken(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
) -> Result<RecordRow, EscalationError> {
    let row = store::lock(conn, record)?.ok_or(EscalationError::NotFound)?;
    if sight::sees(conn, viewer, &row)? {
        Ok(row)
    } else {
        Err(EscalationError::NotFound)
    }
}

/// Takes the record's row, if the viewer has claimed it.
pub(super) fn held(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
) -> Result<RecordRow, EscalationError> {
    let row = taken(conn, viewer, record)?;
    if row.state.is_over() {
        return Err(EscalationError::Over);
    }
    if row.state.is_worked() && row.claimed_by == Some(viewer.operator) {
        Ok(row)
    } else {
        Err(EscalationError::NotClaimer)
    }
}

/// Takes the record's row, if the viewer has claimed it or supervises its centre.
pub(super) fn held_or_supervised(
    conn: &mut Conn,
    viewer: &Viewer,
    record: RecordId,
) -> Result<RecordRow, EscalationError> {
    let row = taken(conn, viewer, record)?;
    if row.state.is_over() {
        return Err(EscalationError::Over);
    }
    let has_it = row.state.is_worked() && row.claimed_by == Some(viewer.operator);
    if has_it || viewer.supervises() {
        Ok(row)
    } else {
        Err(EscalationError::NotClaimer)
    }
}

/// What a step adds to the timeline.
pub(super) struct TimelineNote<'a> {
    pub kind: Kind,
    pub detail: Value,
    pub note: Option<(&'a Keyring, &'a Words)>,
}

impl TimelineNote<'_> {
    pub fn plainly(kind: Kind) -> Self {
        Self {
            kind,
            detail: Value::Null,
            note: None,
        }
    }
}

/// Writes the row back and appends to the timeline.
pub(super) fn written(
    conn: &mut Conn,
    viewer: &Viewer,
    row: &mut RecordRow,
    told: TimelineNote<'_>,
    now: At,
) -> Result<Changed, EscalationError> {
    store::save(conn, row, now)?;
    let mut entry = NewEntry::new(row.alert, now, told.kind, Actor::Operator(viewer.operator))
        .with(told.detail);
    if let Some((keys, words)) = told.note {
        entry = entry.noting(seal_note(keys, row.alert, words));
    }
    timeline::append(conn, &entry)?;
    Ok(Changed::of(row))
}

fn seal_note(keys: &Keyring, alert: AlertId, words: &Words) -> Vec<u8> {
    words.sealed_for(keys, "timeline", "sealed_note", alert.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_neither_empty_nor_a_novel_and_prints_nothing() {
        assert!(Words::parse("  \n ").is_none());
        assert!(Words::parse(&"ñ".repeat(*bounds::OPERATOR_NOTE.end())).is_some());
        assert!(Words::parse(&"ñ".repeat(bounds::OPERATOR_NOTE.end() + 1)).is_none());
        assert!(Words::parse("with a \u{7} bell").is_none());
        assert_eq!(
            format!("{:?}", Words::parse("she is safe").unwrap()),
            "Words(…)"
        );
    }
}

//! Officers to whom her records do not exist.

use serde::{Deserialize, Serialize};

use super::store::{self, ConflictRow};
use crate::bounds::{self, Count};
use crate::clock::At;
use crate::db::Conn;
use crate::http::Code;
use crate::identity::{IdentityError, operators};
use crate::ids::{EntryId, OperatorId, PersonId};
use crate::seal::{self, Keyring, SealError};

/// An officer as she knows him; at least a name or a badge.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Full name, 1 to 100 letters; order, case and accents do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Juan Pérez López")]
    pub name: Option<String>,
    /// Badge or employee number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "DS-4471")]
    pub badge: Option<String>,
    /// Corporation, as `DSPM`; without it a badge counts for every corporation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "DSPM")]
    pub corporation: Option<String>,
}

impl std::fmt::Debug for Officer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Officer(…)")
    }
}

/// Replaces the officers she named. The caller has checked the step-up.
///
/// # Errors
/// [`IdentityError::Field`] where there are more than 20, or one has neither name nor badge; what
/// the database says.
pub fn set_conflicts(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
    officers: &[Officer],
    now: At,
) -> Result<(), IdentityError> {
    if !bounds::OFFICERS.contains(&officers.len()) {
        return Err(IdentityError::Field("officers", Code::OUT_OF_RANGE));
    }
    let rows = officers
        .iter()
        .map(|officer| row(keys, person, officer, now))
        .collect::<Result<Vec<_>, _>>()?;
    store::take(conn, person)?;
    Ok(store::replace_conflicts(conn, person, &rows)?)
}

fn row(
    keys: &Keyring,
    person: PersonId,
    officer: &Officer,
    now: At,
) -> Result<ConflictRow, IdentityError> {
    let too_long = |text: &Option<String>, bounds: &Count| {
        text.as_ref()
            .is_some_and(|text| text.chars().count() > *bounds.end())
    };
    if too_long(&officer.name, &bounds::FULL_NAME)
        || too_long(&officer.badge, &bounds::BADGE)
        || too_long(&officer.corporation, &bounds::BADGE)
    {
        return Err(IdentityError::Field("officers", Code::BAD_VALUE));
    }
    let name_lookup = officer
        .name
        .as_deref()
        .and_then(|name| name_lookup(keys, name));
    let badge_lookup = officer
        .badge
        .as_deref()
        .and_then(|badge| badge_lookup(keys, badge));
    if name_lookup.is_none() && badge_lookup.is_none() {
        return Err(IdentityError::Field("officers", Code::MISSING_FIELD));
    }
    let id = EntryId::new();
    let text = serde_json::to_string(officer)
        .map_err(|_| IdentityError::Broken("an officer could not be written"))?;
    Ok(ConflictRow {
        id,
        person,
        sealed: keys.seal_text("conflicts", "sealed", id.bytes(), &text),
        name_lookup,
        badge_lookup,
        corporation: officer.corporation.as_deref().and_then(corporation_as_kept),
        created_at: now,
    })
}

/// The officers she named: "do not send" for the dispatcher, and for herself. Of one that does not
/// open stands the corporation alone, or nothing: that there is one more is to be seen.
///
/// # Errors
/// What the database says.
pub fn conflicts_of(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
) -> Result<Vec<Officer>, IdentityError> {
    let read = |row: ConflictRow| {
        let opened = keys.open_text("conflicts", "sealed", row.id.bytes(), &row.sealed);
        let officer =
            opened.and_then(|text| serde_json::from_str(&text).map_err(|_| SealError::Tampered));
        seal::or_none("an officer she named", row.id, officer).unwrap_or(Officer {
            name: None,
            badge: None,
            corporation: row.corporation,
        })
    };
    let rows = store::conflicts_of(conn, person)?;
    Ok(rows.into_iter().map(read).collect())
}

/// The people whose records do not exist for this operator.
///
/// # Errors
/// [`IdentityError::NotFound`] where there is no such operator; what the database says.
pub fn excluded_people(
    conn: &mut Conn,
    operator: OperatorId,
) -> Result<Vec<PersonId>, IdentityError> {
    let known = operators::known_by(conn, operator)?.ok_or(IdentityError::NotFound)?;
    let badge = known.badge_lookup.as_deref();
    Ok(store::who_named(
        conn,
        &known.name_lookup,
        badge,
        known.corporation.as_deref(),
    )?)
}

/// The operators for whom this person's records do not exist.
///
/// # Errors
/// What the database says.
pub fn operators_named_by(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Vec<OperatorId>, IdentityError> {
    let mut named = Vec::new();
    for row in store::conflicts_of(conn, person)? {
        let (name, badge) = (row.name_lookup.as_deref(), row.badge_lookup.as_deref());
        named.extend(operators::known_as(
            conn,
            name,
            badge,
            row.corporation.as_deref(),
        )?);
    }
    named.sort_unstable();
    named.dedup();
    Ok(named)
}

/// What a name is matched by: its words without accents, in any order. `None` for a name without
/// letters.
pub(in crate::identity) fn name_lookup(keys: &Keyring, name: &str) -> Option<Vec<u8>> {
    let plain = plain(name);
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    words.sort_unstable();
    (!words.is_empty()).then(|| keys.lookup("officer-name", &words.join(" ")))
}

/// What a badge is matched by: its letters and digits, without leading zeros.
pub(in crate::identity) fn badge_lookup(keys: &Keyring, badge: &str) -> Option<Vec<u8>> {
    let signs: String = plain(badge).split_whitespace().collect();
    let signs = signs.trim_start_matches('0');
    (!signs.is_empty()).then(|| keys.lookup("officer-badge", signs))
}

/// A corporation as it is kept and compared; `None` for an empty one.
pub(in crate::identity) fn corporation_as_kept(corporation: &str) -> Option<String> {
    let kept = plain(corporation)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_uppercase();
    (!kept.is_empty()).then_some(kept)
}

/// Lower case, without the accents of Spanish; whatever is neither letter nor digit is a space.
fn plain(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(|c| match c {
            'á' | 'à' | 'ä' | 'â' => 'a',
            'é' | 'è' | 'ë' | 'ê' => 'e',
            'í' | 'ì' | 'ï' | 'î' => 'i',
            'ó' | 'ò' | 'ö' | 'ô' => 'o',
            'ú' | 'ù' | 'ü' | 'û' => 'u',
            'ñ' => 'n',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_by_its_words_and_not_by_how_it_is_typed() {
        let words = |name: &str| {
            let plain = plain(name);
            let mut words: Vec<String> = plain.split_whitespace().map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        assert_eq!(words("Juan Pérez López"), words("LOPEZ  perez, juan"));
        assert_eq!(words("Nun\u{303}ez"), words("Núñez"));
        assert_ne!(words("Juan Pérez"), words("Juan Pérez López"));
    }

    #[test]
    fn a_corporation_is_kept_as_it_is_compared() {
        assert_eq!(corporation_as_kept(" dspm. "), Some("DSPM".to_owned()));
        assert_eq!(corporation_as_kept(" - "), None);
    }
}

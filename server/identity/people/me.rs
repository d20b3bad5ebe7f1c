//! What she sees and changes of herself.

use serde::{Deserialize, Serialize};

use super::at_press::{open_name, open_phone};
use super::store::{self, PersonChange, PersonRow};
use crate::bounds;
use crate::clock::At;
use crate::db::Conn;
use crate::http::Code;
use crate::identity::IdentityError;
use crate::identity::model::{Hold, Policy};
use crate::ids::{MunicipalityId, PersonId};
use crate::language::Language;
use crate::seal::Keyring;

/// Herself, as `GET /v1/me` answers. It does not say whether an alert is open: one may be hidden
/// from who looks.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    /// Her id.
    pub person: PersonId,
    /// The name she gave; operators see it after a claim.
    pub name: Option<String>,
    /// Her number, E.164.
    #[schema(example = "+526145550101")]
    pub phone: String,
    /// Her language.
    pub language: Language,
    /// Whose person she is.
    pub municipality: MunicipalityId,
    /// When 911 is told.
    pub policy: Policy,
    /// With `network_only`: what happens when no contact can be reached.
    pub if_nobody_reached: Hold,
    /// With `network_only`: what happens under duress.
    pub if_duress: Hold,
    /// Whether a PIN is set.
    pub has_pin: bool,
    /// She is reminded to rehearse, at most once a month.
    pub reminders: bool,
    /// The privacy notice she accepted.
    pub notice_version: String,
}

/// What she changes; what is left out stays.
#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeChange {
    /// 1 to 100 letters.
    #[schema(example = "Ana López")]
    pub name: Option<String>,
    /// In what language to speak to her.
    pub language: Option<Language>,
    /// When 911 is told; can only rise while an alert is open.
    pub policy: Option<Policy>,
    /// With `network_only`: what happens when no contact can be reached.
    pub if_nobody_reached: Option<Hold>,
    /// With `network_only`: what happens under duress.
    pub if_duress: Option<Hold>,
    /// Whether to remind her to rehearse.
    pub reminders: Option<bool>,
}

impl MeChange {
    /// Whether it touches what a new device may not.
    #[must_use]
    pub fn touches_policy(&self) -> bool {
        self.policy.is_some() || self.if_nobody_reached.is_some() || self.if_duress.is_some()
    }

    /// The name without blanks around it.
    fn name(&self) -> Result<Option<&str>, IdentityError> {
        let Some(name) = self.name.as_deref().map(str::trim) else {
            return Ok(None);
        };
        if !bounds::is_line(name, &bounds::FULL_NAME) {
            return Err(IdentityError::Field("name", Code::BAD_VALUE));
        }
        Ok(Some(name))
    }
}

/// Reads her.
///
/// # Errors
/// [`IdentityError::Unauthorized`] where she is gone; what the database says.
pub fn me(conn: &mut Conn, keys: &Keyring, person: PersonId) -> Result<Me, IdentityError> {
    let row = store::by_id(conn, person)?.ok_or(IdentityError::Unauthorized)?;
    Ok(shown(keys, row))
}

/// Changes her and reads her again, in one transaction. Reminders that she wants again begin at
/// `reminder`.
///
/// # Errors
/// [`IdentityError::AlertOpen`] where the policy would fall while an alert is open;
/// [`IdentityError::Field`]; as [`me`].
pub fn change_me(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
    change: &MeChange,
    reminder: At,
) -> Result<Me, IdentityError> {
    let name = change.name()?;
    store::take(conn, person)?;
    let row = store::by_id(conn, person)?.ok_or(IdentityError::Unauthorized)?;
    if row.open_alerts > 0 && falls(&row, change) {
        return Err(IdentityError::AlertOpen);
    }
    let new = PersonChange {
        sealed_name: name.map(|name| keys.seal_text("people", "sealed_name", person.bytes(), name)),
        language: change.language.map(Language::tag),
        policy: change.policy,
        if_nobody_reached: change.if_nobody_reached,
        if_duress: change.if_duress,
        reminder_due_at: match change.reminders {
            Some(true) if row.reminder_due_at.is_none() => Some(Some(reminder)),
            Some(false) => Some(None),
            _ => None,
        },
    };
    store::change(conn, person, &new)?;
    me(conn, keys, person)
}

/// Whether 911 would hear later or less than before.
fn falls(row: &PersonRow, change: &MeChange) -> bool {
    let held = |old: Hold, new: Option<Hold>| new == Some(Hold::Hold) && old != Hold::Hold;
    change
        .policy
        .is_some_and(|new| loudness(new) < loudness(row.policy))
        || held(row.if_nobody_reached, change.if_nobody_reached)
        || held(row.if_duress, change.if_duress)
}

const fn loudness(policy: Policy) -> u8 {
    match policy {
        Policy::NetworkOnly => 0,
        Policy::IfUnanswered => 1,
        Policy::Now => 2,
    }
}

fn shown(keys: &Keyring, row: PersonRow) -> Me {
    Me {
        person: row.id,
        name: open_name(keys, &row),
        phone: open_phone(keys, &row),
        language: Language::of_tag(&row.language),
        municipality: row.municipality,
        policy: row.policy,
        if_nobody_reached: row.if_nobody_reached,
        if_duress: row.if_duress,
        has_pin: row.pin_hash.is_some(),
        reminders: row.reminder_due_at.is_some(),
        notice_version: row.notice_version,
    }
}

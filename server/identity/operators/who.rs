//! Who the operators are, for rooms above.

use serde::Serialize;

use super::store::{self, OperatorRow};
use crate::clock::At;
use crate::db::Conn;
use crate::identity::IdentityError;
use crate::identity::model::Role;
use crate::ids::{CentreId, MunicipalityId, OperatorId};
use crate::language::Language;
use crate::seal::{self, Keyring};

/// An operator as colleagues see one.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct OperatorCard {
    /// Id.
    pub operator: OperatorId,
    /// Name to sign in with.
    pub sign_in_name: String,
    /// Full name; empty where it does not open.
    pub name: String,
    /// Role; a word that this binary does not know is left out.
    pub role: Option<Role>,
    /// Centre.
    pub centre: Option<CentreId>,
    /// Corporation.
    pub corporation: Option<String>,
    /// Gets the records of people who named an officer.
    pub unlisted: bool,
    /// When the account was disabled.
    pub disabled_at: Option<At>,
}

impl std::fmt::Debug for OperatorCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OperatorCard({})", self.operator)
    }
}

fn card(keys: &Keyring, row: OperatorRow) -> OperatorCard {
    let name = keys.open_text("operators", "sealed_name", row.id.bytes(), &row.sealed_name);
    OperatorCard {
        name: seal::or_none("an operator's name", row.id, name)
            .map(|name| name.to_string())
            .unwrap_or_default(),
        operator: row.id,
        sign_in_name: row.sign_in_name,
        role: Role::parse(&row.role),
        centre: row.centre,
        corporation: row.corporation,
        unlisted: row.unlisted,
        disabled_at: row.disabled_at,
    }
}

/// An operator by id.
///
/// # Errors
/// [`IdentityError::NotFound`]; what the database says.
pub fn operator_card(
    conn: &mut Conn,
    keys: &Keyring,
    operator: OperatorId,
) -> Result<OperatorCard, IdentityError> {
    let row = store::by_id(conn, operator)?.ok_or(IdentityError::NotFound)?;
    Ok(card(keys, row))
}

/// What an operator may do; `None` for a word that this binary does not know.
///
/// # Errors
/// [`IdentityError::NotFound`]; what the database says.
pub fn role_of(conn: &mut Conn, operator: OperatorId) -> Result<Option<Role>, IdentityError> {
    Ok(Role::parse(
        &store::by_id(conn, operator)?
            .ok_or(IdentityError::NotFound)?
            .role,
    ))
}

/// A page of a municipality's operators, oldest first, at most `limit` from after `after`.
///
/// # Errors
/// What the database says.
pub fn list(
    conn: &mut Conn,
    keys: &Keyring,
    municipality: MunicipalityId,
    after: Option<OperatorId>,
    limit: i64,
) -> Result<Vec<OperatorCard>, IdentityError> {
    let rows = store::of_municipality(conn, municipality, after, limit)?;
    Ok(rows.into_iter().map(|row| card(keys, row)).collect())
}

/// A supervisor to be alarmed over her or his own phone.
#[derive(Debug, Clone)]
pub struct SupervisorToAlarm {
    /// Who; the phone is a delivery address of this owner.
    pub operator: OperatorId,
    /// In what language.
    pub language: Language,
    /// Gets the records of people who named an officer.
    pub unlisted: bool,
}

/// The supervisors of a centre who are not disabled.
///
/// # Errors
/// What the database says.
pub fn supervisors_to_alarm(
    conn: &mut Conn,
    centre: CentreId,
) -> Result<Vec<SupervisorToAlarm>, IdentityError> {
    let rows = store::of_centre(conn, centre)?.into_iter();
    Ok(rows
        .filter(|row| Role::parse(&row.role) == Some(Role::Supervisor))
        .map(|row| SupervisorToAlarm {
            operator: row.id,
            language: Language::of_tag(&row.language),
            unlisted: row.unlisted,
        })
        .collect())
}

/// What an operator is recognised by in a conflict.
pub(in crate::identity) struct KnownBy {
    pub name_lookup: Vec<u8>,
    pub badge_lookup: Option<Vec<u8>>,
    pub corporation: Option<String>,
}

pub(in crate::identity) fn known_by(
    conn: &mut Conn,
    operator: OperatorId,
) -> Result<Option<KnownBy>, IdentityError> {
    let known = |row: OperatorRow| KnownBy {
        name_lookup: row.name_lookup,
        badge_lookup: row.badge_lookup,
        corporation: row.corporation,
    };
    Ok(store::by_id(conn, operator)?.map(known))
}

/// The operators that a conflict means: that name, or that badge with that corporation (or where
/// either is unsaid).
pub(in crate::identity) fn known_as(
    conn: &mut Conn,
    name: Option<&[u8]>,
    badge: Option<&[u8]>,
    corporation: Option<&str>,
) -> Result<Vec<OperatorId>, IdentityError> {
    let means = |row: &OperatorRow| {
        let by_name = name == Some(row.name_lookup.as_slice());
        let same_corps = corporation.is_none()
            || row.corporation.is_none()
            || row.corporation.as_deref() == corporation;
        by_name || (badge.is_some() && row.badge_lookup.as_deref() == badge && same_corps)
    };
    Ok(store::known_as(conn, name, badge)?
        .into_iter()
        .filter(means)
        .map(|row| row.id)
        .collect())
}

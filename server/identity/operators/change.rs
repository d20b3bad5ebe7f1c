//! An operator who moves to another centre, gets another role, name or phone.

use super::store;
use crate::db::{Conn, WritePriority};
use crate::delivery::addresses::{self, OwnerKind};
use crate::delivery::model::Channel;
use crate::foundation::Foundation;
use crate::http::Code;
use crate::identity::model::Role;
use crate::identity::{IdentityError, people};
use crate::ids::{CentreId, MunicipalityId, OperatorId};
use crate::phone::Phone;

/// What is to become different; `None` leaves it as it is.
#[derive(Clone, Default)]
pub struct OperatorChange {
    /// The full name, by which a conflict is recognised.
    pub name: Option<String>,
    /// What the operator may do.
    pub role: Option<Role>,
    /// At which centre of the same municipality.
    pub centre: Option<CentreId>,
    /// Own phone for alarms; `Some(None)`: no longer.
    pub phone: Option<Option<Phone>>,
}

/// Changes an operator. Another role or centre ends the sessions, so that no screen goes on with the
/// rights it had; another phone takes the place of the one before in the same transaction.
///
/// # Errors
/// [`IdentityError::NotFound`] where that municipality has no such operator;
/// [`IdentityError::Field`] for a bad name, or a role that needs a
/// centre and would have none.
pub async fn change(
    foundation: &Foundation,
    operator: OperatorId,
    municipality: MunicipalityId,
    change: OperatorChange,
) -> Result<(), IdentityError> {
    let (keys, now) = (foundation.keys.clone(), foundation.clock.now());
    let write = move |conn: &mut Conn| {
        let mut row = store::by_id(conn, operator)?
            .filter(|row| row.municipality == municipality)
            .ok_or(IdentityError::NotFound)?;
        let seal = |column, text: &str| keys.seal_text("operators", column, operator.bytes(), text);
        let before = (row.role.clone(), row.centre);
        if let Some(name) = &change.name {
            let bad = IdentityError::Field("name", Code::BAD_VALUE);
            if name.chars().count() > 100 {
                return Err(bad);
            }
            row.name_lookup = people::name_lookup(&keys, name).ok_or(bad)?;
            row.sealed_name = seal("sealed_name", name.trim());
        }
        if let Some(role) = change.role {
            role.as_str().clone_into(&mut row.role);
        }
        row.centre = change.centre.or(row.centre);
        if row.centre.is_none() && Role::parse(&row.role).is_none_or(Role::works_records) {
            return Err(IdentityError::Field("centre", Code::MISSING_FIELD));
        }
        if let Some(phone) = &change.phone {
            let phone = phone.as_ref().map(Phone::as_str);
            row.sealed_phone = phone.map(|e164| seal("sealed_phone", e164));
            addresses::retire_channel(conn, operator.into(), Channel::Sms, "replaced", now)?;
            // One who was disabled gets no alarms, on whatever phone.
            if let (Some(e164), None) = (phone, row.disabled_at) {
                addresses::put_phone(conn, &keys, OwnerKind::Operator, operator.into(), e164, now)?;
            }
        }
        store::change(conn, &row)?;
        if (row.role, row.centre) != before {
            store::revoke_all(conn, operator, now)?;
        }
        Ok(())
    };
    foundation.db.write(WritePriority::Background, write).await
}

//! What an opened record shows of its alert. The caller has the right to it and has written the
//! audit row.

use super::reach::{ContactView, concerned, contact_views};
use crate::alerts::AlertError;
use crate::alerts::engine::situation;
use crate::alerts::locate::key_of;
use crate::alerts::model::{AlertState, CloseKind};
use crate::alerts::store;
use crate::clock::At;
use crate::db::Conn;
use crate::foundation::Foundation;
use crate::identity::model::Policy;
use crate::ids::AlertId;
use crate::network::{self, NamedContact};
use crate::seal::{self, AlertKey};

/// An alert, as the operator who opened its record works with it.
pub struct OfAlert {
    /// Opens her places; `None` once her week's key was destroyed.
    pub key: Option<AlertKey>,
    /// Open or closed.
    pub state: AlertState,
    /// How it was closed.
    pub close_kind: Option<CloseKind>,
    /// Whether a PIN proved that it was she.
    pub close_verified: bool,
    /// When.
    pub closed_at: Option<At>,
    /// The phone's own time of it, as it claimed.
    pub phone_at: Option<At>,
    /// How often she pressed.
    pub presses: i64,
    /// Wrong PINs so far.
    pub wrong_pins: i64,
    /// Her policy.
    pub policy: Policy,
    /// Her words.
    pub note: Option<String>,
    /// Her contacts with names and numbers, and how far each was told.
    pub contacts: Vec<(NamedContact, ContactView)>,
}

/// What opens her places alone; `None` once her week's key was destroyed.
///
/// # Errors
/// `NotFound`, or the database.
pub fn key_for_operator(
    conn: &mut Conn,
    foundation: &Foundation,
    alert: AlertId,
) -> Result<Option<AlertKey>, AlertError> {
    let row = store::by_id(conn, alert)?.ok_or(AlertError::NotFound)?;
    Ok(key_of(foundation, &row))
}

/// Reads it.
///
/// # Errors
/// `NotFound`, or the database.
pub fn for_operator(
    conn: &mut Conn,
    foundation: &Foundation,
    alert: AlertId,
    now: At,
) -> Result<OfAlert, AlertError> {
    let row = store::by_id(conn, alert)?.ok_or(AlertError::NotFound)?;
    let key = key_of(foundation, &row);
    let note = key
        .as_ref()
        .zip(row.sealed_note.as_ref())
        .and_then(|(key, sealed)| {
            let opened = key.open("alerts", "sealed_note", row.id.bytes(), sealed);
            seal::or_none("a note", row.id, opened)
        });
    let note = note.map(|plain| String::from_utf8_lossy(&plain).into_owned());
    let (facts, _) = situation::told(conn, &row, now)?;
    let ids = concerned(&row, &facts);
    let answers = store::answers_of(conn, row.id)?;
    let views = contact_views(&ids, &facts, &answers);
    let named = network::names(conn, &foundation.keys, row.person, &ids)?;
    let contacts = views
        .into_iter()
        .filter_map(|view| Some((named.iter().find(|n| n.id == view.contact)?.clone(), view)))
        .collect();
    Ok(OfAlert {
        key,
        state: row.state,
        close_kind: row.close_kind,
        close_verified: row.close_verified,
        closed_at: row.closed_at,
        phone_at: row.phone_at,
        presses: row.presses,
        wrong_pins: row.wrong_pins,
        policy: row.policy,
        note,
        contacts,
    })
}

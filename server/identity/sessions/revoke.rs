//! A session ends, or a new device is confirmed.

use super::{Caller, store};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::addresses;
use crate::identity::{IdentityError, people};
use crate::ids::SessionId;

/// Ends a session and its device: its other sessions, its push token, and its alert token but for
/// an alert that it has open. One's own may always be ended, another only from a trusted device.
///
/// # Errors
/// [`IdentityError::NotFound`] for what is not the caller's live session;
/// [`IdentityError::DeviceTooNew`].
pub fn revoke(
    conn: &mut Conn,
    caller: &Caller,
    session: SessionId,
    now: At,
) -> Result<(), IdentityError> {
    people::take_person(conn, caller.person)?;
    let target =
        store::standing(conn, session)?.filter(|t| t.person == caller.person && t.is_live());
    let target = target.ok_or(IdentityError::NotFound)?;
    if target.device != caller.device {
        caller.must_be_trusted(now)?;
    }
    store::revoke_sessions_of_device(conn, target.device, now)?;
    store::revoke_device(conn, target.device, now)?;
    addresses::retire_device(conn, target.device, "revoked", now)?;
    Ok(())
}

/// Trusts a new device at once. Only an older, trusted device of the same person may say so.
///
/// # Errors
/// [`IdentityError::NotFound`] for what is not the caller's live session;
/// [`IdentityError::DeviceTooNew`]; [`IdentityError::Forbidden`] where the caller's device is not
/// the older one.
pub fn confirm(
    conn: &mut Conn,
    caller: &Caller,
    session: SessionId,
    now: At,
) -> Result<(), IdentityError> {
    let target =
        store::standing(conn, session)?.filter(|t| t.person == caller.person && t.is_live());
    let target = target.ok_or(IdentityError::NotFound)?;
    caller.must_be_trusted(now)?;
    let mine = store::device(conn, caller.device)?.ok_or(IdentityError::Unauthorized)?;
    let theirs = store::device(conn, target.device)?.ok_or(IdentityError::NotFound)?;
    if mine.created_at >= theirs.created_at && now < theirs.trusted_at {
        return Err(IdentityError::Forbidden);
    }
    Ok(store::trust_device(conn, theirs.id, now)?)
}

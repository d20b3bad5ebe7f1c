//! The sessions she has.

use std::collections::HashSet;

use serde::Serialize;

use super::store;
use crate::bounds;
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::identity::{IdentityError, sessions::Caller};
use crate::ids::{DeviceId, SessionId};

/// One session.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionView {
    /// Its id.
    pub session: SessionId,
    /// Its device.
    pub device: DeviceId,
    /// What the device runs: `android`, `ios`, `other`.
    #[schema(example = "android")]
    pub platform: String,
    /// What she calls the device.
    pub label: Option<String>,
    /// When it was opened.
    pub created_at: At,
    /// When its tokens were last renewed.
    pub renewed_at: At,
    /// From when on the device may do all.
    pub trusted_at: At,
    /// Whether it is the one that asks.
    pub this_one: bool,
}

/// A page of them, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Sessions {
    /// The sessions.
    pub items: Vec<SessionView>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// The live sessions of the caller, newest first, `limit` (1 to 100) from after `cursor`.
///
/// # Errors
/// What the database says.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    cursor: Option<SessionId>,
    limit: usize,
) -> Result<Sessions, IdentityError> {
    let limit = limit.clamp(*bounds::PAGE.start(), *bounds::PAGE.end());
    let wanted = i64::try_from(limit + 1).unwrap_or(101);
    let mut rows = store::live_sessions(conn, caller.person, cursor, wanted)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = if more {
        rows.last().map(|row| row.id.to_string())
    } else {
        None
    };
    let items = rows
        .into_iter()
        .map(|row| SessionView {
            this_one: row.id == caller.session,
            session: row.id,
            device: row.device,
            platform: row.platform,
            label: row.label,
            created_at: row.created_at,
            renewed_at: row.rotated_at,
            trusted_at: row.trusted_at,
        })
        .collect();
    Ok(Sessions { items, next })
}

/// Devices of anyone that are not revoked: what a restore may have brought back.
///
/// # Errors
/// What the database says.
pub fn live_devices(conn: &mut Conn) -> Result<HashSet<DeviceId>, DbError> {
    store::live_ids(conn)
}

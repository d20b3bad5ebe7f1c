//! A session is opened for a number that has proved itself.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::refresh_token::RefreshToken;
use super::store::{self, DeviceRow, SessionRow};
use crate::clock::At;
use crate::db::Conn;
use crate::identity::rules::Rules;
use crate::identity::{IdentityError, people};
use crate::ids::{DeviceId, PersonId, Secret, SessionId, random};
use crate::seal::Keyring;
use crate::words;

words! {
    /// What a device runs.
    pub enum Platform {
        /// Android.
        Android = "android",
        /// iOS.
        Ios = "ios",
        /// Anything else.
        Other = "other",
    }
}

/// The device that signs in.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// What it runs.
    pub platform: Platform,
    /// What she knows it by in the list of her sessions; at most 60 letters.
    #[serde(default)]
    #[schema(example = "Moto G54")]
    pub label: Option<String>,
    /// The alert token it already has, where it signs in again: it stays the same device, with its
    /// trust and that token.
    #[serde(default)]
    pub alert_token: Option<String>,
}

/// What a session needs that must not be drawn twice: a write may run again.
#[derive(Clone)]
pub struct Opened {
    /// The session.
    pub session: SessionId,
    /// The device, unless it is one we know.
    pub device: DeviceId,
    /// The alert token, unless the device has one.
    pub alert_token: Secret,
    /// What is random in the session's first refresh token.
    refresh: Zeroizing<[u8; 32]>,
}

impl Opened {
    /// Draws ids and token.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        Self {
            session: SessionId::new(),
            device: DeviceId::new(),
            alert_token: Secret::new(),
            refresh: Zeroizing::new(random()),
        }
    }

    /// The refresh token that the phone holds after [`open`].
    #[must_use]
    pub fn refresh_token(&self, keys: &Keyring) -> String {
        self.first_token(keys).expose()
    }

    fn first_token(&self, keys: &Keyring) -> RefreshToken {
        RefreshToken::with(keys, self.session, *self.refresh)
    }
}

/// Opens a session on a device, which is added unless `new.alert_token` is one of this person's
/// devices. `refresh` is the hash of the session's first refresh token. Returns the device and
/// whether it was known.
///
/// # Errors
/// What the database says.
pub(super) fn add(
    conn: &mut Conn,
    person: PersonId,
    new: &NewDevice,
    drawn: &Opened,
    refresh_hash: Vec<u8>,
    rules: Rules,
    now: At,
) -> Result<(DeviceId, bool), IdentityError> {
    people::take_person(conn, person)?;
    let presented = new.alert_token.as_deref().and_then(Secret::parse);
    let known = match presented {
        Some(token) => store::device_by_alert_token(conn, person, &token.hash())?,
        None => None,
    };
    let (device, was_known) = match known {
        Some(device) => {
            store::revoke_sessions_of_device(conn, device.id, now)?;
            (device.id, true)
        }
        None => {
            let is_first = !store::had_a_device(conn, person)?;
            let row = DeviceRow {
                id: drawn.device,
                person,
                platform: new.platform.as_str().to_owned(),
                label: new.label.clone(),
                alert_token_hash: drawn.alert_token.hash(),
                trusted_at: if is_first {
                    now
                } else {
                    now.plus(rules.new_device)
                },
                created_at: now,
                revoked_at: None,
            };
            store::add_device(conn, &row)?;
            (drawn.device, false)
        }
    };
    let row = SessionRow {
        id: drawn.session,
        person,
        device,
        refresh_hash,
        previous_hash: None,
        rotated_at: now,
        // A fresh sign-in counts as a step-up.
        stepped_up_until: now.plus(rules.step_up),
        created_at: now,
        revoked_at: None,
    };
    store::add_session(conn, &row)?;
    Ok((device, was_known))
}

/// Opens a session without a code, for the demo's seed: the device, and the alert token that was
/// drawn for it.
///
/// # Errors
/// What the database says.
pub fn open(
    conn: &mut Conn,
    keys: &Keyring,
    person: PersonId,
    new: &NewDevice,
    drawn: &Opened,
    config: &crate::config::Config,
    now: At,
) -> Result<DeviceId, IdentityError> {
    let refresh = drawn.first_token(keys);
    let (device, _) = add(
        conn,
        person,
        new,
        drawn,
        refresh.hash(),
        Rules::of(config),
        now,
    )?;
    Ok(device)
}

//! Where a device takes pushes.

use serde::Deserialize;

use super::{Caller, Platform};
use crate::bounds;
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::addresses::{self, PushRegistration};
use crate::delivery::model::Channel;
use crate::http::Code;
use crate::identity::IdentityError;
use crate::ids::DeviceId;
use crate::municipality;
use crate::seal::Keyring;
use crate::words;

words! {
    /// Who carries pushes.
    pub enum Provider {
        /// Firebase Cloud Messaging, HTTP v1.
        Fcm = "fcm",
    }
}

/// A push token, as the app got it.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushToken {
    /// What the device runs. Read so that a wrong word is refused; the channel follows from
    /// `provider`.
    pub platform: Platform,
    /// Which app; it has to be one of her municipality's.
    #[schema(example = "mx.gob.chihuahua.mia")]
    pub app_id: String,
    /// Who carries its pushes.
    pub provider: Provider,
    /// The token, up to 4,096 letters.
    pub token: String,
}

/// Registers the token of the caller's own device; the one before it is retired.
///
/// # Errors
/// [`IdentityError::NotFound`] for another device; [`IdentityError::Field`] for an app that is not
/// her municipality's, or an empty or overlong token.
pub fn put_push(
    conn: &mut Conn,
    keys: &Keyring,
    caller: &Caller,
    device: DeviceId,
    push: &PushToken,
    now: At,
) -> Result<(), IdentityError> {
    if device != caller.device {
        return Err(IdentityError::NotFound);
    }
    if !bounds::PUSH_TOKEN.contains(&push.token.len())
        || push.token.bytes().any(|b| !b.is_ascii_graphic())
    {
        return Err(IdentityError::Field("token", Code::BAD_VALUE));
    }
    if municipality::app_municipality(conn, &push.app_id)? != Some(caller.municipality) {
        return Err(IdentityError::Field("app_id", Code::BAD_VALUE));
    }
    let channel = match push.provider {
        Provider::Fcm => Channel::Fcm,
    };
    let new = PushRegistration {
        person: caller.person,
        device,
        channel,
        app_id: &push.app_id,
        token: &push.token,
    };
    addresses::put_push(conn, keys, &new, now)?;
    Ok(())
}

//! Where somebody can be reached: push tokens of devices, and numbers.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::model::Channel;
use super::parcel::Destination;
use super::store::addresses as store;
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::ids::{AddressId, DeviceId, PersonId};
use crate::seal::{Keyring, SealError};
use crate::words;

/// The domain of `Keyring::lookup` for every number that is looked up by: one, so that they can be compared.
pub const PHONE_LOOKUP: &str = "phone";
const TOKEN_LOOKUP: &str = "push-token";

words! {
    /// What an address belongs to.
    pub enum OwnerKind {
        /// A person with an account.
        Person = "person",
        /// Somebody she chose, as a number alone.
        Contact = "contact",
        /// An operator or supervisor.
        Operator = "operator",
    }
}

/// A token that a phone registers.
#[derive(Clone, Copy)]
pub struct PushRegistration<'a> {
    /// Whose phone.
    pub person: PersonId,
    /// Which.
    pub device: DeviceId,
    /// Over what it is reached.
    pub channel: Channel,
    /// Which app, and so which FCM project.
    pub app_id: &'a str,
    /// The token.
    pub token: &'a str,
}

/// Registers a token. A device has one: a new token is a new address, and the old one is retired, so that an answer
/// about the old token cannot hurt the new one. A token that another device or person had moves away from there: the
/// phone has a new owner, who must not get the old one's messages. Registering again revives what was retired.
///
/// # Errors
/// What the database says.
pub fn put_push(conn: &mut Conn, keys: &Keyring, new: &PushRegistration<'_>, now: At) -> Result<AddressId, DbError> {
    let channel = new.channel.as_str();
    let owner = new.person.bytes().as_slice();
    let lookup = keys.lookup(TOKEN_LOOKUP, new.token);
    let mut mine = None;
    for (id, _, held_by, _, _, app_id) in store::by_lookup(conn, channel, &lookup)? {
        if mine.is_none() && held_by == owner && app_id.as_deref() == Some(new.app_id) {
            mine = Some(id);
        } else {
            store::end(conn, id, "retired", "moved", now)?;
        }
    }
    store::end_device(conn, new.device, mine, "replaced", now)?;
    if let Some(id) = mine {
        store::revive(conn, id, Some(new.device), now)?;
        return Ok(id);
    }
    let id = AddressId::new();
    let row = store::NewRow {
        id,
        owner_kind: OwnerKind::Person.as_str(),
        owner,
        device: Some(new.device),
        channel,
        app_id: Some(new.app_id),
        sealed: keys.seal_text("addresses", "sealed", id.bytes(), new.token),
        lookup: &lookup,
        state: "live",
        reason: None,
        created_at: now,
        seen_at: now,
    };
    store::insert(conn, &row)?;
    Ok(id)
}

/// Puts down a number in E.164, once an owner; putting it again revives it.
///
/// # Errors
/// What the database says.
pub fn put_phone(
    conn: &mut Conn,
    keys: &Keyring,
    owner_kind: OwnerKind,
    owner: [u8; 16],
    e164: &str,
    now: At,
) -> Result<AddressId, DbError> {
    let channel = Channel::Sms.as_str();
    let lookup = keys.lookup(PHONE_LOOKUP, e164);
    let held = store::by_lookup(conn, channel, &lookup)?;
    let kind = owner_kind.as_str();
    if let Some((id, ..)) = held.into_iter().find(|(_, k, o, ..)| k == kind && o.as_slice() == owner) {
        store::revive(conn, id, None, now)?;
        return Ok(id);
    }
    let id = AddressId::new();
    let row = store::NewRow {
        id,
        owner_kind: kind,
        owner: &owner,
        device: None,
        channel,
        app_id: None,
        sealed: keys.seal_text("addresses", "sealed", id.bytes(), e164),
        lookup: &lookup,
        state: "live",
        reason: None,
        created_at: now,
        seen_at: now,
    };
    store::insert(conn, &row)?;
    Ok(id)
}

/// An address that can be used.
#[derive(Clone)]
pub struct LiveAddress {
    /// Its id.
    pub id: AddressId,
    /// What it belongs to.
    pub owner_kind: OwnerKind,
    /// The owner's 16 bytes.
    pub owner: [u8; 16],
    /// Over what it is reached.
    pub channel: Channel,
    /// For a push: which app.
    pub app_id: Option<String>,
    sealed: Vec<u8>,
}

impl LiveAddress {
    /// Opens the token or number.
    ///
    /// # Errors
    /// If it was sealed by a key that this server does not have.
    pub fn destination(&self, keys: &Keyring) -> Result<Destination, SealError> {
        let text: Zeroizing<String> = keys.open_text("addresses", "sealed", self.id.bytes(), &self.sealed)?;
        Ok(Destination::new(text.as_str()))
    }

    /// Where a message goes. One that cannot be opened must hold up no other: its message is owed like any, and fails.
    #[must_use]
    pub fn to(&self, keys: &Keyring) -> Destination {
        self.destination(keys).unwrap_or_else(|_| Destination::unreadable())
    }
}

/// The live addresses of these owners, in one read. Rows that a newer server wrote and this one cannot read are left
/// out.
///
/// # Errors
/// What the database says.
pub fn live_for(conn: &mut Conn, owners: &[[u8; 16]]) -> Result<Vec<LiveAddress>, DbError> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let owners: Vec<&[u8]> = owners.iter().map(<[u8; 16]>::as_slice).collect();
    Ok(store::live_for(conn, &owners)?.into_iter().filter_map(readable).collect())
}

/// When each of these was last registered.
///
/// # Errors
/// What the database says.
pub fn seen(conn: &mut Conn, ids: &[AddressId]) -> Result<HashMap<AddressId, At>, DbError> {
    Ok(store::seen(conn, ids)?.into_iter().collect())
}

/// Where a device takes pushes.
///
/// # Errors
/// What the database says.
pub fn live_of_device(conn: &mut Conn, device: DeviceId) -> Result<Option<LiveAddress>, DbError> {
    Ok(store::live_of_device(conn, device)?.and_then(readable))
}

fn readable((id, kind, owner, channel, app_id, sealed): store::Live) -> Option<LiveAddress> {
    Some(LiveAddress {
        id,
        owner_kind: OwnerKind::parse(&kind)?,
        owner: owner.try_into().ok()?,
        channel: Channel::parse(&channel)?,
        app_id,
        sealed,
    })
}

/// Retires what a device has; it was signed out.
///
/// # Errors
/// What the database says.
pub fn retire_device(conn: &mut Conn, device: DeviceId, why: &str, now: At) -> Result<usize, DbError> {
    store::end_device(conn, device, None, why, now)
}

/// Retires all that an owner has.
///
/// # Errors
/// What the database says.
pub fn retire_owner(conn: &mut Conn, owner: [u8; 16], why: &str, now: At) -> Result<usize, DbError> {
    store::end_owner(conn, &owner, why, now)
}

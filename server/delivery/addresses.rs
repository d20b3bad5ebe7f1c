//! Where a person can be reached: push tokens of devices, numbers, mailboxes, and the webhooks of
//! who works at 911.

use std::collections::HashMap;

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::channels::email::mailbox::Mailbox;
use super::channels::webhook::target::Target;
use super::model::Channel;
use super::outbox::message::Destination;
use super::store::addresses as store;
use crate::clock::At;
use crate::db::{Conn, DbError, Lenient};
use crate::ids::{AddressId, DeviceId, PersonId, RecipientId};
use crate::seal::{self, Keyring, SealError};
use crate::words;

/// The domain of `Keyring::lookup` for every number that is looked up by: one, so that they can be
/// compared.
pub const PHONE_LOOKUP: &str = "phone";
const TOKEN_LOOKUP: &str = "push-token";
/// The domain of `Keyring::lookup` for mailboxes.
pub const EMAIL_LOOKUP: &str = "mail";
const HOOK_LOOKUP: &str = "webhook";

words! {
    /// What an address belongs to.
    pub enum OwnerKind {
        /// A person with an account.
        Person = "person",
        /// A contact, as a number alone.
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

/// Registers a token. A device has one: a new token is a new address, and the old one is retired,
/// so that an answer about the old token cannot hurt the new one. A token that another device or
/// person had moves away from there: the phone has a new owner, who must not get the old one's
/// messages. Registering again revives what was retired.
///
/// # Errors
/// What the database says.
pub fn put_push(
    conn: &mut Conn,
    keys: &Keyring,
    new: &PushRegistration<'_>,
    now: At,
) -> Result<AddressId, DbError> {
    let channel = new.channel.as_str();
    let owner = RecipientId::from(new.person);
    let lookup = keys.lookup(TOKEN_LOOKUP, new.token);
    store::take_push(conn, channel, &lookup, new.device)?;
    let mut mine = None;
    for (id, _, held_by, _, _, app_id) in store::by_lookup(conn, channel, &lookup)? {
        if mine.is_none()
            && held_by == Lenient(Some(owner))
            && app_id.as_deref() == Some(new.app_id)
        {
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
    owner: RecipientId,
    e164: &str,
    now: At,
) -> Result<AddressId, DbError> {
    let lookup = keys.lookup(PHONE_LOOKUP, e164);
    put(
        conn,
        keys,
        (owner_kind, owner),
        &Plain {
            channel: Channel::Sms,
            lookup: &lookup,
            text: e164,
        },
        now,
    )
}

/// Stores a mailbox for emails, once an owner; storing it again revives it. Whose it is was
/// asked before.
///
/// # Errors
/// What the database says.
pub fn put_email(
    conn: &mut Conn,
    keys: &Keyring,
    owner_kind: OwnerKind,
    owner: RecipientId,
    mailbox: &Mailbox,
    now: At,
) -> Result<AddressId, DbError> {
    let lookup = keys.lookup(EMAIL_LOOKUP, &mailbox.folded());
    let plain = Plain {
        channel: Channel::Email,
        lookup: &lookup,
        text: mailbox.expose(),
    };
    put(conn, keys, (owner_kind, owner), &plain, now)
}

/// Stores a webhook of an operator, in the place of any that the owner had: its
/// secret is shown once. The guard has judged it before.
///
/// # Errors
/// What the database says.
pub fn put_webhook(
    conn: &mut Conn,
    keys: &Keyring,
    owner: RecipientId,
    target: &Target,
    now: At,
) -> Result<AddressId, DbError> {
    retire_channel(conn, owner, Channel::Webhook, "replaced", now)?;
    let (to, lookup) = (
        target.sealable(),
        keys.lookup(HOOK_LOOKUP, target.secret.expose_secret()),
    );
    let plain = Plain {
        channel: Channel::Webhook,
        lookup: &lookup,
        text: to.expose(),
    };
    put(conn, keys, (OwnerKind::Operator, owner), &plain, now)
}

/// An address that belongs to no device.
struct Plain<'a> {
    channel: Channel,
    lookup: &'a [u8],
    text: &'a str,
}

fn put(
    conn: &mut Conn,
    keys: &Keyring,
    (owner_kind, owner): (OwnerKind, RecipientId),
    new: &Plain<'_>,
    now: At,
) -> Result<AddressId, DbError> {
    let (channel, kind) = (new.channel.as_str(), owner_kind.as_str());
    let held = store::by_lookup(conn, channel, new.lookup)?;
    if let Some((id, ..)) = held
        .into_iter()
        .find(|(_, k, o, ..)| k == kind && *o == Lenient(Some(owner)))
    {
        store::revive(conn, id, None, now)?;
        return Ok(id);
    }
    let id = AddressId::new();
    let row = store::NewRow {
        id,
        owner_kind: kind,
        owner,
        device: None,
        channel,
        app_id: None,
        sealed: keys.seal_text("addresses", "sealed", id.bytes(), new.text),
        lookup: new.lookup,
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
    /// Whose it is.
    pub owner: RecipientId,
    /// Over what it is reached.
    pub channel: Channel,
    /// For a push: which app.
    pub app_id: Option<String>,
    /// What goes over its channel arrives; `false` for a number that takes calls and no texts.
    pub takes_messages: bool,
    sealed: Vec<u8>,
}

impl LiveAddress {
    /// The same number as what is called.
    fn called(&self) -> Self {
        Self {
            id: self.id.called(),
            channel: Channel::Voice,
            takes_messages: true,
            ..self.clone()
        }
    }

    /// Opens the token or number.
    ///
    /// # Errors
    /// If it was sealed by a key that this server does not have.
    pub fn destination(&self, keys: &Keyring) -> Result<Destination, SealError> {
        let text: Zeroizing<String> =
            keys.open_text("addresses", "sealed", self.id.kept().bytes(), &self.sealed)?;
        Ok(Destination::new(text.as_str()))
    }

    /// Where a message goes. One that cannot be opened must hold up no other: its message is queued
    /// like any, and fails.
    #[must_use]
    pub fn to(&self, keys: &Keyring) -> Destination {
        seal::or_none("an address", self.id.kept(), self.destination(keys))
            .unwrap_or_else(Destination::unreadable)
    }
}

/// The live addresses of these owners, in one read, for [`ways`]. Rows that a newer server wrote and this one
/// cannot read are left out.
///
/// # Errors
/// What the database says.
pub fn live_for(conn: &mut Conn, owners: &[RecipientId]) -> Result<Vec<LiveAddress>, DbError> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    Ok(store::live_for(conn, owners)?
        .into_iter()
        .filter_map(readable)
        .collect())
}

/// The ways to these addresses: what goes over the channel of each, and, if `calls`, each number
/// as what is called, under its own id. One row is kept for both, so that numbers that were put
/// down before there were calls can be called.
#[must_use]
pub fn ways(live: Vec<LiveAddress>, calls: bool) -> Vec<LiveAddress> {
    live.into_iter()
        .flat_map(|address| {
            let called = (calls && address.channel == Channel::Sms).then(|| address.called());
            let itself = address.takes_messages.then_some(address);
            itself.into_iter().chain(called)
        })
        .collect()
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

fn readable((id, owner, channel, app_id, sealed, state): store::Live) -> Option<LiveAddress> {
    Some(LiveAddress {
        id,
        owner: owner.0?,
        channel: Channel::parse(&channel)?,
        app_id,
        takes_messages: state != store::CALLS_ONLY,
        sealed,
    })
}

/// Retires what a device has; it was signed out.
///
/// # Errors
/// What the database says.
pub fn retire_device(
    conn: &mut Conn,
    device: DeviceId,
    why: &str,
    now: At,
) -> Result<usize, DbError> {
    store::end_device(conn, device, None, why, now)
}

/// Retires what an owner has over one channel, and says how many that were.
///
/// # Errors
/// What the database says.
pub fn retire_channel(
    conn: &mut Conn,
    owner: RecipientId,
    channel: Channel,
    why: &str,
    now: At,
) -> Result<usize, DbError> {
    store::end_channel(conn, owner, channel.as_str(), why, now)
}

/// Retires all that an owner has.
///
/// # Errors
/// What the database says.
pub fn retire_owner(
    conn: &mut Conn,
    owner: RecipientId,
    why: &str,
    now: At,
) -> Result<usize, DbError> {
    store::end_owner(conn, owner, why, now)
}

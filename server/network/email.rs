//! A contact's email address: given with the yes, used once its owner has confirmed it.
//!
//! A slip of the finger must not tell a stranger, and no contact may register another's mailbox: until
//! the link in an email was opened and its button pressed, nothing else goes there.

use super::NetworkError;
use super::model::ContactState;
use super::store::{self, ContactRow};
use crate::clock::At;
use crate::db::{Conn, DbError, WritePriority};
use crate::delivery::addresses::{self, EMAIL_LOOKUP, OwnerKind};
use crate::delivery::channels::email::mailbox::Mailbox;
use crate::delivery::model::Channel;
use crate::delivery::{self, Content, Destination, MessageKey, NewNotification};
use crate::foundation::Foundation;
use crate::ids::{AddressId, Secret, SecretHash, SubjectId};
use crate::language::Language;
use crate::seal;
use crate::wording::say;

/// What the outbox calls an email that asks for a confirmation.
const SUBJECT: &str = "mail-confirmation";
/// Such emails to one mailbox in a day, from all contacts together: a mailbox's owner is not
/// pestered by other people's forms.
const A_DAY: i64 = 3;
/// Addresses forgotten in one transaction.
const BATCH: i64 = 500;

/// A mailbox to be confirmed, drawn before the write that may run again.
#[derive(Clone)]
pub(super) struct Unconfirmed {
    mailbox: Mailbox,
    link: Secret,
    address: AddressId,
}

impl Unconfirmed {
    /// Reads what the contact typed; `None` where nothing was.
    ///
    /// # Errors
    /// `Mail` for what is no address, and where this server sends no email.
    pub(super) fn read(
        foundation: &Foundation,
        typed: Option<&str>,
    ) -> Result<Option<Self>, NetworkError> {
        let Some(typed) = typed.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let mailbox = Mailbox::parse(typed)
            .filter(|_| foundation.config.email.is_configured())
            .ok_or(NetworkError::Mail)?;
        Ok(Some(Self {
            mailbox,
            link: Secret::new(),
            address: AddressId::new(),
        }))
    }

    /// Keeps it until the link ends, and queues the email that carries the link. Past the day's
    /// limit neither: the yes counts without it.
    pub(super) fn ask(
        &self,
        conn: &mut Conn,
        foundation: &Foundation,
        contact: &ContactRow,
        language: Language,
        now: At,
    ) -> Result<(), NetworkError> {
        let lookup = foundation.keys.lookup(EMAIL_LOOKUP, &self.mailbox.folded());
        if !delivery::limits::within_daily_limit(conn, &lookup, SUBJECT, now, A_DAY)? {
            return Ok(());
        }
        let (hash, ends) = (
            self.link.hash(),
            now.plus(foundation.config.network.mail_link_ttl()),
        );
        let sealed = foundation.keys.seal_text(
            "mail_confirmations",
            "sealed_address",
            &hash,
            self.mailbox.expose(),
        );
        store::add_confirmation(conn, &hash, contact.id, sealed, now, ends)?;
        let link = format!(
            "{}/m/{}",
            foundation.config.http.public_url.trim_end_matches('/'),
            self.link.expose()
        );
        let email = NewNotification {
            subject_kind: SUBJECT.into(),
            key: MessageKey {
                subject: SubjectId(contact.id.0),
                recipient: contact.id.into(),
                address: self.address,
                step: 0,
                repeat: 0,
            },
            channel: Channel::Email,
            senders: Vec::new(),
            to: Destination::new(self.mailbox.expose()),
            content: Content::Email {
                subject: say(language, "mail-confirm", &[]),
                text: say(language, "mail-confirm-text", &[("link", &link)]),
            },
            deadline: ends,
            due_at: now,
        };
        delivery::enqueue(conn, &foundation.keys, now, None, &[email])?;
        Ok(())
    }
}

/// The language to ask in whether a mailbox is to be used. Reading it changes nothing: mailboxes
/// open links by themselves.
///
/// # Errors
/// `NotFound` for a link that is none, was used, or has run out, and for a contact who has ended.
pub async fn to_confirm(foundation: &Foundation, link: &Secret) -> Result<Language, NetworkError> {
    let (hash, now) = (link.hash(), foundation.clock.now());
    let read = move |conn: &mut Conn| Ok(Language::of_tag(&waiting(conn, &hash, now)?.0.language));
    foundation.db.read(read).await
}

/// Its owner says that letters may go there.
///
/// # Errors
/// As [`to_confirm`].
pub async fn confirm_email(foundation: &Foundation, link: &Secret) -> Result<(), NetworkError> {
    let (keys, hash, now) = (foundation.keys.clone(), link.hash(), foundation.clock.now());
    let write = move |conn: &mut Conn| {
        let (contact, sealed) = waiting(conn, &hash, now)?;
        let typed = keys.open_text("mail_confirmations", "sealed_address", &hash, &sealed);
        let mailbox = seal::or_none("a mailbox to be confirmed", contact.id, typed)
            .and_then(|typed| Mailbox::parse(&typed))
            .ok_or(NetworkError::NotFound)?;
        addresses::put_email(
            conn,
            &keys,
            OwnerKind::Contact,
            contact.id.into(),
            &mailbox,
            now,
        )?;
        store::forget_confirmations(conn, contact.id)?;
        Ok(())
    };
    foundation.db.write(WritePriority::Background, write).await
}

fn waiting(
    conn: &mut Conn,
    hash: &SecretHash,
    now: At,
) -> Result<(ContactRow, Vec<u8>), NetworkError> {
    let found = store::confirmation(conn, hash, now)?;
    found
        .filter(|(row, _)| row.state == ContactState::Active)
        .ok_or(NetworkError::NotFound)
}

/// Forgets the addresses that were not confirmed in time, and says how many. Idempotent; made for a
/// daily call.
///
/// # Errors
/// What the database says.
pub async fn forget_unconfirmed(foundation: &Foundation) -> Result<usize, DbError> {
    let (mut forgotten, now) = (0, foundation.clock.now());
    loop {
        match foundation
            .db
            .write(WritePriority::Background, move |conn| {
                store::forget_ended_confirmations(conn, now, BATCH)
            })
            .await?
        {
            0 => return Ok(forgotten),
            some => forgotten += some,
        }
    }
}

//! The network's tables.

use std::collections::HashSet;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::ContactState;
use crate::clock::At;
use crate::db::schema::{blocks, contacts, invitations, mail_confirmations};
use crate::db::{Conn, DbError};
use crate::ids::{ContactId, EntryId, PersonId, SecretHash};
use crate::{load_locked, load_skip_locked, on};

/// A contact as its row has it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = contacts, treat_none_as_default_value = false)]
pub struct ContactRow {
    pub id: ContactId,
    pub person: PersonId,
    pub position: i64,
    pub state: ContactState,
    pub sealed_name: Vec<u8>,
    pub sealed_phone: Vec<u8>,
    pub phone_lookup: Vec<u8>,
    pub phone_inferred: bool,
    pub sealed_alias: Option<Vec<u8>>,
    pub language: String,
    pub contact_person: Option<PersonId>,
    pub knows_duress: bool,
    pub invited_at: At,
    pub answered_at: Option<At>,
    pub ended_at: Option<At>,
    pub drills: bool,
}

/// Writes a new contact.
pub(super) fn insert(conn: &mut Conn, row: &ContactRow) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(contacts::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// Her contacts in these states, in her order.
pub(super) fn of_person(
    conn: &mut Conn,
    person: PersonId,
    states: &[ContactState],
) -> Result<Vec<ContactRow>, DbError> {
    let hers = contacts::table
        .filter(contacts::person.eq(person))
        .filter(contacts::state.eq_any(states));
    Ok(on!(conn, |c| hers
        .order((contacts::position, contacts::id))
        .select(ContactRow::as_select())
        .load(c))?)
}

/// Her contacts who said yes, in her order: a statement that stays prepared, since every press
/// asks.
pub(super) fn active_of_person(
    conn: &mut Conn,
    person: PersonId,
) -> Result<Vec<ContactRow>, DbError> {
    let active = ContactState::Active;
    let hers = contacts::table
        .filter(contacts::person.eq(person))
        .filter(contacts::state.eq(active));
    Ok(on!(conn, |c| hers
        .order((contacts::position, contacts::id))
        .select(ContactRow::as_select())
        .load(c))?)
}

/// One of hers; another's is none.
pub(super) fn hers(
    conn: &mut Conn,
    person: PersonId,
    id: ContactId,
) -> Result<Option<ContactRow>, DbError> {
    let one = contacts::table.find(id).filter(contacts::person.eq(person));
    Ok(on!(conn, |c| one
        .select(ContactRow::as_select())
        .first(c)
        .optional())?)
}

/// Any contact, for who holds its link.
pub(super) fn by_id(conn: &mut Conn, id: ContactId) -> Result<Option<ContactRow>, DbError> {
    Ok(on!(conn, |c| contacts::table
        .find(id)
        .select(ContactRow::as_select())
        .first(c)
        .optional())?)
}

/// The contacts behind which this person, or the person's number, stands.
pub(super) fn naming(
    conn: &mut Conn,
    contact_person: PersonId,
    phone_lookup: &[u8],
    states: &[ContactState],
) -> Result<Vec<ContactRow>, DbError> {
    let me = contacts::contact_person
        .eq(contact_person)
        .or(contacts::phone_lookup.eq(phone_lookup).nullable());
    let rows = contacts::table
        .filter(me)
        .filter(contacts::state.eq_any(states));
    Ok(on!(conn, |c| rows
        .order(contacts::id)
        .select(ContactRow::as_select())
        .load(c))?)
}

/// The contacts who have that number.
pub(super) fn with_number(
    conn: &mut Conn,
    phone_lookup: &[u8],
    states: &[ContactState],
) -> Result<Vec<ContactRow>, DbError> {
    let rows = contacts::table
        .filter(contacts::phone_lookup.eq(phone_lookup))
        .filter(contacts::state.eq_any(states));
    Ok(on!(conn, |c| rows
        .order(contacts::id)
        .select(ContactRow::as_select())
        .load(c))?)
}

/// What changes when a contact answers or ends; `None` leaves the column as it is.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = contacts)]
pub(super) struct ContactChange {
    pub state: Option<ContactState>,
    pub sealed_alias: Option<Option<Vec<u8>>>,
    pub language: Option<String>,
    pub contact_person: Option<Option<PersonId>>,
    pub answered_at: Option<Option<At>>,
    pub ended_at: Option<Option<At>>,
    pub drills: Option<bool>,
}

/// Changes a contact that is still in `from`. `false`: another request was faster.
pub(super) fn change(
    conn: &mut Conn,
    id: ContactId,
    from: ContactState,
    change: &ContactChange,
) -> Result<bool, DbError> {
    let row = contacts::table
        .filter(contacts::id.eq(id))
        .filter(contacts::state.eq(from));
    Ok(on!(conn, |c| diesel::update(row).set(change).execute(c))? == 1)
}

/// Writes a contact's choice about drills.
pub(super) fn set_drills(conn: &mut Conn, id: ContactId, drills: bool) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(contacts::table.find(id))
        .set(contacts::drills.eq(drills))
        .execute(c))?;
    Ok(())
}

/// Invited contacts whose last link has run out, `limit` at most.
pub(super) fn unanswered(conn: &mut Conn, now: At, limit: i64) -> Result<Vec<ContactId>, DbError> {
    let good = invitations::table
        .filter(invitations::contact.eq(contacts::id))
        .filter(invitations::expires_at.gt(now));
    let over = contacts::table
        .filter(contacts::state.eq(ContactState::Invited))
        .filter(not(exists(good)));
    Ok(on!(conn, |c| over
        .limit(limit)
        .select(contacts::id)
        .load(c))?)
}

/// Ends these contacts where they still are in `from`, and says how many.
pub(super) fn end(
    conn: &mut Conn,
    ids: &[ContactId],
    from: ContactState,
    to: ContactState,
    now: At,
) -> Result<usize, DbError> {
    let rows = contacts::table
        .filter(contacts::id.eq_any(ids))
        .filter(contacts::state.eq(from));
    let _: Vec<ContactId> =
        load_locked!(conn, rows.clone().order(contacts::id).select(contacts::id))?;
    let over = (contacts::state.eq(to), contacts::ended_at.eq(Some(now)));
    Ok(on!(conn, |c| diesel::update(rows).set(over).execute(c))?)
}

/// Forgets up to `limit` contacts who ended at `before` or earlier, with their links, and says how
/// many.
pub(super) fn forget_ended(conn: &mut Conn, before: At, limit: i64) -> Result<usize, DbError> {
    // An ended contact stays ended: what is read here cannot come to life again.
    let ended: Vec<ContactId> = load_skip_locked!(
        conn,
        contacts::table
            .filter(contacts::ended_at.le(before))
            .limit(limit)
            .select(contacts::id)
    )?;
    on!(conn, |c| diesel::delete(
        invitations::table.filter(invitations::contact.eq_any(&ended))
    )
    .execute(c))?;
    Ok(on!(conn, |c| diesel::delete(
        contacts::table.filter(contacts::id.eq_any(&ended))
    )
    .execute(c))?)
}

/// Remembers an invitation's link.
pub(super) fn add_invitation(
    conn: &mut Conn,
    hash: &SecretHash,
    contact: ContactId,
    now: At,
    expires_at: At,
) -> Result<(), DbError> {
    let row = (
        invitations::token_hash.eq(hash),
        invitations::contact.eq(contact),
        invitations::created_at.eq(now),
        invitations::expires_at.eq(expires_at),
        invitations::used_at.eq(None::<At>),
    );
    on!(conn, |c| diesel::insert_into(invitations::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// How many invitations this contact was sent: the next one's number.
pub(super) fn invitations_sent(conn: &mut Conn, contact: ContactId) -> Result<i64, DbError> {
    let sent = invitations::table
        .filter(invitations::contact.eq(contact))
        .count();
    Ok(on!(conn, |c| sent.get_result(c))?)
}

/// The contact that a link invites or invited, and whether it is unused and has not run out.
pub(super) fn of_link(
    conn: &mut Conn,
    hash: &SecretHash,
    now: At,
) -> Result<Option<(ContactRow, bool)>, DbError> {
    let link = invitations::table
        .inner_join(contacts::table.on(contacts::id.eq(invitations::contact)))
        .filter(invitations::token_hash.eq(hash));
    let found: Option<(ContactRow, Option<At>, At)> = on!(conn, |c| link
        .select((
            ContactRow::as_select(),
            invitations::used_at,
            invitations::expires_at
        ))
        .first(c)
        .optional())?;
    Ok(found.map(|(row, used_at, expires_at)| (row, used_at.is_none() && expires_at > now)))
}

/// Spends all links of a contact.
pub(super) fn spend_invitations(
    conn: &mut Conn,
    contact: ContactId,
    now: At,
) -> Result<(), DbError> {
    let links = invitations::table
        .filter(invitations::contact.eq(contact))
        .filter(invitations::used_at.is_null());
    on!(conn, |c| diesel::update(links)
        .set(invitations::used_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Forgets all links of a contact: from now on they are none.
pub(super) fn forget_invitations(conn: &mut Conn, contact: ContactId) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(
        invitations::table.filter(invitations::contact.eq(contact))
    )
    .execute(c))?;
    Ok(())
}

/// From now on this number gets no invitation of `from`, or of any woman where that is `None`.
pub(super) fn block(
    conn: &mut Conn,
    phone_lookup: &[u8],
    from: Option<PersonId>,
    now: At,
) -> Result<(), DbError> {
    let row = (
        blocks::id.eq(EntryId::new()),
        blocks::phone_lookup.eq(phone_lookup),
        blocks::from_person.eq(from),
        blocks::created_at.eq(now),
    );
    on!(conn, |c| diesel::insert_into(blocks::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// Whether this number wants no invitation of `from`.
pub(super) fn is_blocked(
    conn: &mut Conn,
    phone_lookup: &[u8],
    from: PersonId,
) -> Result<bool, DbError> {
    let rule = blocks::table
        .filter(blocks::phone_lookup.eq(phone_lookup))
        .filter(
            blocks::from_person
                .eq(from)
                .or(blocks::from_person.is_null().nullable()),
        );
    let n: i64 = on!(conn, |c| rule.count().get_result(c))?;
    Ok(n > 0)
}

/// Keeps an address until its link ends.
pub(super) fn add_confirmation(
    conn: &mut Conn,
    hash: &SecretHash,
    contact: ContactId,
    sealed_address: Vec<u8>,
    now: At,
    expires_at: At,
) -> Result<(), DbError> {
    let row = (
        mail_confirmations::token_hash.eq(hash),
        mail_confirmations::contact.eq(contact),
        mail_confirmations::sealed_address.eq(sealed_address),
        mail_confirmations::created_at.eq(now),
        mail_confirmations::expires_at.eq(expires_at),
    );
    on!(conn, |c| diesel::insert_into(mail_confirmations::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// Whose address a link confirms, while it is good, and the sealed address.
pub(super) fn confirmation(
    conn: &mut Conn,
    hash: &SecretHash,
    now: At,
) -> Result<Option<(ContactRow, Vec<u8>)>, DbError> {
    let link = mail_confirmations::table
        .inner_join(contacts::table.on(contacts::id.eq(mail_confirmations::contact)))
        .filter(mail_confirmations::token_hash.eq(hash))
        .filter(mail_confirmations::expires_at.gt(now));
    Ok(on!(conn, |c| link
        .select((ContactRow::as_select(), mail_confirmations::sealed_address))
        .first(c)
        .optional())?)
}

/// Forgets what a contact has not confirmed, or has.
pub(super) fn forget_confirmations(conn: &mut Conn, contact: ContactId) -> Result<(), DbError> {
    let of = mail_confirmations::table.filter(mail_confirmations::contact.eq(contact));
    on!(conn, |c| diesel::delete(of).execute(c))?;
    Ok(())
}

/// Forgets up to `limit` addresses whose links have ended, and says how many.
pub(super) fn forget_ended_confirmations(
    conn: &mut Conn,
    now: At,
    limit: i64,
) -> Result<usize, DbError> {
    let ended: Vec<SecretHash> = on!(conn, |c| mail_confirmations::table
        .filter(mail_confirmations::expires_at.le(now))
        .limit(limit)
        .select(mail_confirmations::token_hash)
        .load(c))?;
    let ended = mail_confirmations::table.filter(mail_confirmations::token_hash.eq_any(ended));
    Ok(on!(conn, |c| diesel::delete(ended).execute(c))?)
}

/// Contacts that stand: neither declined, nor removed, nor gone.
pub(super) fn standing(conn: &mut Conn) -> Result<HashSet<ContactId>, DbError> {
    let standing = contacts::table.filter(contacts::ended_at.is_null());
    let ids: Vec<ContactId> = on!(conn, |c| standing.select(contacts::id).load(c))?;
    Ok(ids.into_iter().collect())
}

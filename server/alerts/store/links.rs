//! The links of the plain page, stored as hashes.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::watch_links;
use crate::db::{Conn, DbError};
use crate::ids::{AlertId, ContactId, SecretHash};
use crate::on;

/// Remembers a link that an SMS carries to a contact.
pub fn add_link(
    conn: &mut Conn,
    hash: &SecretHash,
    alert: AlertId,
    contact: ContactId,
    now: At,
) -> Result<(), DbError> {
    let row = (
        watch_links::token_hash.eq(hash),
        watch_links::alert.eq(alert),
        watch_links::contact.eq(contact),
        watch_links::created_at.eq(now),
    );
    on!(conn, |c| diesel::insert_into(watch_links::table).values(row).execute(c))?;
    Ok(())
}

/// Whose page of which alert a link opens.
pub fn link_to(conn: &mut Conn, hash: &SecretHash) -> Result<Option<(AlertId, ContactId)>, DbError> {
    let link = watch_links::table.find(hash).select((watch_links::alert, watch_links::contact));
    Ok(on!(conn, |c| link.first(c).optional())?)
}

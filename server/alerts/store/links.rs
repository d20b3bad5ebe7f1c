//! The links of the plain page, stored as hashes.

use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::watch_links;
use crate::db::{Batch, Conn, DbError};
use crate::ids::{AlertId, ContactId, SecretHash};
use crate::on;

/// A link that an SMS or a letter carries to a contact.
#[derive(Insertable)]
#[diesel(table_name = watch_links)]
pub struct LinkRow {
    pub token_hash: SecretHash,
    pub alert: AlertId,
    pub contact: ContactId,
    pub created_at: At,
    pub medium: &'static str,
}

/// Remembers a link, with what else is written.
pub fn add_link<'a>(batch: &mut Batch<'a>, row: &'a LinkRow) -> Result<(), DbError> {
    batch.add(diesel::insert_into(watch_links::table).values(row))
}

/// Whose page of which alert a link opens, and over what it came.
pub fn link_to(
    conn: &mut Conn,
    hash: &SecretHash,
) -> Result<Option<(AlertId, ContactId, String)>, DbError> {
    let columns = (
        watch_links::alert,
        watch_links::contact,
        watch_links::medium,
    );
    let link = watch_links::table.find(hash).select(columns);
    Ok(on!(conn, |c| link.first(c).optional())?)
}

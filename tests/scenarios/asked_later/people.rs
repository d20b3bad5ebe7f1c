//! Contacts who were invited and said yes.

use ampara::db::schema::contacts;
use ampara::db::{Conn, DbError};
use ampara::delivery::PHONE_LOOKUP;
use ampara::delivery::addresses::{self, OwnerKind};
use ampara::delivery::channels::email::mailbox::Mailbox;
use ampara::foundation::Foundation;
use ampara::ids::{ContactId, PersonId};
use ampara::on;
use ampara::phone::Phone;
use diesel::prelude::*;

use super::case::Chosen;

pub fn number(n: usize) -> Phone {
    Phone::from_stored(&format!("+52614{n:07}")).unwrap()
}

pub fn choose(
    conn: &mut Conn,
    foundation: &Foundation,
    person: PersonId,
    position: usize,
    chosen: &Chosen,
    accounts: &[(PersonId, Phone)],
) -> Result<(), DbError> {
    let (id, now, keys) = (ContactId::new(), foundation.clock.now(), &foundation.keys);
    let account = chosen.account.map(|n| &accounts[n]);
    let phone = account.map_or_else(|| number(500_000 + position), |(_, phone)| phone.clone());
    let sealed = |column, text| keys.seal_text("contacts", column, id.bytes(), text);
    let row = (
        contacts::id.eq(id),
        contacts::person.eq(person),
        contacts::position.eq(i64::try_from(position).unwrap()),
        contacts::state.eq("active"),
        contacts::sealed_name.eq(sealed("sealed_name", "Beatriz")),
        contacts::sealed_phone.eq(sealed("sealed_phone", phone.as_str())),
        contacts::phone_lookup.eq(keys.lookup(PHONE_LOOKUP, phone.as_str())),
        contacts::phone_inferred.eq(false),
        contacts::sealed_alias.eq(chosen.alias.then(|| sealed("sealed_alias", "Tu vecina"))),
        contacts::language.eq(if chosen.english { "en" } else { "es" }),
        contacts::contact_person.eq(account.filter(|_| !chosen.later).map(|(person, _)| *person)),
        contacts::knows_duress.eq(false),
        contacts::invited_at.eq(now),
        contacts::answered_at.eq(Some(now)),
        contacts::drills.eq(chosen.drills),
    );
    on!(conn, |c| diesel::insert_into(contacts::table)
        .values(row.clone())
        .execute(c))?;
    addresses::put_phone(
        conn,
        keys,
        OwnerKind::Contact,
        id.into(),
        phone.as_str(),
        now,
    )?;
    if chosen.email {
        let mailbox = Mailbox::parse(&format!("contacto{position}@correo.example")).unwrap();
        addresses::put_email(conn, keys, OwnerKind::Contact, id.into(), &mailbox, now)?;
    }
    Ok(())
}

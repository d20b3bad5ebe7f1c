//! People by the hundred, made with the rooms' own verbs beside or before a server, not by text
//! messages.
//!
//! What: [`town`] makes Chihuahua with its centres and the tests' app; [`contacts`] people with the
//! app whom anybody may choose; [`she`] somebody with an alert token and five of those as active
//! contacts. Invariant: the rows are those that sign-in, invitation and acceptance leave behind: a
//! contact has a number of her own, and an account is found by it at the press. On failure: the
//! panic is the room's own error.

use ampara::clock::At;
use ampara::db::schema::contacts;
use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::PHONE_LOOKUP;
use ampara::delivery::addresses::{self, OwnerKind, PushRegistration};
use ampara::delivery::model::Channel;
use ampara::escalation::{centres, geojson_import};
use ampara::foundation::Foundation;
use ampara::identity::people::{self, NewPerson};
use ampara::identity::sessions::{self, NewDevice, Opened, Platform};
use ampara::ids::{ContactId, MunicipalityId, PersonId};
use ampara::language::Language;
use ampara::municipality::{self, chihuahua};
use ampara::on;
use ampara::phone::Phone;
use diesel::prelude::*;

/// Contacts that each of [`she`] has.
pub const CHOSEN: usize = 5;
/// People written in one transaction.
const AT_ONCE: usize = 100;

/// A woman who can press.
#[derive(Clone)]
pub struct She {
    /// What her phone shows.
    pub alert_token: String,
    /// The push tokens of those she chose.
    pub chosen: Vec<String>,
}

/// Chihuahua, its centres, and `app` as its app.
pub async fn town(foundation: &Foundation, app: &'static str) -> MunicipalityId {
    let (drafts, now) = (
        geojson_import::drafts(chihuahua::CENTRES_GEOJSON).unwrap(),
        foundation.clock.now(),
    );
    foundation
        .db
        .write(WritePriority::Background, move |conn| {
            let town =
                chihuahua::seed(conn, None, now).map_err(|e| DbError::Other(e.to_string()))?;
            municipality::add_app(conn, app, town)?;
            centres::import(conn, town, &drafts, now).map_err(|e| DbError::Other(e.to_string()))?;
            Ok::<_, DbError>(town)
        })
        .await
        .unwrap()
}

/// The `n`-th number of a block of a million: possible numbers of Chihuahua (614), Ciudad Juárez
/// (656) and Delicias.
fn number(block: usize, n: usize) -> Phone {
    let area = ["614", "656", "639"][block % 3];
    Phone::from_stored(&format!("+52{area}4{n:06}")).unwrap()
}

/// The push token of the `n`-th of [`contacts`]. `slot-<i>-` says which of the five it is to
/// whoever chose it.
pub fn token(n: usize) -> String {
    format!("slot-{}-phone-{n:04}", n % CHOSEN)
}

/// Somebody with an account and one phone, as a sign-in leaves them.
pub fn account(
    conn: &mut Conn,
    foundation: &Foundation,
    town: MunicipalityId,
    phone: &Phone,
    drawn: &Opened,
    now: At,
) -> PersonId {
    let new = NewPerson {
        phone: phone.clone(),
        municipality: town,
        language: Language::Es,
        notice_version: chihuahua::NOTICE_VERSION.to_owned(),
    };
    let (person, ..) = people::register(conn, &foundation.keys, &new, now).unwrap();
    let device = NewDevice {
        platform: Platform::Android,
        label: None,
        alert_token: None,
    };
    sessions::open(
        conn,
        &foundation.keys,
        person,
        &device,
        drawn,
        &foundation.config,
        now,
    )
    .unwrap();
    person
}

/// Makes `count` people with the app, whose phones are [`token`]`(0..count)`. Who they are.
pub async fn contacts(
    foundation: &Foundation,
    town: MunicipalityId,
    app: &'static str,
    count: usize,
) -> Vec<PersonId> {
    let (within, now) = (foundation.clone(), foundation.clock.now());
    let drawn: Vec<Opened> = (0..count).map(|_| Opened::new()).collect();
    foundation
        .db
        .write(WritePriority::Background, move |conn| {
            let one = |(n, drawn): (usize, &Opened)| {
                let person = account(conn, &within, town, &number(0, n), drawn, now);
                let token = token(n);
                let push = PushRegistration {
                    person,
                    device: drawn.device,
                    channel: Channel::Fcm,
                    app_id: app,
                    token: &token,
                };
                addresses::put_push(conn, &within.keys, &push, now)?;
                Ok(person)
            };
            drawn
                .iter()
                .enumerate()
                .map(one)
                .collect::<Result<_, DbError>>()
        })
        .await
        .unwrap()
}

/// Makes people `from..from + count`, each with five of these [`contacts`].
pub async fn people(
    foundation: &Foundation,
    town: MunicipalityId,
    from: usize,
    count: usize,
    among: &[PersonId],
) -> Vec<She> {
    let mut all = Vec::with_capacity(count);
    let mut next = from;
    while next < from + count {
        let several = next..(next + AT_ONCE).min(from + count);
        next = several.end;
        let drawn: Vec<(usize, Opened)> = several.map(|n| (n, Opened::new())).collect();
        let (within, among, now) = (foundation.clone(), among.to_vec(), foundation.clock.now());
        let written = foundation.db.write(WritePriority::Background, move |conn| {
            drawn
                .iter()
                .map(|(n, drawn)| she(conn, &within, town, *n, drawn, &among, now))
                .collect::<Result<Vec<_>, DbError>>()
        });
        all.extend(written.await.unwrap());
    }
    all
}

fn she(
    conn: &mut Conn,
    foundation: &Foundation,
    town: MunicipalityId,
    n: usize,
    drawn: &Opened,
    among: &[PersonId],
    now: At,
) -> Result<She, DbError> {
    let person = account(conn, foundation, town, &number(1, n), drawn, now);
    // Five in a row, beginning where each slot comes once.
    let first = (n * CHOSEN) % (among.len() - among.len() % CHOSEN);
    let chosen: Vec<usize> = (first..first + CHOSEN).collect();
    for (position, contact) in chosen.iter().enumerate() {
        choose(
            conn,
            foundation,
            person,
            position,
            (&number(0, *contact), among[*contact]),
            now,
        )?;
    }
    let alert_token = drawn.alert_token.expose().to_owned();
    Ok(She {
        alert_token,
        chosen: chosen.into_iter().map(token).collect(),
    })
}

/// A contact who was invited and said yes in the app.
fn choose(
    conn: &mut Conn,
    foundation: &Foundation,
    person: PersonId,
    position: usize,
    (phone, account): (&Phone, PersonId),
    now: At,
) -> Result<(), DbError> {
    let id = ContactId::new();
    let sealed = |column, text| {
        foundation
            .keys
            .seal_text("contacts", column, id.bytes(), text)
    };
    let row = (
        contacts::id.eq(id),
        contacts::person.eq(person),
        contacts::position.eq(i64::try_from(position).unwrap()),
        contacts::state.eq("active"),
        contacts::sealed_name.eq(sealed("sealed_name", "Beatriz")),
        contacts::sealed_phone.eq(sealed("sealed_phone", phone.as_str())),
        contacts::phone_lookup.eq(foundation.keys.lookup(PHONE_LOOKUP, phone.as_str())),
        contacts::phone_inferred.eq(false),
        contacts::sealed_alias.eq(Some(sealed("sealed_alias", "Tu vecina"))),
        contacts::language.eq("es"),
        contacts::contact_person.eq(account),
        contacts::knows_duress.eq(false),
        contacts::invited_at.eq(now),
        contacts::answered_at.eq(Some(now)),
    );
    on!(conn, |c| diesel::insert_into(contacts::table)
        .values(row.clone())
        .execute(c))?;
    addresses::put_phone(
        conn,
        &foundation.keys,
        OwnerKind::Contact,
        id.into(),
        phone.as_str(),
        now,
    )?;
    Ok(())
}

//! The tables `people` and `conflicts`.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::clock::At;

use crate::db::schema::{conflicts, people};
use crate::db::{Batch, Conn, DbError, change_marks};
use crate::identity::model::{Hold, Policy};
use crate::ids::{CentreId, EntryId, MunicipalityId, PersonId};
use crate::{first_locked, on, prepared};

#[derive(Queryable, Insertable)]
#[diesel(table_name = people, treat_none_as_default_value = false)]
pub(super) struct PersonRow {
    pub id: PersonId,
    pub municipality: MunicipalityId,
    pub phone_lookup: Vec<u8>,
    pub sealed_phone: Vec<u8>,
    pub sealed_name: Option<Vec<u8>>,
    pub language: String,
    pub home_centre: Option<CentreId>,
    pub policy: Policy,
    pub if_nobody_reached: Hold,
    pub if_duress: Hold,
    pub pin_hash: Option<String>,
    pub duress_pin_hash: Option<String>,
    pub open_alerts: i64,
    pub notice_version: String,
    pub notice_at: At,
    pub created_at: At,
    pub deleted_at: Option<At>,
    pub reminder_due_at: Option<At>,
}

/// Adds a person; nothing happens where the number has one already.
pub(super) fn add(conn: &mut Conn, row: &PersonRow) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(people::table)
        .values(row)
        .on_conflict(people::phone_lookup)
        .do_nothing()
        .execute(c))?;
    Ok(())
}

pub(super) fn by_phone(conn: &mut Conn, lookup: &[u8]) -> Result<Option<PersonRow>, DbError> {
    Ok(on!(conn, |c| people::table
        .filter(people::phone_lookup.eq(lookup))
        .filter(people::deleted_at.is_null())
        .first::<PersonRow>(c)
        .optional())?)
}

pub(super) fn ids_by_phone(
    conn: &mut Conn,
    lookups: Vec<Vec<u8>>,
) -> Result<Vec<(Vec<u8>, PersonId)>, DbError> {
    Ok(on!(conn, |c| people::table
        .filter(people::phone_lookup.eq_any(lookups))
        .filter(people::deleted_at.is_null())
        .select((people::phone_lookup, people::id))
        .load(c))?)
}

pub(super) fn by_id(conn: &mut Conn, id: PersonId) -> Result<Option<PersonRow>, DbError> {
    Ok(on!(conn, |c| people::table
        .find(id)
        .filter(people::deleted_at.is_null())
        .first::<PersonRow>(c)
        .optional())?)
}

/// A person, whether she named officers, and the version of the centres.
pub(super) type Taken = (PersonRow, bool, Option<i64>);

/// Takes the person's row until the transaction ends, and reads it: one statement, since every
/// press begins with it.
pub(super) fn take_and_read(conn: &mut Conn, id: PersonId) -> Result<Option<Taken>, DbError> {
    let named = conflicts::table.filter(conflicts::person.eq(id));
    let columns = (
        people::all_columns,
        exists(named),
        change_marks::inside(change_marks::CENTRES),
    );
    let her = people::table
        .find(id)
        .filter(people::deleted_at.is_null())
        .select(columns);
    first_locked!(conn, her)
}

/// Takes the person's row until the transaction ends.
pub(super) fn take(conn: &mut Conn, id: PersonId) -> Result<(), DbError> {
    crate::lock_row!(conn, people, id)
}

/// One more open alert.
pub(super) fn count_one_more(batch: &mut Batch<'_>, id: PersonId) -> Result<(), DbError> {
    batch.add(prepared!(
        diesel::update(people::table.find(id)).set(people::open_alerts.eq(people::open_alerts + 1))
    ))
}

/// Adds to the count of open alerts, which never falls below none.
pub(super) fn count_alerts(conn: &mut Conn, id: PersonId, by: i64) -> Result<usize, DbError> {
    let count = diesel::update(people::table.find(id))
        .filter(people::open_alerts.ge(-by))
        .set(people::open_alerts.eq(people::open_alerts + by));
    Ok(on!(conn, |c| prepared!(count).execute(c))?)
}

pub(super) fn accept_notice(
    conn: &mut Conn,
    id: PersonId,
    version: &str,
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(people::table.find(id))
        .filter(people::notice_version.ne(version))
        .set((
            people::notice_version.eq(version),
            people::notice_at.eq(now)
        ))
        .execute(c))?;
    Ok(())
}

/// What `PATCH /v1/me` may change; `None` leaves a column as it is.
#[derive(AsChangeset, Default)]
#[diesel(table_name = people)]
pub(super) struct PersonChange {
    pub sealed_name: Option<Vec<u8>>,
    pub language: Option<&'static str>,
    pub policy: Option<Policy>,
    pub if_nobody_reached: Option<Hold>,
    pub if_duress: Option<Hold>,
    pub reminder_due_at: Option<Option<At>>,
}

impl PersonChange {
    fn is_nothing(&self) -> bool {
        self.sealed_name.is_none()
            && self.language.is_none()
            && self.policy.is_none()
            && self.if_nobody_reached.is_none()
            && self.if_duress.is_none()
            && self.reminder_due_at.is_none()
    }
}

pub(super) fn change(conn: &mut Conn, id: PersonId, change: &PersonChange) -> Result<(), DbError> {
    if !change.is_nothing() {
        on!(conn, |c| diesel::update(people::table.find(id))
            .set(change)
            .execute(c))?;
    }
    Ok(())
}

pub(super) fn reminders_due(
    conn: &mut Conn,
    (now, latest): (At, At),
    limit: i64,
) -> Result<Vec<PersonId>, DbError> {
    let due = people::reminder_due_at
        .le(now)
        .or(people::reminder_due_at.gt(latest));
    let due = people::table
        .filter(due)
        .filter(people::deleted_at.is_null());
    Ok(on!(conn, |c| due
        .order(people::reminder_due_at)
        .limit(limit)
        .select(people::id)
        .load(c))?)
}

/// Moves her reminder, unless she has said that she wants none.
pub(super) fn remind_at(conn: &mut Conn, id: PersonId, at: At) -> Result<(), DbError> {
    let wanted = people::table
        .filter(people::id.eq(id))
        .filter(people::reminder_due_at.is_not_null());
    on!(conn, |c| diesel::update(wanted)
        .set(people::reminder_due_at.eq(Some(at)))
        .execute(c))?;
    Ok(())
}

/// Sets the PIN unless an alert is open, a first one only where there is still none; how many rows
/// changed.
pub(super) fn set_pin(
    conn: &mut Conn,
    id: PersonId,
    hash: &str,
    first: bool,
) -> Result<usize, DbError> {
    Ok(on!(conn, |c| diesel::update(people::table.find(id))
        .filter(people::open_alerts.eq(0))
        .filter(people::pin_hash.is_null().or((!first).into_sql::<Bool>()))
        .set(people::pin_hash.eq(Some(hash)))
        .execute(c))?)
}

/// Her PIN's hash and her duress PIN's, as far as they are set.
pub(super) type Pins = (Option<String>, Option<String>);

pub(super) fn pins(conn: &mut Conn, id: PersonId) -> Result<Option<Pins>, DbError> {
    Ok(on!(conn, |c| people::table
        .find(id)
        .filter(people::deleted_at.is_null())
        .select((people::pin_hash, people::duress_pin_hash))
        .first(c)
        .optional())?)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = conflicts, treat_none_as_default_value = false)]
pub(super) struct ConflictRow {
    pub id: EntryId,
    pub person: PersonId,
    pub sealed: Vec<u8>,
    pub name_lookup: Option<Vec<u8>>,
    pub badge_lookup: Option<Vec<u8>>,
    pub corporation: Option<String>,
    pub created_at: At,
}

pub(super) fn replace_conflicts(
    conn: &mut Conn,
    person: PersonId,
    rows: &[ConflictRow],
) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(
        conflicts::table.filter(conflicts::person.eq(person))
    )
    .execute(c))?;
    for row in rows {
        on!(conn, |c| diesel::insert_into(conflicts::table)
            .values(row)
            .execute(c))?;
    }
    Ok(())
}

pub(super) fn conflicts_of(conn: &mut Conn, person: PersonId) -> Result<Vec<ConflictRow>, DbError> {
    Ok(on!(conn, |c| conflicts::table
        .filter(conflicts::person.eq(person))
        .order(conflicts::id)
        .load::<ConflictRow>(c))?)
}

/// The people who named an officer with that badge (of that corporation, or of none said) or that
/// name.
pub(super) fn who_named(
    conn: &mut Conn,
    name: &[u8],
    badge: Option<&[u8]>,
    corporation: Option<&str>,
) -> Result<Vec<PersonId>, DbError> {
    let mut named: Vec<PersonId> = on!(conn, |c| conflicts::table
        .filter(conflicts::name_lookup.eq(name))
        .select(conflicts::person)
        .load(c))?;
    if let Some(badge) = badge {
        let by_badge: Vec<(PersonId, Option<String>)> = on!(conn, |c| conflicts::table
            .filter(conflicts::badge_lookup.eq(badge))
            .select((conflicts::person, conflicts::corporation))
            .load(c))?;
        named.extend(
            by_badge
                .into_iter()
                // Where either side says no corporation, the badge alone decides: hidden too often
                // is the safer mistake.
                .filter(|(_, of)| {
                    of.is_none() || corporation.is_none() || of.as_deref() == corporation
                })
                .map(|(person, _)| person),
        );
    }
    named.sort_unstable();
    named.dedup();
    Ok(named)
}

/// A person, and the hashes of her PIN and duress PIN.
pub(super) type PinHashes = (PersonId, Option<String>, Option<String>);

/// Of each person.
pub(super) fn pin_hashes(conn: &mut Conn) -> Result<Vec<PinHashes>, DbError> {
    Ok(on!(conn, |c| people::table
        .select((people::id, people::pin_hash, people::duress_pin_hash))
        .load(c))?)
}

/// The entries of officers, with the person who named each.
pub(super) fn all_conflicts(conn: &mut Conn) -> Result<Vec<(PersonId, EntryId)>, DbError> {
    Ok(on!(conn, |c| conflicts::table
        .select((conflicts::person, conflicts::id))
        .load(c))?)
}

//! The rows of timelines and of the read-audit.

use diesel::dsl::max;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::model::{Action, Actor, Entry, Kind, NewEntry, Read, ReadEntry, ReadMark};
use crate::clock::At;
use crate::db::schema::{read_audit, timeline};
use crate::db::{Batch, Conn, DbError};
use crate::ids::{
    CentreId, ContactId, EntryId, MunicipalityId, OperatorId, PersonId, RecordId, SubjectId,
};
use crate::on;

/// Entries of a chain that are read at once.
const PAGE: i64 = 500;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = timeline, treat_none_as_default_value = false)]
struct EntryRow {
    id: EntryId,
    subject: SubjectId,
    at: At,
    kind: String,
    actor_kind: String,
    actor: Option<Vec<u8>>,
    detail: String,
    sealed_note: Option<Vec<u8>>,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        let id = row
            .actor
            .as_deref()
            .and_then(|bytes| Uuid::from_slice(bytes).ok());
        let actor = match (row.actor_kind.as_str(), id) {
            ("her", _) => Actor::Her,
            ("contact", Some(id)) => Actor::Contact(ContactId(id)),
            ("operator", Some(id)) => Actor::Operator(OperatorId(id)),
            _ => Actor::System,
        };
        Self {
            id: row.id,
            at: row.at,
            kind: Kind::parse(&row.kind),
            actor,
            detail: serde_json::from_str(&row.detail).unwrap_or(Value::Null),
            sealed_note: row.sealed_note,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = read_audit)]
struct ReadRow {
    record: RecordId,
    seq: i64,
    person: PersonId,
    municipality: MunicipalityId,
    centre: CentreId,
    at: At,
    operator: OperatorId,
    action: String,
    sealed_reason: Option<Vec<u8>>,
    prev: Vec<u8>,
    hash: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = read_audit, treat_none_as_default_value = false)]
struct NewReadRow<'a> {
    record: RecordId,
    seq: i64,
    person: PersonId,
    municipality: MunicipalityId,
    centre: CentreId,
    at: At,
    operator: OperatorId,
    action: &'a str,
    sealed_reason: Option<&'a [u8]>,
    prev: &'a [u8],
    hash: &'a [u8],
}

/// An entry of the audit with its links.
pub(super) struct Link {
    pub seq: i64,
    pub action: String,
    pub read: Read,
    pub prev: Vec<u8>,
    pub hash: Vec<u8>,
}

impl From<ReadRow> for Link {
    fn from(row: ReadRow) -> Self {
        let read = Read {
            record: row.record,
            person: row.person,
            municipality: row.municipality,
            centre: row.centre,
            at: row.at,
            operator: row.operator,
            action: Action::parse(&row.action).unwrap_or(Action::Opened),
            sealed_reason: row.sealed_reason,
        };
        Self {
            seq: row.seq,
            action: row.action,
            read,
            prev: row.prev,
            hash: row.hash,
        }
    }
}

impl From<&NewEntry> for EntryRow {
    fn from(entry: &NewEntry) -> Self {
        let actor = match entry.actor {
            Actor::Contact(id) => Some(id.bytes().to_vec()),
            Actor::Operator(id) => Some(id.bytes().to_vec()),
            Actor::Her | Actor::System => None,
        };
        Self {
            id: EntryId::new(),
            subject: entry.subject,
            at: entry.at,
            kind: entry.kind.as_str().to_owned(),
            actor_kind: entry.actor.kind().to_owned(),
            actor,
            detail: entry.detail.to_string(),
            sealed_note: entry.sealed_note.clone(),
        }
    }
}

pub(super) fn append(conn: &mut Conn, entry: &NewEntry) -> Result<EntryId, DbError> {
    let row = EntryRow::from(entry);
    on!(conn, |c| diesel::insert_into(timeline::table)
        .values(&row)
        .execute(c))?;
    Ok(row.id)
}

pub(super) fn add(batch: &mut Batch<'_>, entry: &NewEntry) -> Result<(), DbError> {
    batch.add(diesel::insert_into(timeline::table).values(EntryRow::from(entry)))
}

pub(super) fn list(
    conn: &mut Conn,
    subject: SubjectId,
    after: Option<EntryId>,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let after = after.unwrap_or(EntryId(Uuid::nil()));
    let rows: Vec<EntryRow> = on!(conn, |c| timeline::table
        .filter(timeline::subject.eq(subject))
        .filter(timeline::id.gt(after))
        .order(timeline::id)
        .limit(limit)
        .select(EntryRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) fn latest(
    conn: &mut Conn,
    subject: SubjectId,
    before: Option<EntryId>,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let before = before.unwrap_or(EntryId(Uuid::max()));
    let rows: Vec<EntryRow> = on!(conn, |c| timeline::table
        .filter(timeline::subject.eq(subject))
        .filter(timeline::id.lt(before))
        .order(timeline::id.desc())
        .limit(limit)
        .select(EntryRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// When an entry of that kind was last appended.
pub(super) fn last(conn: &mut Conn, subject: SubjectId, kind: &str) -> Result<Option<At>, DbError> {
    let those = timeline::table
        .filter(timeline::subject.eq(subject))
        .filter(timeline::kind.eq(kind));
    Ok(on!(conn, |c| those.select(max(timeline::at)).first(c))?)
}

/// The last entry's number and hash.
pub(super) fn head(conn: &mut Conn, record: RecordId) -> Result<Option<(i64, Vec<u8>)>, DbError> {
    Ok(on!(conn, |c| read_audit::table
        .filter(read_audit::record.eq(record))
        .order(read_audit::seq.desc())
        .select((read_audit::seq, read_audit::hash))
        .first(c)
        .optional())?)
}

pub(super) fn append_read(
    conn: &mut Conn,
    read: &Read,
    seq: i64,
    prev: &[u8],
    hash: &[u8],
) -> Result<(), DbError> {
    let row = NewReadRow {
        record: read.record,
        seq,
        person: read.person,
        municipality: read.municipality,
        centre: read.centre,
        at: read.at,
        operator: read.operator,
        action: read.action.as_str(),
        sealed_reason: read.sealed_reason.as_deref(),
        prev,
        hash,
    };
    on!(conn, |c| diesel::insert_into(read_audit::table)
        .values(&row)
        .execute(c))?;
    Ok(())
}

pub(super) fn has_read(
    conn: &mut Conn,
    record: RecordId,
    operator: OperatorId,
    action: &str,
    since: At,
) -> Result<bool, DbError> {
    let such = read_audit::table
        .filter(read_audit::record.eq(record))
        .filter(read_audit::operator.eq(operator))
        .filter(read_audit::action.eq(action))
        .filter(read_audit::at.ge(since));
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(such))
        .get_result(c))?)
}

/// The next entries of a record's chain, in order.
pub(super) fn chain(conn: &mut Conn, record: RecordId, after: i64) -> Result<Vec<Link>, DbError> {
    let rows: Vec<ReadRow> = on!(conn, |c| read_audit::table
        .filter(read_audit::record.eq(record))
        .filter(read_audit::seq.gt(after))
        .order(read_audit::seq)
        .limit(PAGE)
        .select(ReadRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) fn records_read(
    conn: &mut Conn,
    after: Option<RecordId>,
    limit: i64,
) -> Result<Vec<RecordId>, DbError> {
    let after = after.unwrap_or(RecordId(Uuid::nil()));
    Ok(on!(conn, |c| read_audit::table
        .filter(read_audit::record.gt(after))
        .select(read_audit::record)
        .distinct()
        .order(read_audit::record)
        .limit(limit)
        .load(c))?)
}

/// Entries in which a column has a value, newest first: those that come after a mark.
macro_rules! newest_first {
    ($conn:expr, $column:ident = $value:expr, $after:expr, $limit:expr) => {{
        let mark: ReadMark = $after.unwrap_or(NEWEST);
        let in_its_record = read_audit::record
            .eq(mark.record)
            .and(read_audit::seq.lt(mark.seq));
        let at_its_time = read_audit::at
            .eq(mark.at)
            .and(read_audit::record.lt(mark.record).or(in_its_record));
        let rows: Vec<ReadRow> = on!($conn, |c| read_audit::table
            .filter(read_audit::$column.eq($value))
            .filter(read_audit::at.lt(mark.at).or(at_its_time))
            .order((
                read_audit::at.desc(),
                read_audit::record.desc(),
                read_audit::seq.desc()
            ))
            .limit($limit)
            .select(ReadRow::as_select())
            .load(c))?;
        Ok(rows.into_iter().map(entry).collect())
    }};
}

pub(super) fn by_person(
    conn: &mut Conn,
    person: PersonId,
    after: Option<ReadMark>,
    limit: i64,
) -> Result<Vec<ReadEntry>, DbError> {
    newest_first!(conn, person = person, after, limit)
}

pub(super) fn by_centre(
    conn: &mut Conn,
    centre: CentreId,
    after: Option<ReadMark>,
    limit: i64,
) -> Result<Vec<ReadEntry>, DbError> {
    newest_first!(conn, centre = centre, after, limit)
}

/// Before every entry there can be, newest first.
const NEWEST: ReadMark = ReadMark {
    at: At::from_micros(i64::MAX),
    record: RecordId(Uuid::max()),
    seq: i64::MAX,
};

fn entry(row: ReadRow) -> ReadEntry {
    let link = Link::from(row);
    ReadEntry {
        seq: link.seq,
        read: link.read,
    }
}

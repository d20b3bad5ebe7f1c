//! The read-audit: who opened her data, chained so that no entry can be altered, removed or slipped
//! in unnoticed.
//!
//! Each record has its own chain. An entry's hash is SHA-256 over the hash before it and over every
//! field, each with its length, so that no two different entries have the same bytes. The first
//! one's `prev` is made of the record's id. A chain cannot tell that its *last* entries were cut
//! off; so [`verify`] also returns the head, which an auditor writes down elsewhere and compares
//! the next time.

use sha2::{Digest, Sha256};

use super::store;
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::ids::{CentreId, OperatorId, PersonId, RecordId};

pub use super::model::{Action, Read, ReadEntry, ReadMark};

/// What a chain says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry follows from the one before.
    Whole {
        /// How many there are.
        entries: i64,
        /// The last hash: to be written down elsewhere, so that a chain cut short is seen.
        head: Vec<u8>,
    },
    /// The first entry that does not follow: altered, slipped in, or behind one that is missing.
    Broken {
        /// Its number.
        seq: i64,
    },
}

/// Writes a read down and returns its number. **The caller holds the record's row**: two readers
/// that chained to the same entry would break the chain; the key refuses the second.
///
/// # Errors
/// What the database says; nothing may be shown then.
pub fn append_read(conn: &mut Conn, read: &Read) -> Result<i64, DbError> {
    let (last, prev) = store::head(conn, read.record)?.unwrap_or_else(|| (0, origin(read.record)));
    let seq = last + 1;
    let hash = link(&prev, seq, read.action.as_str(), read);
    store::append_read(conn, read, seq, &prev, &hash)?;
    Ok(seq)
}

/// Whether that operator has read that record in that way since then.
///
/// # Errors
/// What the database says.
pub fn has_read(
    conn: &mut Conn,
    record: RecordId,
    operator: OperatorId,
    action: Action,
    since: At,
) -> Result<bool, DbError> {
    store::has_read(conn, record, operator, action.as_str(), since)
}

/// Walks one record's chain.
///
/// # Errors
/// What the database says.
pub fn verify(conn: &mut Conn, record: RecordId) -> Result<Verdict, DbError> {
    let (mut seq, mut prev) = (0, origin(record));
    loop {
        let page = store::chain(conn, record, seq)?;
        if page.is_empty() {
            return Ok(Verdict::Whole {
                entries: seq,
                head: prev,
            });
        }
        for entry in page {
            seq += 1;
            let follows = entry.seq == seq
                && entry.prev == prev
                && entry.hash == link(&prev, seq, &entry.action, &entry.read)
                && Action::parse(&entry.action).is_some();
            if !follows {
                return Ok(Verdict::Broken { seq });
            }
            prev = entry.hash;
        }
    }
}

/// Every record that has a chain, with its verdict; in batches by `after`, for `ampara audit
/// verify`.
///
/// # Errors
/// What the database says.
pub fn verify_all(
    conn: &mut Conn,
    after: Option<RecordId>,
    limit: i64,
) -> Result<Vec<(RecordId, Verdict)>, DbError> {
    let records = store::records_read(conn, after, limit)?;
    records
        .into_iter()
        .map(|record| Ok((record, verify(conn, record)?)))
        .collect()
}

/// Who read her data, newest first: hers to ask for.
///
/// # Errors
/// What the database says.
pub fn by_person(
    conn: &mut Conn,
    person: PersonId,
    after: Option<ReadMark>,
    limit: i64,
) -> Result<Vec<ReadEntry>, DbError> {
    store::by_person(conn, person, after, limit)
}

/// What a centre's people read, newest first: for its supervisors and the auditor.
///
/// # Errors
/// What the database says.
pub fn by_centre(
    conn: &mut Conn,
    centre: CentreId,
    after: Option<ReadMark>,
    limit: i64,
) -> Result<Vec<ReadEntry>, DbError> {
    store::by_centre(conn, centre, after, limit)
}

/// Who read one record after that many readings, in order to the last.
///
/// # Errors
/// What the database says.
pub fn by_record(conn: &mut Conn, record: RecordId, after: i64) -> Result<Vec<ReadEntry>, DbError> {
    let mut all: Vec<ReadEntry> = Vec::new();
    loop {
        let page = store::chain(conn, record, all.last().map_or(after, |entry| entry.seq))?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page.into_iter().map(|entry| ReadEntry {
            seq: entry.seq,
            read: entry.read,
        }));
    }
}

fn origin(record: RecordId) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(b"ampara read-audit 1");
    hash.update(record.bytes());
    hash.finalize().to_vec()
}

/// The action is hashed as its stored word, so that an altered word that this release cannot read
/// is seen too.
fn link(prev: &[u8], seq: i64, action: &str, read: &Read) -> Vec<u8> {
    let mut hash = Sha256::new();
    let none: &[u8] = &[];
    let fields: [&[u8]; 11] = [
        prev,
        &seq.to_be_bytes(),
        read.record.bytes(),
        read.person.bytes(),
        read.municipality.bytes(),
        read.centre.bytes(),
        &read.at.micros().to_be_bytes(),
        read.operator.bytes(),
        action.as_bytes(),
        &[u8::from(read.sealed_reason.is_some())],
        read.sealed_reason.as_deref().unwrap_or(none),
    ];
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().to_vec()
}

//! STOP and its opposites: kept by sender and number.
//!
//! A number that said STOP to one municipality's sender gets no texts and calls from that
//! municipality; another's, with a sender of its own, still reaches it. A municipality may have
//! several senders (two gateways, a number for calls): a stop is checked against all senders that a
//! message may go out by, and taken back for all senders of the municipalities that have the one it
//! was said to. What was said to a sender that no municipality has counts for every sender.

use std::collections::{BTreeSet, HashSet};

use super::store::{addresses, inbound as store};
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::municipality::{self, Municipality};

/// The sender that is all senders.
const EVERY: &str = "";

/// Whether a message to the number of `phone_lookup` that would go out by one of `senders` must
/// not.
///
/// # Errors
/// What the database says.
pub fn is_stopped(
    conn: &mut Conn,
    phone_lookup: &[u8],
    senders: &[String],
) -> Result<bool, DbError> {
    let stopped = store::stopped_senders(conn, phone_lookup)?;
    Ok(stopped.iter().any(|s| s == EVERY || senders.contains(s)))
}

/// Records a STOP that was said to `senders`: the one that was written to, or those by which a
/// message may have gone that the gateway refused. It ends calls as well.
pub(super) fn stop(
    conn: &mut Conn,
    phone_lookup: &[u8],
    senders: &[String],
    now: At,
) -> Result<(), DbError> {
    let all = municipality::list(conn)?;
    let ours: Vec<String> = senders
        .iter()
        .filter(|sender| all.iter().any(|m| has(m, sender)))
        .cloned()
        .collect();
    if ours.is_empty() {
        return store::stop(conn, phone_lookup, EVERY, now);
    }
    alone(&all, &ours)
        .iter()
        .try_for_each(|sender| store::stop(conn, phone_lookup, sender, now))
}

/// Takes a STOP to `senders` back, and revives what it or the gateway's own opt-out had ended. Whether there
/// was one.
///
/// # Errors
/// What the database says.
pub fn start(
    conn: &mut Conn,
    phone_lookup: &[u8],
    senders: &[String],
    now: At,
) -> Result<bool, DbError> {
    let all = municipality::list(conn)?;
    let mut back: Vec<String> = together(&all, senders).into_iter().collect();
    back.push(EVERY.to_owned());
    let stops = store::start(conn, phone_lookup, &back)?;
    let revived = addresses::revive_opted_out(conn, phone_lookup, now)?;
    Ok(stops + revived > 0)
}

fn has(municipality: &Municipality, sender: &str) -> bool {
    all_of(municipality).any(|s| s == sender)
}

fn all_of(municipality: &Municipality) -> impl Iterator<Item = String> {
    let senders = municipality.senders();
    let both = senders.texts.into_iter().chain(senders.calls);
    both.filter(|sender| !sender.is_empty())
}

/// All senders of the municipalities that have one of these, and these.
fn together(all: &[Municipality], senders: &[String]) -> BTreeSet<String> {
    let with_one = all
        .iter()
        .filter(|m| senders.iter().any(|sender| has(m, sender)));
    with_one
        .flat_map(all_of)
        .chain(senders.iter().cloned())
        .collect()
}

/// As [`together`], without what a municipality to which nothing was said sends by as well: a
/// number for calls that two share is not silenced by the texts of one.
fn alone(all: &[Municipality], senders: &[String]) -> BTreeSet<String> {
    let mut silenced = together(all, senders);
    for other in all {
        if !senders.iter().any(|sender| has(other, sender)) {
            all_of(other).for_each(|shared| {
                silenced.remove(&shared);
            });
        }
    }
    silenced
}

/// All stops: the number's look-up hash, and the sender to which it was said.
///
/// # Errors
/// What the database says.
pub fn all(conn: &mut Conn) -> Result<HashSet<(Vec<u8>, String)>, DbError> {
    store::all_stops(conn)
}

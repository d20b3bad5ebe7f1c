//! Of which open alerts a number was told, and which of them a reply means.

use super::model::Asked;
use crate::alerts::AlertError;
use crate::alerts::store::{self, AlertRow};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::facts::{self, NotificationFact};
use crate::delivery::model::Medium;
use crate::ids::NotificationId;
use crate::municipality;
use crate::network;
use crate::plan::model::Step;

/// A text that came in.
pub(super) struct Text<'a> {
    /// The lookup of the number it came from.
    pub number: &'a [u8],
    /// Our sender that it was written to, if the gateway said so.
    pub sender: Option<&'a str>,
    /// When it came.
    pub at: At,
}

/// An open alert of which the number was told.
pub(super) struct Told {
    /// The alert, and whose answer it would be.
    pub asked: Asked,
    /// When the number was told last; a message that its provider took counts before one that it
    /// may have taken.
    pub last: (bool, At),
    /// The last text to the number.
    pub text: Option<NotificationId>,
}

/// Which alert a text is about.
pub(super) enum Meant {
    /// This one.
    One(Asked),
    /// One of these: the contact has to say which.
    Several(Vec<Asked>),
    /// One that is over.
    Over,
}

/// The open alerts of which the number was told, by the sender that it wrote to, before its text
/// came; each once. Where no provider has confirmed anything it was told what is queued for it: a
/// text may arrive although its provider's answer did not.
pub(super) fn of_number(conn: &mut Conn, text: &Text<'_>) -> Result<Vec<Told>, AlertError> {
    let mut all: Vec<Told> = Vec::new();
    for watched in network::watching_with(conn, text.number)? {
        let Some(row) = store::open_of(conn, watched.person)? else {
            continue;
        };
        if !written_to(conn, &row, text.sender)? {
            continue;
        }
        let facts = facts::notifications_of(conn, row.id.into(), text.at)?;
        let of_this_number = |fact: &&NotificationFact| {
            let over_number = matches!(fact.channel.medium(), Medium::Text | Medium::Call);
            over_number
                && fact.key.recipient == watched.contact.into()
                && fact.created_at <= text.at
        };
        let told = |fact: &&NotificationFact| {
            fact.sent_at
                .filter(|at| *at <= text.at)
                .map_or((false, fact.created_at), |at| (true, at))
        };
        let mine = facts.iter().filter(of_this_number);
        let Some(last) = mine.clone().max_by_key(told) else {
            continue;
        };
        let sent = mine
            .filter(|fact| fact.channel.medium() == Medium::Text)
            .max_by_key(told);
        let one = Told {
            asked: Asked {
                alert: row.id,
                contact: watched.contact,
                to_drill: last.key.step == Step::Drill.number(),
            },
            last: told(&last),
            text: sent.map(|fact| fact.id),
        };
        match all.iter_mut().find(|told| told.asked.alert == row.id) {
            // Two contacts of hers have this number.
            Some(other) if other.last < one.last => *other = one,
            Some(_) => {}
            None => all.push(one),
        }
    }
    // Ids are ordered by time.
    all.sort_by_key(|told| told.asked.alert);
    Ok(all)
}

/// Whether the alert's municipality sends by the sender that was written to. A sender that no
/// gateway named, or that is no municipality's, may be any's.
fn written_to(conn: &mut Conn, row: &AlertRow, sender: Option<&str>) -> Result<bool, AlertError> {
    let Some(sender) = sender else {
        return Ok(true);
    };
    let has = |m: &municipality::Municipality| m.senders().texts.iter().any(|s| s == sender);
    let all = municipality::list(conn)?;
    let theirs = all.iter().find(|m| m.id == row.municipality);
    Ok(theirs.is_some_and(has) || !all.iter().any(has))
}

/// Which alert is meant: the one of the letter, where the number was asked for one; the only one
/// there is; else one of several. Alarms come before drills.
pub(super) fn meant(
    conn: &mut Conn,
    number: &[u8],
    told: &[Told],
    choice: Option<u8>,
) -> Result<Meant, AlertError> {
    let real = told.iter().any(|told| !told.asked.to_drill);
    let open: Vec<Asked> = told
        .iter()
        .map(|told| told.asked)
        .filter(|asked| !(real && asked.to_drill))
        .collect();
    if let Some(letter) = choice {
        let choices = store::choices_of(conn, number)?;
        let chosen = choices
            .iter()
            .find(|(given, _)| *given == i64::from(letter));
        let asked = chosen.map(|(_, alert)| open.iter().find(|asked| asked.alert == *alert));
        match asked {
            Some(Some(asked)) => return Ok(Meant::One(*asked)),
            Some(None) => return Ok(Meant::Over),
            // No such letter was given out.
            None if choices.is_empty() => {}
            None => return Ok(Meant::Several(open)),
        }
    }
    Ok(match open.as_slice() {
        [] => Meant::Over,
        [only] => Meant::One(*only),
        _ => Meant::Several(open),
    })
}

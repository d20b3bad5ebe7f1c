//! From one medium to the next, until a phone confirms.
//!
//! Every message to a contact climbs in the same way. It starts over some media; where all its
//! tries there have failed for good the next medium is due at once, where they have failed for now
//! five seconds later, and where no phone has confirmed in thirty seconds then, but for a call:
//! silence alone makes no phone ring before the repeats do. A live address that appears meanwhile
//! in a medium already in use (the app got a new token) is told too. No person is called twice at
//! once.

use super::draft::DecisionDraft;
use crate::clock::At;
use crate::delivery::model::{Medium, NotificationState};
use crate::plan::situation::{Address, Contact, SentNotice};

/// What is due now, and when something may be due next.
#[derive(Default)]
pub(super) struct Climb<'a> {
    pub(super) due: Vec<&'a Address>,
    pub(super) next: Option<At>,
}

/// Where a climb stands. `mine` are the messages of this climb so far; `start` the media to begin
/// with; without `wait_for_receipts` only failures lead on.
pub(super) fn ladder<'a>(
    draft: &DecisionDraft<'_>,
    contact: &'a Contact,
    mine: &[&SentNotice],
    start: &[Medium],
    wait_for_receipts: bool,
) -> Climb<'a> {
    let ladder = steps(draft, contact, mine, start, wait_for_receipts);
    let Some(over) = line_in_use_until(draft, contact)
        .filter(|_| ladder.due.iter().any(|a| a.medium() == Medium::Call))
    else {
        return ladder;
    };
    let due = ladder
        .due
        .into_iter()
        .filter(|a| a.medium() != Medium::Call)
        .collect();
    Climb {
        due,
        next: Some(ladder.next.map_or(over, |next| next.min(over))),
    }
}

/// Until when a call to this contact may still be going on, where one is. The deadline of its
/// message ends no call that has begun, and a key that was pressed ends it some seconds later.
pub(super) fn line_in_use_until(draft: &DecisionDraft<'_>, contact: &Contact) -> Option<At> {
    let calls = contact
        .told
        .iter()
        .filter(|t| t.channel.medium() == Medium::Call);
    let over = calls.filter_map(|t| match t.state {
        NotificationState::Failed(_) | NotificationState::Delivered => None,
        NotificationState::Seen => t
            .seen_at
            .map(|at| draft.after(at, draft.config.call_thanks_s)),
        _ => Some(draft.after(t.created_at, draft.config.call_lasts_s)),
    });
    over.filter(|over| *over > draft.now).max()
}

fn steps<'a>(
    draft: &DecisionDraft<'_>,
    contact: &'a Contact,
    mine: &[&SentNotice],
    start: &[Medium],
    wait_for_receipts: bool,
) -> Climb<'a> {
    let live_in = |media: &[Medium]| -> Vec<&'a Address> {
        contact
            .ways()
            .filter(|a| media.contains(&a.medium()))
            .collect()
    };
    if mine.is_empty() {
        return Climb {
            due: live_in(start),
            next: None,
        };
    }
    let tried: Vec<Medium> = mine.iter().map(|t| t.channel.medium()).collect();
    let mut due = live_in(&tried);
    due.retain(|a| mine.iter().all(|t| t.address != a.id));
    if mine.iter().any(|t| t.state.reached()) {
        return Climb { due, next: None };
    }
    let untried = || {
        Medium::ALL
            .iter()
            .filter(|m| !tried.contains(*m) && contact.ways().any(|a| a.medium() == **m))
    };
    let failed = failed_at(draft, mine).zip(untried().next());
    let silent = silent_at(draft, mine)
        .filter(|_| wait_for_receipts)
        .zip(untried().find(|m| **m != Medium::Call));
    match failed.into_iter().chain(silent).min_by_key(|(at, _)| *at) {
        Some((at, next)) if at <= draft.now => {
            due.extend(live_in(&[*next]));
            Climb { due, next: None }
        }
        later => Climb {
            due,
            next: later.map(|(at, _)| at),
        },
    }
}

/// The messages over the medium that was tried last.
fn latest<'t>(mine: &'t [&'t SentNotice]) -> impl Iterator<Item = &'t SentNotice> {
    let latest = mine
        .iter()
        .max_by_key(|t| (t.created_at, t.channel.medium()))
        .map(|t| t.channel.medium());
    mine.iter()
        .copied()
        .filter(move |t| Some(t.channel.medium()) == latest)
}

/// When the latest medium tried has failed, where all of it has.
fn failed_at(draft: &DecisionDraft<'_>, mine: &[&SentNotice]) -> Option<At> {
    if latest(mine).any(|t| !t.state.lost() && t.trouble_at.is_none()) {
        return None;
    }
    let trouble = latest(mine)
        .filter(|t| !t.state.lost())
        .filter_map(|t| t.trouble_at)
        .min();
    Some(trouble.map_or(draft.now, |at| draft.after(at, draft.config.soft_failure_s)))
}

/// When a receipt over the latest medium tried is overdue.
fn silent_at(draft: &DecisionDraft<'_>, mine: &[&SentNotice]) -> Option<At> {
    latest(mine)
        .map(|t| t.created_at)
        .min()
        .map(|begun| draft.after(begun, draft.config.no_receipt_s))
}

/// The first step for a contact without any message yet: the app if there is one, else text,
/// else a call.
pub(super) fn first_medium(contact: &Contact) -> Vec<Medium> {
    Medium::ALL
        .iter()
        .copied()
        .find(|m| contact.ways().any(|a| a.medium() == *m))
        .into_iter()
        .collect()
}

/// Where to begin with news: over what has reached this contact before; if nothing has, over all
/// that was tried, but for a call where there is anything else; if none of that is live any more,
/// anew.
pub(super) fn known_media(contact: &Contact) -> Vec<Medium> {
    let live = |m: &Medium| contact.ways().any(|a| a.medium() == *m);
    let of = |reached: bool| -> Vec<Medium> {
        let told = contact
            .told
            .iter()
            .filter(|t| !reached || t.state.reached());
        told.map(|t| t.channel.medium()).filter(live).collect()
    };
    let reached = of(true).into_iter().min();
    let mut media = reached.map_or_else(|| of(false), |m| vec![m]);
    if media.iter().any(|m| *m != Medium::Call) {
        media.retain(|m| *m != Medium::Call);
    }
    if media.is_empty() {
        first_medium(contact)
    } else {
        media
    }
}

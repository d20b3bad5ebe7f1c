//! From one medium to the next, until a phone confirms.
//!
//! Every message to a contact climbs in the same way. It starts over some media; where all its tries there have
//! failed for good the next medium is due at once, where they have failed for now five seconds later, and where no
//! phone has confirmed in thirty seconds then. A live address that appears meanwhile in a medium already in use (the
//! app got a new token) is told too.

use crate::clock::At;
use crate::delivery::model::Medium;
use crate::plan::pen::Pen;
use crate::plan::situation::{Address, Contact, Told};

/// What is due now, and when something may be due next.
#[derive(Default)]
pub(super) struct Climb<'a> {
    pub(super) due: Vec<&'a Address>,
    pub(super) next: Option<At>,
}

/// Where a climb stands. `mine` are the messages of this climb so far; `start` the media to begin with; without
/// `wait_for_receipts` only failures lead on.
pub(super) fn climb<'a>(
    pen: &Pen<'_>,
    contact: &'a Contact,
    mine: &[&Told],
    start: &[Medium],
    wait_for_receipts: bool,
) -> Climb<'a> {
    let live_in =
        |media: &[Medium]| -> Vec<&'a Address> { contact.ways().filter(|a| media.contains(&a.medium())).collect() };
    if mine.is_empty() {
        return Climb { due: live_in(start), next: None };
    }
    let tried: Vec<Medium> = mine.iter().map(|t| t.channel.medium()).collect();
    let mut due = live_in(&tried);
    due.retain(|a| mine.iter().all(|t| t.address != a.id));
    if mine.iter().any(|t| t.state.reached()) {
        return Climb { due, next: None };
    }
    let untried = |medium: &&Medium| !tried.contains(medium) && contact.ways().any(|a| a.medium() == **medium);
    let Some(next) = Medium::ALL.iter().find(untried) else { return Climb { due, next: None } };
    match leads_on_at(pen, mine, wait_for_receipts) {
        Some(at) if at <= pen.now => {
            due.extend(live_in(&[*next]));
            Climb { due, next: None }
        }
        at => Climb { due, next: at },
    }
}

/// When the latest medium tried has had its chance.
fn leads_on_at(pen: &Pen<'_>, mine: &[&Told], wait_for_receipts: bool) -> Option<At> {
    let latest = mine.iter().max_by_key(|t| (t.created_at, t.channel.medium()))?.channel.medium();
    let there = || mine.iter().filter(|t| t.channel.medium() == latest);
    let begun = there().map(|t| t.created_at).min()?;
    let receipt = wait_for_receipts.then(|| pen.after(begun, pen.config.no_receipt_s));
    if there().any(|t| !t.state.lost() && t.trouble_at.is_none()) {
        return receipt;
    }
    let trouble = there().filter(|t| !t.state.lost()).filter_map(|t| t.trouble_at).min();
    let failed = trouble.map_or(pen.now, |at| pen.after(at, pen.config.soft_failure_s));
    Some(receipt.map_or(failed, |at| at.min(failed)))
}

/// Where to begin with a contact of whom nothing is known yet: the app if there is one, else text, else a call.
pub(super) fn first_medium(contact: &Contact) -> Vec<Medium> {
    Medium::ALL.iter().copied().find(|m| contact.ways().any(|a| a.medium() == *m)).into_iter().collect()
}

/// Where to begin with news: over what has reached this contact before; if nothing has, over all that was tried; if
/// none of that is live any more, anew.
pub(super) fn known_media(contact: &Contact) -> Vec<Medium> {
    let live = |m: &Medium| contact.ways().any(|a| a.medium() == *m);
    let of = |reached: bool| -> Vec<Medium> {
        let told = contact.told.iter().filter(|t| !reached || t.state.reached());
        told.map(|t| t.channel.medium()).filter(live).collect()
    };
    let reached = of(true).into_iter().min();
    let media = reached.map_or_else(|| of(false), |m| vec![m]);
    if media.is_empty() { first_medium(contact) } else { media }
}

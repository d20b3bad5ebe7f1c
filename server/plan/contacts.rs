//! Her contacts: told at once, over the next medium when one fails, again and again until they
//! answer.
//!
//! Each contact has a ladder of his or her own: what one answers changes nothing for the others,
//! which is also what keeps one contact from learning of another.

use std::time::Duration;

use super::draft::DecisionDraft;
use super::ladder::{first_medium, known_media, ladder, line_in_use_until};
use crate::clock::{At, JUMP};
use crate::delivery::model::Medium;
use crate::plan::decision::{Action, Notice};
use crate::plan::model::{AlertState, CloseKind, Step};
use crate::plan::situation::{Address, Alert, Contact, SentNotice, Situation};

/// The rules for all contacts. A removed one gets nothing, whatever is open.
pub(super) fn rules(draft: &mut DecisionDraft<'_>, situation: &Situation) {
    let alert = &situation.alert;
    let again = pressed_again(draft, alert);
    for contact in situation.contacts.iter().filter(|c| !c.removed) {
        if let Some(texts) = contact.texts_from.filter(|at| *at > draft.now) {
            draft.ask_at(texts);
        }
        if !alert.open_to(contact) {
            ended(draft, alert, contact);
        } else if alert.drill {
            drill(draft, alert, contact);
        } else {
            first_steps(draft, alert, contact);
            repeats(draft, contact);
            news(draft, alert, contact, again);
        }
    }
    if again {
        draft.act(Action::ToldAgain);
    }
}

/// t0, and the climb from there.
fn first_steps(draft: &mut DecisionDraft<'_>, alert: &Alert, contact: &Contact) {
    let start = starts_at(draft, alert, contact);
    if start > draft.now {
        draft.ask_at(start);
        return;
    }
    let mine: Vec<&SentNotice> = contact
        .told
        .iter()
        .filter(|t| t.step.first_alarm())
        .collect();
    if contact.answered.is_some() && !mine.is_empty() {
        return;
    }
    let step = ladder(draft, contact, &mine, &first_medium(contact), true);
    let deadline = draft.after(draft.now, draft.config.alarm_deadline_s);
    for address in step.due {
        notify(
            draft,
            contact,
            address,
            (Step::of(address.medium()), 0),
            deadline,
        );
    }
    if let Some(next) = step.next {
        draft.ask_at(next);
    }
}

/// When this contact's ladder begins: at the press; for one who accepted later at the next step
/// that falls due, and a minute after accepting at the latest.
fn starts_at(draft: &DecisionDraft<'_>, alert: &Alert, contact: &Contact) -> At {
    let Some(joined) = contact.joined_at.filter(|at| *at > alert.raised_at) else {
        return alert.raised_at;
    };
    let after_press = joined.since(alert.raised_at);
    let receipts = Duration::from_secs(draft.config.no_receipt_s);
    let step = if after_press < receipts {
        receipts
    } else {
        draft
            .config
            .repeat_at(draft.config.repeats_due(after_press).saturating_add(1))
    };
    alert
        .raised_at
        .plus(step)
        .min(draft.after(joined, draft.config.join_within_s))
}

/// Unanswered: a call where one is possible, then again and again, each time over another medium.
fn repeats(draft: &mut DecisionDraft<'_>, contact: &Contact) {
    let Some(first_told) = contact.first_told_at() else {
        return;
    };
    let (anchor, quiet_until) = anchor(draft, contact, first_told);
    if let Some(until) = quiet_until {
        draft.ask_at(until);
        return;
    }
    let begins = anchor.plus(draft.config.repeat_at(1));
    let earlier = contact
        .told
        .iter()
        .filter(|t| t.step == Step::Repeat && t.created_at < begins);
    let base = earlier.map(|t| t.repeat).max().unwrap_or(0);
    let due = draft.config.repeats_due(draft.now.since(anchor));
    let next = anchor.plus(draft.config.repeat_at(due.saturating_add(1)));
    draft.ask_at(next);
    if due == 0 {
        return;
    }
    let repeat = base.saturating_add(i64::try_from(due).unwrap_or(i64::MAX));
    let mine: Vec<&SentNotice> = contact.told_of(Step::Repeat, repeat).collect();
    let step = ladder(
        draft,
        contact,
        &mine,
        &medium_of_repeat(draft, contact, due),
        false,
    );
    let deadline = next.min(draft.after(draft.now, draft.config.alarm_deadline_s));
    for address in step.due {
        notify(draft, contact, address, (Step::Repeat, repeat), deadline);
    }
    if let Some(at) = step.next {
        draft.ask_at(at);
    }
}

/// From when a contact's unanswered time is counted, and until when an answer keeps the ladder
/// still. An answer that has decayed is as old as no answer: the contact is asked again at that
/// moment. `cannot_help` keeps nothing still.
fn anchor(draft: &DecisionDraft<'_>, contact: &Contact, first_told: At) -> (At, Option<At>) {
    let Some(answered) = contact.answered else {
        return (first_told, None);
    };
    match answered.counts_until(Duration::from_secs(draft.config.answer_decays_s)) {
        None => (first_told.max(answered.at), None),
        Some(until) if draft.now < until => (until, Some(until)),
        Some(until) => (
            until.minus(Duration::from_secs(draft.config.unanswered_s)),
            None,
        ),
    }
}

/// The loudest first, then in turn, so that what does not get through over one way is tried over
/// another. While a call is going on the next way in turn is taken.
fn medium_of_repeat(draft: &DecisionDraft<'_>, contact: &Contact, due: u64) -> Vec<Medium> {
    let live = |m: &Medium| contact.ways().any(|a| a.medium() == *m);
    let loudest_first = [Medium::Call, Medium::Text, Medium::Push];
    let mut media: Vec<Medium> = loudest_first.into_iter().filter(live).collect();
    // An email wakes no contact: it delays no louder step, and is the next step only where all of them
    // failed.
    if media.is_empty() && live(&Medium::Email) {
        media.push(Medium::Email);
    }
    let turn = usize::try_from(due.saturating_sub(1)).unwrap_or(0);
    let in_turn = |turn: usize| {
        turn.checked_rem(media.len())
            .and_then(|i| media.get(i))
            .copied()
    };
    let busy = in_turn(turn) == Some(Medium::Call) && line_in_use_until(draft, contact).is_some();
    in_turn(if busy { turn.saturating_add(1) } else { turn })
        .into_iter()
        .collect()
}

/// Whether contacts are to hear now that she pressed again: at most once a minute.
fn pressed_again(draft: &mut DecisionDraft<'_>, alert: &Alert) -> bool {
    let open = alert.state == AlertState::Open && !alert.drill;
    // Contacts cannot have been told later than now.
    let told_at = match alert.told_again_at > draft.now.plus(JUMP) {
        true => alert.raised_at.min(draft.now),
        false => alert.told_again_at,
    };
    if !open || alert.last_press_at <= told_at {
        return false;
    }
    let at = draft.after(told_at, draft.config.press_again_s);
    if at > draft.now {
        draft.ask_at(at);
    }
    at <= draft.now
}

/// She pressed again; no operator has taken it. Both to every contact who has been told of the
/// alarm, answered or not.
fn news(draft: &mut DecisionDraft<'_>, alert: &Alert, contact: &Contact, again: bool) {
    if contact.first_told_at().is_none() {
        return;
    }
    let deadline = draft.after(draft.now, draft.config.alarm_deadline_s);
    let latest = contact
        .told
        .iter()
        .filter(|t| t.step == Step::PressedAgain)
        .map(|t| t.repeat)
        .max();
    if let Some(repeat) = if again { Some(alert.presses) } else { latest } {
        tell(draft, contact, (Step::PressedAgain, repeat), deadline);
    }
    if alert.call_911 {
        tell(draft, contact, (Step::Call911, 0), deadline);
    }
}

/// A drill goes its own short way: those who take part are told once, over the next medium where
/// one fails, and no repeats.
fn drill(draft: &mut DecisionDraft<'_>, alert: &Alert, contact: &Contact) {
    if !contact.drills || contact.joined_at.is_some_and(|at| at > alert.raised_at) {
        return;
    }
    let mine: Vec<&SentNotice> = contact.told_of(Step::Drill, 0).collect();
    let step = ladder(draft, contact, &mine, &first_medium(contact), true);
    let deadline = draft.after(draft.now, draft.config.alarm_deadline_s);
    for address in step.due {
        notify(draft, contact, address, (Step::Drill, 0), deadline);
    }
    if let Some(next) = step.next {
        draft.ask_at(next);
    }
}

/// It is over, or there is no news: each contact who was told of the beginning, or may have been, is
/// told of the end, once.
/// Expiry is never told as an end, and old news of an end is none: the plan goes on being asked for
/// as long as 911 works the record. Under duress the end is the one that a real cancel has. The end
/// of a drill is no news: no contact waits for it.
fn ended(draft: &mut DecisionDraft<'_>, alert: &Alert, contact: &Contact) {
    if alert.drill || !contact.may_know() {
        return;
    }
    let expired = alert.closed.is_some_and(|c| c.kind == CloseKind::Expired);
    let cancelled_to_this_one = alert.duress && !contact.knows_duress;
    let closed = alert.closed.map_or(draft.now, |c| c.at);
    if expired && !cancelled_to_this_one {
        let deadline = draft.after(closed, draft.config.over_deadline_s);
        if draft.now < deadline {
            tell(draft, contact, (Step::NoNews, 0), deadline);
        }
        return;
    }
    over(draft, alert, contact, closed);
}

/// She may press again at once: the end is told a moment after it, and not while an alert is open
/// that she has raised since. Who was told of that one hears of its end instead. Under duress, those
/// who know of it are told at once, and always.
fn over(draft: &mut DecisionDraft<'_>, alert: &Alert, contact: &Contact, closed: At) {
    let knows_better = alert.duress && contact.knows_duress;
    let mut ended = closed;
    if let Some(newer) = alert.newer.filter(|_| !knows_better) {
        ended = ended.max(newer.closed_at.unwrap_or(draft.now));
        if newer.closed_at.is_some() && contact.told_of_newer {
            return;
        }
        if newer.closed_at.is_none() {
            if draft.now < draft.after(closed, draft.config.over_deadline_s) {
                draft.ask_in(draft.config.join_within_s.max(1));
            }
            return;
        }
    }
    let at = draft.after(ended, draft.config.over_after_s);
    if at > draft.now && alert.closed.is_some() && !knows_better {
        return draft.ask_at(at);
    }
    let called_back = contact
        .told
        .iter()
        .filter(|t| t.step == Step::Over && t.withdrawn());
    let repeat = called_back.map(|t| t.repeat.saturating_add(1)).max();
    let deadline = draft.after(ended, draft.config.over_deadline_s);
    if draft.now < deadline {
        tell(draft, contact, (Step::Over, repeat.unwrap_or(0)), deadline);
    }
}

/// News climbs from what is known to work.
fn tell(draft: &mut DecisionDraft<'_>, contact: &Contact, step: (Step, i64), deadline: At) {
    let mine: Vec<&SentNotice> = contact.told_of(step.0, step.1).collect();
    let climbed = ladder(draft, contact, &mine, &known_media(contact), true);
    for address in climbed.due {
        notify(draft, contact, address, step, deadline);
    }
    if let Some(next) = climbed.next {
        draft.ask_at(next);
    }
}

fn notify(
    draft: &mut DecisionDraft<'_>,
    contact: &Contact,
    address: &Address,
    (step, repeat): (Step, i64),
    deadline: At,
) {
    // Decided in this very asking: the next one sees that the line is in use.
    if address.medium() == Medium::Call && draft.calls(contact.id) {
        return;
    }
    draft.act(Action::Notify(Notice {
        contact: contact.id,
        address: address.id,
        channel: address.channel,
        step,
        repeat,
        deadline,
    }));
}

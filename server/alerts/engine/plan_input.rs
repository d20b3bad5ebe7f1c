//! Rows as the plan sees them. Pure.

use std::collections::{HashMap, HashSet};

use crate::alerts::store::{AlertRow, network_of};
use crate::clock::At;
use crate::delivery::addresses::LiveAddress;
use crate::delivery::facts::NotificationFact;
use crate::delivery::model::Medium;
use crate::escalation::ToAlarm;
use crate::escalation::model::{Level, RecordFacts};
use crate::ids::{ContactId, RecipientId};
use crate::network::ChosenContact;
use crate::network::model::Answer;
use crate::plan::model::Step;
use crate::plan::{
    Address, Alert, Answered, Closed, Contact, Newer, Record, SentNotice, Supervisor,
};

/// The alert.
pub(super) fn alert_of(row: &AlertRow, last_fix_at: Option<At>, fix_interval_s: u32) -> Alert {
    Alert {
        state: row.state,
        closed: row.close_kind.map(|kind| Closed {
            kind,
            verified: row.close_verified,
            at: row.closed_at.unwrap_or(row.raised_at),
        }),
        policy: row.policy,
        if_nobody_reached: row.if_nobody_reached,
        if_duress: row.if_duress,
        drill: row.drill,
        duress: false,
        raised_at: row.raised_at,
        last_press_at: row.last_press_at,
        presses: row.presses,
        told_again_at: row.told_again_at,
        last_fix_at,
        fix_interval_s: u64::from(fix_interval_s),
        escalated_at: row.escalated_at,
        postponed_until: row.postponed_until,
        call_911: row.call_911,
        wrong_pins: u64::try_from(row.wrong_pins).unwrap_or(0),
        newer: None,
    }
}

/// What her other alarms bear on this one.
#[derive(Default)]
pub struct OtherAlarms {
    /// What has become of the latest that she has raised since this one ended.
    pub newer: Option<Newer>,
    /// Contacts who were told of one that she has raised since, or may have been.
    pub told_of_newer: HashSet<ContactId>,
    /// She has raised many: each contact's next text is not due before.
    pub texts_from: Option<HashMap<ContactId, At>>,
}

impl OtherAlarms {
    /// Puts it where the plan looks.
    pub(super) fn bear_on(&self, alert: &mut Alert, contacts: &mut [Contact], now: At) {
        alert.newer = self.newer;
        for contact in contacts {
            contact.told_of_newer = self.told_of_newer.contains(&contact.id);
            let Some(texts_from) = &self.texts_from else {
                continue;
            };
            let from = texts_from.get(&contact.id).copied().unwrap_or(now);
            contact.texts_from = Some(from);
            if from > now {
                contact.addresses.retain(|a| a.medium() != Medium::Text);
            }
        }
    }
}

/// Her contacts: those at the press, in her order, then those who said yes since.
pub(super) fn contacts_of(
    row: &AlertRow,
    chosen: &[ChosenContact],
    addresses: &[LiveAddress],
    facts: &[NotificationFact],
    answers: &[(ContactId, Answer, At)],
) -> Vec<Contact> {
    let at_press = network_of(row);
    let later = chosen
        .iter()
        .map(|c| c.id)
        .filter(|id| !at_press.contains(id));
    let all: Vec<ContactId> = at_press.iter().copied().chain(later).collect();
    all.into_iter()
        .map(|id| {
            let active = chosen.iter().find(|c| c.id == id);
            let owners = [
                Some(RecipientId::from(id)),
                active.and_then(|c| c.contact_person).map(|p| p.into()),
            ];
            let own = |a: &&LiveAddress| active.is_some() && owners.contains(&Some(a.owner));
            Contact {
                id,
                removed: active.is_none(),
                joined_at: active
                    .filter(|_| !at_press.contains(&id))
                    .map(|c| c.accepted_at),
                knows_duress: active.is_some_and(|c| c.knows_duress),
                drills: active.is_some_and(|c| c.drills),
                addresses: addresses.iter().filter(own).map(address_of).collect(),
                texts_from: None,
                told: told_to(id.into(), facts),
                told_of_newer: false,
                answered: answers
                    .iter()
                    .find(|(c, ..)| *c == id)
                    .map(|(_, answer, at)| Answered {
                        answer: *answer,
                        at: *at,
                    }),
            }
        })
        .collect()
}

fn address_of(address: &LiveAddress) -> Address {
    Address {
        id: address.id,
        channel: address.channel,
    }
}

fn told_to(recipient: RecipientId, facts: &[NotificationFact]) -> Vec<SentNotice> {
    facts
        .iter()
        .filter(|f| f.key.recipient == recipient)
        .filter_map(|f| {
            Some(SentNotice {
                address: f.key.address,
                channel: f.channel,
                step: Step::from_number(f.key.step)?,
                repeat: f.key.repeat,
                state: f.state,
                may_have_left: f.may_have_left,
                created_at: f.created_at,
                trouble_at: f.failing_since,
                seen_at: f.seen_at,
            })
        })
        .collect()
}

/// The record.
pub(super) fn record_of(record: &RecordFacts) -> Record {
    Record {
        state: record.state,
        queued_at: record.queued_at,
        claimed_at: record.claimed_at,
        ever_claimed: record.first_claimed_at.is_some(),
        last_step_at: record.last_step_at,
        closed_at: record.closed_at,
        level: Level::new(record.level),
        has_backup: record.has_backup,
        widened: record.widened,
    }
}

/// A supervisor who may be alarmed.
pub(super) fn supervisor_of(
    ToAlarm {
        supervisor,
        once_widened,
    }: &ToAlarm,
    addresses: &[LiveAddress],
    facts: &[NotificationFact],
) -> Supervisor {
    let me = RecipientId::from(supervisor.operator);
    Supervisor {
        id: supervisor.operator,
        once_widened: *once_widened,
        addresses: addresses
            .iter()
            .filter(|a| a.owner == me)
            .map(address_of)
            .collect(),
        told: told_to(me, facts),
    }
}

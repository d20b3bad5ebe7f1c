//! What a decision of the plan means in rows, and the two ways to write them.
//!
//! One match, in [`Effects::of`], turns each action into messages, links, timeline entries and
//! changes of the alert and its record; it asks nothing and writes nothing.
//! [`Effects::write_new`] writes them with the rows of an alert that a press creates, in one batch;
//! [`Effects::write_step`] writes them one by one into an alert that was there.

use serde_json::json;

use super::context::{StepContext, Stepped};
use super::end::{self, Ending};
use super::messages::{self, SupervisorAlarm};
use super::particulars::Particulars;
use super::situation::Loaded;
use crate::alerts::AlertError;
use crate::alerts::model::{AlertState, CloseKind};
use crate::alerts::store::{self, AlertChange, AlertRow, LinkRow};
use crate::db::{Batch, Conn};
use crate::delivery::{NewMessages, NewNotification, NotificationFact};
use crate::escalation::Centre;
use crate::escalation::model::{Level, RecordFacts, RecordState};
use crate::escalation::records::{RecordChange, RecordEdit};
use crate::foundation::Foundation;
use crate::identity;
use crate::ids::ContactId;
use crate::language::Language;
use crate::location::{self, SealedFix};
use crate::plan::model::{Cause, Step};
use crate::plan::{Action, Alarm, Decision, Notice};
use crate::timeline::{self, Actor, Kind, NewEntry};

/// All that a decision changes.
#[derive(Default)]
pub struct Effects {
    /// Messages for the outbox.
    pub messages: Vec<NewNotification>,
    /// The links that they carry.
    pub links: Vec<LinkRow>,
    /// What changes in the alert's row.
    pub alert_change: AlertChange,
    /// What is done to the record, in this order.
    pub record_changes: Vec<RecordChange>,
    /// Entries of the timeline, besides the record's own.
    pub entries: Vec<NewEntry>,
}

/// What a press writes besides the alert, its record and the plan's effects.
pub struct Birth<'c> {
    /// The centre that works the record.
    pub centre: Option<&'c Centre>,
    /// The place that came with the press.
    pub fix: Vec<SealedFix>,
    /// The first entries of the timeline.
    pub entries: Vec<NewEntry>,
}

/// What a press wrote, for its reply.
pub struct Written {
    /// For after the commit.
    pub stepped: Stepped,
    /// The alert's row.
    pub row: AlertRow,
    /// The record.
    pub record: Option<RecordFacts>,
    /// The messages, as they would be read back.
    pub notifications: Vec<NotificationFact>,
}

impl Effects {
    /// What `decision`, made on this situation, means in rows.
    #[must_use]
    pub fn of(
        foundation: &Foundation,
        loaded: &Loaded,
        decision: &Decision,
        particulars: &Particulars,
    ) -> Self {
        let (alert, now) = (loaded.row.id, loaded.situation.now);
        let mut effects = Self::default();
        let mut told = Vec::new();
        for action in &decision.actions {
            match action {
                Action::Notify(notice) => {
                    if effects.notify(foundation, loaded, particulars, notice) {
                        told.push((notice.contact, notice.step));
                    }
                }
                Action::AlarmSupervisor(alarm) => {
                    effects.alarm(foundation, loaded, particulars, alarm);
                }
                Action::RecordTo { state, because } => {
                    effects.record_changes.extend(record_to(*state, *because));
                }
                Action::RecordLevel { level, .. } => {
                    let louder = RecordChange::Level(level.get());
                    effects.record_changes.push(louder);
                }
                Action::SendToBackup => effects.record_changes.push(RecordChange::Widen),
                Action::Postpone { until } => {
                    effects.alert_change.postponed_until = Some(Some(*until));
                    let entry = NewEntry::new(alert, now, Kind::Postponed, Actor::System);
                    effects.entries.push(entry.with(json!({ "until": until })));
                }
                Action::ToldAgain => effects.alert_change.told_again_at = Some(now),
                Action::TellCall911 => {
                    effects.alert_change.call_911 = Some(true);
                    let entry = NewEntry::new(alert, now, Kind::CallYourselves, Actor::System);
                    effects.entries.push(entry);
                    let phone = particulars.her_phone.as_ref();
                    let wakes = phone.map(|to| messages::her(foundation, &loaded.row, to, now));
                    effects.messages.extend(wakes);
                }
                Action::Expire => effects.expire(foundation, loaded),
            }
        }
        effects.entries.extend(told_entry(loaded, &told));
        effects.alert_change.plan_due_at = Some(decision.next_due);
        if loaded.row.plan_failures > 0 {
            effects.alert_change.plan_failures = Some(0);
        }
        effects
    }

    /// Whether the contact and the address are still there.
    fn notify(
        &mut self,
        foundation: &Foundation,
        loaded: &Loaded,
        particulars: &Particulars,
        notice: &Notice,
    ) -> bool {
        let (Some(contact), Some(address)) = (
            loaded.contacts.get(&notice.contact),
            loaded.addresses.get(&notice.address),
        ) else {
            return false;
        };
        let envelope = messages::Envelope {
            step: notice.step.number(),
            repeat: notice.repeat,
            purpose: notice.step.purpose(),
            deadline: notice.deadline,
            after_drill: notice.step.first_alarm() && loaded.rehearsed.contains(&notice.contact),
        };
        let to = messages::To {
            contact,
            address,
            senders: particulars.senders_of(notice.channel),
        };
        let now = loaded.situation.now;
        let (message, link) = messages::contact(foundation, &loaded.row, &to, envelope, now);
        self.messages.push(message);
        self.links.extend(link);
        true
    }

    fn alarm(
        &mut self,
        foundation: &Foundation,
        loaded: &Loaded,
        particulars: &Particulars,
        alarm: &Alarm,
    ) {
        let Some(address) = loaded.addresses.get(&alarm.address) else {
            return;
        };
        let supervisor = loaded.supervisors.get(&alarm.operator);
        let why = SupervisorAlarm {
            language: supervisor.map_or(Language::Es, |s| s.language),
            folio: particulars.folio.as_deref().unwrap_or_default(),
            level: self.level(loaded),
            step: alarm.step,
            repeat: alarm.repeat,
            deadline: alarm.deadline,
        };
        let senders = particulars.senders_of(alarm.channel);
        let (row, now) = (&loaded.row, loaded.situation.now);
        let message = messages::supervisor(foundation, row, address, why, senders, now);
        self.messages.push(message);
    }

    /// How loud the record is after the changes so far.
    fn level(&self, loaded: &Loaded) -> i64 {
        let before = loaded.facts.as_ref().map_or(0, |r| r.level);
        self.record_changes
            .iter()
            .fold(before, |level, change| match change {
                RecordChange::Level(louder) => *louder,
                RecordChange::PressedAgain => Level::new(level).louder(1).get(),
                _ => level,
            })
    }

    fn expire(&mut self, foundation: &Foundation, loaded: &Loaded) {
        let ending = Ending {
            kind: CloseKind::Expired,
            verified: false,
            most_wrong: foundation.config.plan.wrong_pins,
        };
        let now = loaded.situation.now;
        let (ended, flag) = ending.changes(&loaded.row, now);
        self.alert_change.state = ended.state;
        self.alert_change.closed_at = ended.closed_at;
        self.alert_change.close_kind = ended.close_kind;
        self.alert_change.close_verified = ended.close_verified;
        self.record_changes.push(flag);
        let entry = NewEntry::new(loaded.row.id, now, Kind::Expired, Actor::System);
        self.entries.push(entry);
    }

    /// Writes them for a press, with the rows that it creates, in one batch. Her row is locked, so
    /// that no other press of hers comes between what was read and this.
    ///
    /// # Errors
    /// The database.
    pub fn write_new(
        self,
        conn: &mut Conn,
        ctx: &StepContext,
        loaded: Loaded,
        birth: Birth<'_>,
    ) -> Result<Written, AlertError> {
        let now = loaded.situation.now;
        let row = self.alert_change.made_to(loaded.row);
        let (mut record, mut entries) = (loaded.record, birth.entries);
        if let Some(record) = &mut record {
            for change in self.record_changes {
                record.change(conn, change, now)?;
            }
            entries.extend(record.take_entries());
        }
        entries.extend(self.entries);
        let published = record.as_ref().map(RecordEdit::published);
        let facts = record.as_ref().map(|r| r.facts(birth.centre));
        let (keys, lease) = (&ctx.foundation.keys, ctx.lease.as_ref());
        let messages = NewMessages::seal(keys, now, lease, &self.messages);

        let mut batch = Batch::on(conn);
        store::add(&mut batch, &row)?;
        if row.state == AlertState::Open {
            identity::alert_opened(&mut batch, row.person)?;
        }
        location::append_with(&mut batch, birth.fix)?;
        if let Some(record) = record {
            record.add(&mut batch)?;
        }
        timeline::append_all(&mut batch, &entries)?;
        add_links(&mut batch, &self.links)?;
        messages.add(&mut batch)?;
        batch.send()?;

        let notifications = messages.facts();
        let stepped = Stepped {
            alert: row.id,
            messages: messages.into_enqueued(),
            record: published,
        };
        Ok(Written {
            stepped,
            row,
            record: facts,
            notifications,
        })
    }

    /// Writes them into an alert that was there.
    ///
    /// # Errors
    /// The database.
    pub fn write_step(
        self,
        conn: &mut Conn,
        ctx: &StepContext,
        loaded: Loaded,
    ) -> Result<Stepped, AlertError> {
        let (row, now) = (&loaded.row, loaded.situation.now);
        let ends = self.alert_change.state.is_some();
        if ends {
            identity::alert_closed(conn, row.person)?;
        }
        store::change(conn, row.id, &self.alert_change)?;
        let mut published = None;
        if let Some(mut record) = loaded.record {
            for change in self.record_changes {
                record.change(conn, change, now)?;
            }
            published = record.save(conn, now)?;
        }
        if ends {
            end::call_back(conn, row, now)?;
        }
        let mut batch = Batch::on(conn);
        timeline::append_all(&mut batch, &self.entries)?;
        add_links(&mut batch, &self.links)?;
        batch.send()?;
        let (keys, lease) = (&ctx.foundation.keys, ctx.lease.as_ref());
        let messages = NewMessages::seal(keys, now, lease, &self.messages).insert(conn)?;
        Ok(Stepped {
            alert: row.id,
            messages,
            record: published,
        })
    }
}

/// The plan moves a record to two states only.
fn record_to(state: RecordState, because: Cause) -> Option<RecordChange> {
    match (state, because) {
        (RecordState::Queued, Cause::PressedAgain) => Some(RecordChange::PressedAgain),
        (RecordState::Queued, _) => Some(RecordChange::Queue),
        (RecordState::Withdrawn, _) => Some(RecordChange::Withdraw),
        _ => None,
    }
}

/// One entry for all contacts who are told in this step.
fn told_entry(loaded: &Loaded, told: &[(ContactId, Step)]) -> Option<NewEntry> {
    if told.is_empty() {
        return None;
    }
    let told: Vec<_> = told
        .iter()
        .map(|(contact, step)| json!({ "contact": contact, "step": step }))
        .collect();
    let (alert, now) = (loaded.row.id, loaded.situation.now);
    let entry = NewEntry::new(alert, now, Kind::ContactTold, Actor::System);
    Some(entry.with(json!({ "told": told })))
}

fn add_links<'a>(batch: &mut Batch<'a>, links: &'a [LinkRow]) -> Result<(), AlertError> {
    links
        .iter()
        .try_for_each(|link| store::add_link(batch, link))?;
    Ok(())
}

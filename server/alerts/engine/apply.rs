//! Does what the plan decided, in the transaction in which it was asked.

use serde_json::json;

use super::context::{StepContext, Stepped};
use super::messages::{self, SupervisorAlarm};
use super::situation::Loaded;
use crate::alerts::AlertError;
use crate::alerts::close;
use crate::alerts::model::CloseKind;
use crate::alerts::store::{self, AlertChange, LinkRow};
use crate::clock::At;
use crate::db::{Batch, Conn};
use crate::delivery::model::{Channel, Medium};
use crate::delivery::{self, NewNotification, PreparedMessages, addresses};
use crate::escalation::model::RecordState;
use crate::escalation::records::{self, Changed, RecordChange};
use crate::ids::ContactId;
use crate::language::Language;
use crate::municipality::{self, Senders};
use crate::plan::model::{Cause, Step};
use crate::plan::{Action, Alarm, Decision, Notice};
use crate::timeline::{self, Actor, Kind, NewEntry};

/// Applies a decision and writes down when the plan is asked next.
///
/// # Errors
/// The database.
pub fn apply(
    conn: &mut Conn,
    ctx: &StepContext,
    loaded: &Loaded,
    decision: &Decision,
    now: At,
) -> Result<Stepped, AlertError> {
    let alert = loaded.row.id;
    let mut work = Work::new(ctx, loaded, now);
    let mut change = AlertChange {
        plan_due_at: Some(decision.next_due),
        ..AlertChange::default()
    };
    for action in &decision.actions {
        match action {
            Action::Notify(notice) => work.notify(conn, notice)?,
            Action::AlarmSupervisor(alarm) => work.alarm(conn, alarm)?,
            Action::RecordTo {
                state: RecordState::Queued,
                because: Cause::PressedAgain,
            } => {
                work.record(conn, RecordChange::PressedAgain)?;
            }
            Action::RecordTo {
                state: RecordState::Queued,
                ..
            } => work.record(conn, RecordChange::Queue)?,
            Action::RecordTo {
                state: RecordState::Withdrawn,
                ..
            } => work.record(conn, RecordChange::Withdraw)?,
            // The plan moves a record to these two states only.
            Action::RecordTo { .. } => {}
            Action::RecordLevel { level, .. } => {
                work.record(conn, RecordChange::Level(level.get()))?;
            }
            Action::SendToBackup => work.record(conn, RecordChange::Widen)?,
            Action::Postpone { until } => {
                change.postponed_until = Some(Some(*until));
                let entry = NewEntry::new(alert, now, Kind::Postponed, Actor::System);
                timeline::append(conn, &entry.with(json!({ "until": until })))?;
            }
            Action::ToldAgain => change.told_again_at = Some(now),
            Action::TellCall911 => {
                change.call_911 = Some(true);
                timeline::append(
                    conn,
                    &NewEntry::new(alert, now, Kind::CallYourselves, Actor::System),
                )?;
                work.tell_her(conn)?;
            }
            Action::Expire => {
                let most_wrong = work.ctx.foundation.config.plan.wrong_pins;
                close::end(
                    conn,
                    &loaded.row,
                    CloseKind::Expired,
                    false,
                    most_wrong,
                    now,
                )?;
                timeline::append(
                    conn,
                    &NewEntry::new(alert, now, Kind::Expired, Actor::System),
                )?;
            }
        }
    }
    #[cfg(planted = "expiry")]
    if decision.actions.contains(&Action::Expire) {
        change.plan_due_at = Some(None);
    }
    if loaded.row.plan_failures > 0 {
        change.plan_failures = Some(0);
    }
    store::change(conn, alert, &change)?;
    work.finish(conn)
}

/// What the plan says of an alert that is about to be written with all that its own rows need: what
/// is left are messages, and what can only change a record that is there.
pub struct First<'a> {
    work: Work<'a>,
    decision: &'a Decision,
}

impl<'a> First<'a> {
    /// Puts the messages into words. `folio` and `senders` are the record's and the municipality's.
    ///
    /// # Errors
    /// The database.
    pub fn compose(
        conn: &mut Conn,
        ctx: &'a StepContext,
        loaded: &'a Loaded,
        decision: &'a Decision,
        folio: Option<&str>,
        senders: Senders,
    ) -> Result<Self, AlertError> {
        let mut work = Work::new(ctx, loaded, loaded.row.raised_at);
        work.senders = Some(senders);
        work.folio = folio.map(str::to_owned);
        for action in &decision.actions {
            match action {
                Action::Notify(notice) => work.notify(conn, notice)?,
                Action::AlarmSupervisor(alarm) => work.alarm(conn, alarm)?,
                // Later, or written with the rows, or nothing that a press can bring about.
                Action::RecordLevel { .. }
                | Action::SendToBackup
                | Action::RecordTo { .. }
                | Action::Postpone { .. }
                | Action::ToldAgain
                | Action::TellCall911
                | Action::Expire => {}
            }
        }
        Ok(Self { work, decision })
    }

    /// One entry for all who are told.
    pub fn told_entry(&self) -> Option<NewEntry> {
        self.work.told_entry()
    }

    /// The messages, not yet written.
    pub fn owing(&self) -> PreparedMessages<'_> {
        let ctx = self.work.ctx;
        PreparedMessages::of(
            &ctx.foundation.keys,
            self.work.now,
            ctx.lease.as_ref(),
            &self.work.messages,
        )
    }

    /// The links that the messages carry.
    pub fn links(&self) -> &[LinkRow] {
        &self.work.links
    }

    /// What changes the record once it is written. The version it is then in, where it moved on.
    ///
    /// # Errors
    /// The database.
    pub fn afterwards(self, conn: &mut Conn) -> Result<Option<Changed>, AlertError> {
        let mut work = self.work;
        for action in &self.decision.actions {
            match action {
                Action::RecordLevel { level, .. } => {
                    work.record(conn, RecordChange::Level(level.get()))?;
                }
                Action::SendToBackup => work.record(conn, RecordChange::Widen)?,
                _ => {}
            }
        }
        Ok(work.record)
    }
}

/// What one application gathers.
struct Work<'a> {
    ctx: &'a StepContext,
    loaded: &'a Loaded,
    now: At,
    messages: Vec<NewNotification>,
    links: Vec<LinkRow>,
    told: Vec<(ContactId, Step)>,
    record: Option<Changed>,
    /// The municipality's senders, read when the first SMS or call is due.
    senders: Option<Senders>,
    /// The record's folio, read when the first supervisor is called.
    folio: Option<String>,
}

impl<'a> Work<'a> {
    fn new(ctx: &'a StepContext, loaded: &'a Loaded, now: At) -> Self {
        Self {
            ctx,
            loaded,
            now,
            messages: Vec::new(),
            links: Vec::new(),
            told: Vec::new(),
            record: None,
            senders: None,
            folio: None,
        }
    }

    fn notify(&mut self, conn: &mut Conn, notice: &Notice) -> Result<(), AlertError> {
        let (Some(contact), Some(address)) = (
            self.loaded.contacts.get(&notice.contact),
            self.loaded.addresses.get(&notice.address),
        ) else {
            return Ok(());
        };
        let told = messages::Envelope {
            step: notice.step.number(),
            repeat: notice.repeat,
            purpose: notice.step.purpose(),
            deadline: notice.deadline,
            after_drill: notice.step.first_alarm()
                && self.loaded.rehearsed.contains(&notice.contact),
        };
        let sender = self.sender_for(conn, notice.channel)?;
        let to = messages::To {
            contact,
            address,
            sender: sender.as_deref(),
        };
        let (message, link) =
            messages::contact(&self.ctx.foundation, &self.loaded.row, &to, told, self.now);
        self.messages.push(message);
        self.links.extend(link);
        self.told.push((notice.contact, notice.step));
        Ok(())
    }

    fn alarm(&mut self, conn: &mut Conn, alarm: &Alarm) -> Result<(), AlertError> {
        let Some(address) = self.loaded.addresses.get(&alarm.address) else {
            return Ok(());
        };
        let language = self
            .loaded
            .supervisors
            .get(&alarm.operator)
            .map_or(Language::Es, |s| s.language);
        let (folio, level) = self.folio_and_level(conn)?;
        let sender = self.sender_for(conn, alarm.channel)?;
        let why = SupervisorAlarm {
            language,
            folio: &folio,
            level,
            step: alarm.step,
            repeat: alarm.repeat,
            deadline: alarm.deadline,
        };
        let message = messages::supervisor(
            &self.ctx.foundation,
            &self.loaded.row,
            address,
            why,
            sender.as_deref(),
            self.now,
        );
        self.messages.push(message);
        Ok(())
    }

    /// Wakes the phone that raised the alert.
    fn tell_her(&mut self, conn: &mut Conn) -> Result<(), AlertError> {
        let Some(phone) = addresses::live_of_device(conn, self.loaded.row.device)? else {
            return Ok(());
        };
        self.messages.push(messages::her(
            &self.ctx.foundation,
            &self.loaded.row,
            &phone,
            self.now,
        ));
        Ok(())
    }

    /// Drawn, it may be, by an action of this very step.
    fn folio_and_level(&self, conn: &mut Conn) -> Result<(String, i64), AlertError> {
        if let Some(folio) = &self.folio {
            let level = self
                .loaded
                .situation
                .record
                .as_ref()
                .map_or(0, |r| r.level.get());
            return Ok((folio.clone(), level));
        }
        let facts = records::facts(conn, self.loaded.row.id)?;
        Ok(facts
            .map(|r| (r.folio.unwrap_or_default(), r.level))
            .unwrap_or_default())
    }

    fn record(&mut self, conn: &mut Conn, change: RecordChange) -> Result<(), AlertError> {
        if let Some(changed) = records::change(conn, self.loaded.row.id, change, self.now)? {
            self.record = Some(changed);
        }
        Ok(())
    }

    fn sender_for(
        &mut self,
        conn: &mut Conn,
        channel: Channel,
    ) -> Result<Option<String>, AlertError> {
        if !matches!(channel.medium(), Medium::Text | Medium::Call) {
            return Ok(None);
        }
        if self.senders.is_none() {
            let municipality = municipality::by_id(conn, self.loaded.row.municipality)?;
            self.senders = Some(
                municipality
                    .map(|municipality| municipality.senders())
                    .unwrap_or_default(),
            );
        }
        let senders = self.senders.clone().unwrap_or_default();
        Ok(if channel.medium() == Medium::Call {
            senders.calls
        } else {
            senders.texts
        })
    }

    fn finish(self, conn: &mut Conn) -> Result<Stepped, AlertError> {
        let mut batch = Batch::on(conn);
        if let Some(entry) = self.told_entry() {
            timeline::append_all(&mut batch, &[entry])?;
        }
        self.links
            .iter()
            .try_for_each(|link| store::add_link(&mut batch, link))?;
        batch.send()?;
        let (keys, lease) = (&self.ctx.foundation.keys, self.ctx.lease.as_ref());
        let owed = delivery::enqueue(conn, keys, self.now, lease, &self.messages)?;
        Ok(Stepped {
            alert: self.loaded.row.id,
            owed,
            record: self.record,
        })
    }

    /// One entry for all who are told in this step.
    fn told_entry(&self) -> Option<NewEntry> {
        if self.told.is_empty() {
            return None;
        }
        let told: Vec<_> = self
            .told
            .iter()
            .map(|(contact, step)| json!({ "contact": contact, "step": step }))
            .collect();
        let entry = NewEntry::new(
            self.loaded.row.id,
            self.now,
            Kind::ContactTold,
            Actor::System,
        );
        Some(entry.with(json!({ "told": told })))
    }
}

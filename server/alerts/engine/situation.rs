//! Gathers what the plan is asked about, in the transaction that will apply what it says.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::context::{Extent, StepContext};
use super::other_alarms;
use super::plan_input::{OtherAlarms, alert_of, contacts_of, record_of, supervisor_of};
use crate::alerts::AlertError;
use crate::alerts::locate;
use crate::alerts::model::AlertState;
use crate::alerts::store::{self, AlertRow};
use crate::clock::At;
use crate::config::PlanConfig;
use crate::db::Conn;
use crate::delivery::addresses::{self, LiveAddress};
use crate::delivery::facts::{self, NotificationFact};
use crate::escalation::model::{RecordFacts, RecordState};
use crate::escalation::records::RecordEdit;
use crate::escalation::{Centre, ToAlarm, centres};
use crate::foundation::Foundation;
use crate::identity::{self, SupervisorToAlarm};
use crate::ids::{AddressId, AlertId, ContactId, MunicipalityId, OperatorId, RecipientId};
use crate::location::next_interval_s;
use crate::municipality::{self, Senders};
use crate::network::model::Answer;
use crate::network::{self, ChosenContact};
use crate::plan::model::Step;
use crate::plan::{self, Decision, Shift, Situation};

/// Before a record is that old, only an empty shift needs its supervisors: they are not read. It is
/// never later than the moment at which the plan alarms them.
const SUPERVISORS_FROM: Duration = Duration::from_secs(5);

/// An alert's rows: as they are stored, or as a press is about to write them.
pub struct Rows {
    /// The alert.
    pub row: AlertRow,
    /// Her contacts who are active now.
    pub chosen: Vec<ChosenContact>,
    /// What was sent, as [`told`] has it.
    pub notifications: Vec<NotificationFact>,
    /// Contacts who were told that this alarm is a drill, when it was one.
    pub rehearsed: HashSet<ContactId>,
    /// What contacts answered.
    pub answers: Vec<(ContactId, Answer, At)>,
    /// The record, new or locked; a drill has none.
    pub record: Option<RecordEdit>,
    /// The centre that works the record.
    pub centre: Option<Centre>,
    /// When the latest place came in.
    pub last_fix_at: Option<At>,
    /// How often her phone was told to send places, in seconds.
    pub fix_interval_s: u32,
    /// Whether she named officers to whom her record does not exist, where that is known.
    pub named_officers: Option<bool>,
    /// The municipality's senders, where it was read: for the words, and for
    /// whether calls are possible.
    pub senders: Option<Senders>,
    /// What her other alarms bear on this one.
    pub others: OtherAlarms,
}

/// A situation, and what writing its decision needs.
pub struct Loaded {
    /// The alert's row.
    pub row: AlertRow,
    /// What the plan sees.
    pub situation: Situation,
    /// Her contacts who are active now.
    pub contacts: HashMap<ContactId, ChosenContact>,
    /// The live addresses of every contact and supervisor that the plan may name.
    pub addresses: HashMap<AddressId, LiveAddress>,
    /// Contacts who were told that this alarm is a drill, when it was one.
    pub rehearsed: HashSet<ContactId>,
    /// The supervisors that the plan may name.
    pub supervisors: HashMap<OperatorId, SupervisorToAlarm>,
    /// The record, for what is decided about it.
    pub record: Option<RecordEdit>,
    /// What the record tells.
    pub facts: Option<RecordFacts>,
    /// The municipality's senders, where it was read.
    pub senders: Option<Senders>,
}

impl Loaded {
    /// Contacts who take part in drills.
    #[must_use]
    pub fn in_drills(&self) -> Vec<ContactId> {
        let contacts = self.contacts.values();
        contacts.filter_map(|c| c.drills.then_some(c.id)).collect()
    }

    /// What the plan says of it, by the times of the record's centre, as far as it is asked.
    #[must_use]
    pub fn decide(&self, ctx: &StepContext) -> Decision {
        let times = self.facts.as_ref().map(|r| r.times).unwrap_or_default();
        let plan = &ctx.foundation.config.plan;
        let mut decision = plan::next(&self.situation, &times.over(plan));
        let latest = self.situation.now.plus(plan.longest_period());
        decision.next_due = decision.next_due.map(|due| due.min(latest));
        match ctx.extent {
            Extent::Whole => decision,
            Extent::ContactsAlone => decision.for_contacts(self.situation.now),
            Extent::Deferred | Extent::Bare => Decision {
                next_due: Some(self.situation.now),
                ..Decision::default()
            },
        }
    }
}

/// Loads an alert's situation; `None`: there is no such alert, or a restore keeps its plan from
/// speaking. The caller has locked the rows that
/// are decided on, with [`take_alerts`](crate::db::take_alerts) or by writing them.
///
/// # Errors
/// The database, or a sealed column that does not open.
pub fn load(
    conn: &mut Conn,
    ctx: &StepContext,
    alert: AlertId,
    now: At,
) -> Result<Option<Loaded>, AlertError> {
    let foundation = &ctx.foundation;
    let Some(row) = store::by_id(conn, alert)?.filter(|row| row.restored_at.is_none()) else {
        return Ok(None);
    };
    let chosen = network::active(conn, &foundation.keys, row.person)?;
    let (notifications, rehearsed) = told(conn, &row, now)?;
    let answers = store::answers_of(conn, alert)?;
    let whole = ctx.extent == Extent::Whole;
    let mut record = RecordEdit::taken(conn, alert)?;
    let centre = match &mut record {
        Some(record) if whole => {
            record.mark_anew(conn)?;
            centres::by_id(conn, record.centre())?
        }
        _ => None,
    };
    let senders = match foundation.config.voice.is_configured() {
        true => Some(senders_of(conn, row.municipality)?),
        false => None,
    };
    let others = other_alarms::read(conn, &row, &foundation.config.plan)?;
    let (last_fix_at, fix_interval_s) = match whole {
        true => locate::pace(conn, foundation, &row, now)?,
        false => (None, next_interval_s(&foundation.config.alerts, None)),
    };
    let rows = Rows {
        row,
        chosen,
        notifications,
        rehearsed,
        answers,
        record,
        centre,
        last_fix_at,
        fix_interval_s,
        named_officers: None,
        senders,
        others,
    };
    gather(conn, ctx, rows, now).map(Some)
}

/// The senders of a municipality's messages.
///
/// # Errors
/// The database.
pub fn senders_of(conn: &mut Conn, municipality: MunicipalityId) -> Result<Senders, AlertError> {
    let municipality = municipality::by_id(conn, municipality)?;
    Ok(municipality.map(|m| m.senders()).unwrap_or_default())
}

/// The situation of these rows: the shift and the addresses are read here,
/// whether the rows are stored or about to be written.
///
/// # Errors
/// The database.
pub fn gather(
    conn: &mut Conn,
    ctx: &StepContext,
    rows: Rows,
    now: At,
) -> Result<Loaded, AlertError> {
    let foundation = &ctx.foundation;
    let (operators, supervisors) = match ctx.extent {
        Extent::Whole => who_can_act(conn, foundation, &rows, now)?,
        _ => (0, Vec::new()),
    };
    let calls = foundation.config.voice.is_configured()
        && rows.senders.as_ref().is_some_and(|s| !s.calls.is_empty());
    let addresses = live(conn, &rows.chosen, &supervisors, calls)?;
    Ok(rows.with((operators, supervisors, addresses), now))
}

impl Rows {
    /// Without the shift and the addresses: for a press that leaves the plan to the engine. Reads
    /// nothing, so that nothing can fail.
    #[must_use]
    pub fn unread(self, now: At) -> Loaded {
        self.with((0, Vec::new(), Vec::new()), now)
    }

    fn told(&self) -> Option<RecordFacts> {
        let facts = |record: &RecordEdit| record.facts(self.centre.as_ref());
        self.record.as_ref().map(facts)
    }

    fn with(self, read: (i64, Vec<ToAlarm>, Vec<LiveAddress>), now: At) -> Loaded {
        let (told, (operators, supervisors, addresses)) = (self.told(), read);
        let Self {
            row,
            chosen,
            notifications: facts,
            rehearsed,
            answers,
            record,
            senders,
            ..
        } = self;
        let mut alert = alert_of(&row, self.last_fix_at, self.fix_interval_s);
        let mut contacts = contacts_of(&row, &chosen, &addresses, &facts, &answers);
        self.others.bear_on(&mut alert, &mut contacts, now);
        let situation = Situation {
            now,
            alert,
            contacts,
            record: told.as_ref().map(record_of),
            shift: Shift {
                operators: u64::try_from(operators).unwrap_or(0),
                supervisors: supervisors
                    .iter()
                    .map(|s| supervisor_of(s, &addresses, &facts))
                    .collect(),
            },
        };
        Loaded {
            row,
            situation,
            contacts: chosen.into_iter().map(|c| (c.id, c)).collect(),
            addresses: addresses.into_iter().map(|a| (a.id, a)).collect(),
            rehearsed,
            supervisors: supervisors
                .into_iter()
                .map(|s| (s.supervisor.operator, s.supervisor))
                .collect(),
            record,
            facts: told,
            senders,
        }
    }
}

/// What was sent about an alert; of an alarm that was a drill before, only what was sent since, for
/// a contact who read of a drill knows of no danger. And the contacts who got that drill.
///
/// # Errors
/// The database.
pub(in crate::alerts) fn told(
    conn: &mut Conn,
    row: &AlertRow,
    now: At,
) -> Result<(Vec<NotificationFact>, HashSet<ContactId>), AlertError> {
    let all = facts::notifications_of(conn, row.id.into(), now)?;
    if row.drill {
        return Ok((all, HashSet::new()));
    }
    let (of_drill, facts): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|f| f.key.step == Step::Drill.number());
    Ok((
        facts,
        of_drill
            .into_iter()
            .map(|f| f.key.recipient.contact())
            .collect(),
    ))
}

/// How many operators can act on the record now, and which supervisors the plan may call. A record
/// that is over comes back to the queue only while the alert is open.
fn who_can_act(
    conn: &mut Conn,
    foundation: &Foundation,
    rows: &Rows,
    now: At,
) -> Result<(i64, Vec<ToAlarm>), AlertError> {
    let open = rows.row.state == AlertState::Open;
    let facts = rows.told().filter(|r| open || !r.state.is_over());
    let (Some(record), Some(facts)) = (&rows.record, facts) else {
        return Ok((0, Vec::new()));
    };
    let named = match rows.named_officers {
        Some(false) => Vec::new(),
        _ => identity::operators_named_by(conn, rows.row.person)?,
    };
    let acting = record.acting(conn, rows.centre.as_ref(), named, now)?;
    let operators = acting.on_shift().operators;
    let supervisors =
        match operators == 0 || matters_to_supervisors(&facts, &foundation.config.plan, now) {
            true => acting.supervisors(conn)?,
            false => Vec::new(),
        };
    Ok((operators, supervisors))
}

/// Whether supervisors may be called although an operator is there.
fn matters_to_supervisors(record: &RecordFacts, plan: &PlanConfig, now: At) -> bool {
    let alarmed_after = Duration::from_secs(record.times.over(plan).unclaimed_supervisors_s);
    let from = SUPERVISORS_FROM.min(alarmed_after);
    match record.state {
        // It may come to the queue in this very transaction.
        RecordState::Withheld | RecordState::Waiting | RecordState::Closed => from.is_zero(),
        RecordState::Queued => record
            .queued_at
            .is_none_or(|at| now.since(at) >= from || at == now),
        RecordState::Claimed | RecordState::Dispatched | RecordState::OnScene => true,
        RecordState::Withdrawn => false,
    }
}

/// Where they can be reached. Numbers can be called where the municipality and the settings provide
/// for it; where they do not, a call is no way that the plan would try in vain.
fn live(
    conn: &mut Conn,
    chosen: &[ChosenContact],
    supervisors: &[ToAlarm],
    calls: bool,
) -> Result<Vec<LiveAddress>, AlertError> {
    let contacts = chosen.iter().map(|c| c.id.into());
    let people = chosen
        .iter()
        .filter_map(|c| c.contact_person.map(|p| p.into()));
    let operators = supervisors.iter().map(|s| s.supervisor.operator.into());
    let owners: Vec<RecipientId> = contacts.chain(people).chain(operators).collect();
    let live = addresses::live_for(conn, &owners)?;
    Ok(addresses::ways(live, calls))
}

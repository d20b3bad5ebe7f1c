//! The rows that a press creates, as far as it knows them before the plan is asked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::body::{PhoneClock, Press};
use crate::alerts::AlertError;
use crate::alerts::engine::context::{Extent, StepContext, Stepped};
use crate::alerts::engine::other_alarms;
use crate::alerts::engine::plan_input::OtherAlarms;
use crate::alerts::model::AlertState;
use crate::alerts::store::AlertRow;
use crate::alerts::views::model::AlertView;
use crate::clock::At;
use crate::db::Conn;
use crate::escalation::model::RecordState;
use crate::escalation::records::NewRecord;
use crate::escalation::{Centres, Priority, Spot, kinds};
use crate::identity::model::Policy;
use crate::identity::{AlertCaller, PersonAtPress};
use crate::ids::{AlertId, ClientId, RecordId};
use crate::location::{self, Fix, Latest, SealedFix};
use crate::network::{self, ChosenContact};
use crate::seal::{AlertKey, WrappedKey};
use crate::timeline::{Actor, Kind, NewEntry};

/// All that a press writes, made before the transaction: it may run again.
pub(super) struct Draft {
    pub alert: AlertId,
    pub record: RecordId,
    pub client_id: ClientId,
    pub caller: AlertCaller,
    pub press: Press,
    pub note: Option<Vec<u8>>,
    pub wrapped: WrappedKey,
    pub now: At,
    /// The alert for which a run of the transaction has come to its end with messages to hand over:
    /// it may be committed, although the transaction runs again. Another alert that is found then was
    /// raised by another request, whose messages are not this one's to free.
    pub queued_for: Mutex<Option<AlertId>>,
}

impl Draft {
    pub fn queued_for(&self) -> MutexGuard<'_, Option<AlertId>> {
        let alert = self.queued_for.lock();
        alert.unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a press came to, in its transaction.
pub(super) struct Outcome {
    pub alert: AlertId,
    pub fresh: bool,
    pub stepped: Option<Stepped>,
    /// Of a new alert; else it is read.
    pub view: Option<AlertView>,
}

impl Outcome {
    /// Of an alert that was there.
    pub fn known(alert: AlertId, stepped: Option<Stepped>) -> Self {
        Self {
            alert,
            fresh: false,
            stepped,
            view: None,
        }
    }
}

/// The alert.
pub(super) fn new_row(draft: &Draft, her: &PersonAtPress, chosen: &[ChosenContact]) -> AlertRow {
    let ids: Vec<_> = chosen.iter().map(|c| c.id).collect();
    AlertRow {
        id: draft.alert,
        person: her.person,
        client_id: draft.client_id,
        device: draft.caller.device,
        municipality: her.municipality,
        state: AlertState::Open,
        policy: draft.press.policy.unwrap_or(her.policy),
        if_nobody_reached: her.if_nobody_reached,
        if_duress: her.if_duress,
        drill: draft.press.drill,
        network: serde_json::to_string(&ids).unwrap_or_default(),
        raised_at: draft.now,
        phone_at: draft.press.phone_at,
        presses: 1,
        last_press_at: draft.now,
        told_again_at: draft.now,
        last_fix_at: None,
        escalated_at: None,
        postponed_until: None,
        call_911: false,
        wrong_pins: 0,
        closed_at: None,
        close_kind: None,
        close_verified: false,
        plan_due_at: Some(draft.now),
        epoch: draft.wrapped.epoch.as_str().to_owned(),
        wrapped_key: draft.wrapped.wrapped.clone(),
        sealed_note: draft.note.clone(),
        warnings: "[]".to_owned(),
        plan_failures: 0,
        restored_at: None,
    }
}

/// Her contacts. Those that a bare press does not read join it at the plan's first look.
pub(super) fn chosen(
    conn: &mut Conn,
    step: &StepContext,
    her: &PersonAtPress,
) -> Result<Vec<ChosenContact>, AlertError> {
    match step.extent {
        Extent::Bare => Ok(Vec::new()),
        _ => Ok(network::active(conn, &step.foundation.keys, her.person)?),
    }
}

/// What she has raised of late beside this alert; a plan that is asked later reads it then.
pub(super) fn others(
    conn: &mut Conn,
    step: &StepContext,
    draft: &Draft,
    ended: &[AlertId],
) -> Result<OtherAlarms, AlertError> {
    if step.extent.defers() || draft.press.drill {
        return Ok(OtherAlarms::default());
    }
    let plan = &step.foundation.config.plan;
    other_alarms::at_press(conn, ended, draft.alert, plan)
}

/// The beginning of its timeline.
pub(super) fn first_entries(
    draft: &Draft,
    contacts: usize,
    record: Option<&NewRecord>,
) -> Vec<NewEntry> {
    let raised = NewEntry::new(draft.alert, draft.now, Kind::Raised, Actor::Her);
    let mut entries = vec![raised.with(json!({
        "device": draft.caller.device,
        "contacts": contacts,
        "drill": draft.press.drill,
        "warnings": draft.press.warnings.len(),
    }))];
    let detail = match PhoneClock::judge(draft.press.pressed_at, draft.now) {
        PhoneClock::Late(seconds) => Some(json!({ "late_s": seconds })),
        PhoneClock::Ahead => Some(json!({ "phone_clock": "ahead" })),
        PhoneClock::Silent | PhoneClock::Agrees => None,
    };
    if let Some(detail) = detail {
        entries.push(NewEntry::new(draft.alert, draft.now, Kind::Late, Actor::Her).with(detail));
    }
    if let Some(record) = record {
        let born = NewEntry::new(draft.alert, draft.now, Kind::RecordBorn, Actor::System);
        entries.push(born.with(json!({ "record": record.id, "state": record.state })));
    }
    entries
}

/// The fix that came with the press, under the key of the alert it lands on. Its `seq` is the
/// phone's own, so that the batch that repeats it adds nothing.
pub(super) fn sealed_fix(draft: &Draft, row: &AlertRow, key: Option<AlertKey>) -> Vec<SealedFix> {
    let device = draft.caller.device;
    key.map(|key| location::seal_fixes(&key, row.id, device, draft.press.fix.as_slice()))
        .unwrap_or_default()
}

/// The 911 record that is born with every real alert, as her policy has it; the plan frees it.
/// `shown`: her place, as every view shows it.
pub(super) fn birth(
    centres: &Centres,
    draft: &Draft,
    row: &AlertRow,
    her: &PersonAtPress,
    shown: Option<&Latest>,
) -> NewRecord {
    let fix = shown.map(Latest::fix);
    let spot = fix.map(|f| Spot {
        lat: f.lat,
        lon: f.lon,
        accuracy_m: f.accuracy_m,
    });
    let home_centre = her
        .home_centre
        .or_else(|| centres.home_of(her.municipality));
    let placement = centres
        .jurisdictions
        .decide(her.municipality, home_centre, spot);
    NewRecord {
        id: draft.record,
        alert: row.id,
        person: row.person,
        municipality: row.municipality,
        placement,
        kind: kinds::DEFAULT.to_owned(),
        priority: kinds::of(kinds::DEFAULT).map_or(Priority::High, |kind| kind.priority),
        training: false,
        state: match row.policy {
            Policy::Now | Policy::IfUnanswered => RecordState::Waiting,
            Policy::NetworkOnly => RecordState::Withheld,
        },
        cell: fix.map(Fix::cell),
        accuracy_m: fix.and_then(|f| f.accuracy_m),
        fix_at: shown.and_then(Latest::hour),
        raised_at: draft.now,
    }
}

//! The press.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use serde_json::json;

use super::body::{PhoneClock, Press};
use crate::alerts::engine::apply::First;
use crate::alerts::engine::context::{StepContext, Stepped};
use crate::alerts::engine::{situation, step};
use crate::alerts::model::{AlertState, Known, Press as Meaning, pressed};
use crate::alerts::store::{self, AlertChange, AlertRow};
use crate::alerts::views::hers::{self, AlertView};
use crate::alerts::{AlertError, Alerts};
use crate::clock::At;
use crate::db::{Batch, Conn};
use crate::delivery;
use crate::delivery::model::FailReason;
use crate::escalation::model::RecordState;
use crate::escalation::records::{self, NewRecord, Ready, RecordChange};
use crate::escalation::{CentreCache, Centres, Folios, Priority, Spot, kinds};
use crate::foundation::Foundation;
use crate::identity::model::Policy;
use crate::identity::{self, AlertCaller, PersonAtPress};
use crate::ids::{AlertId, ClientId, RecordId};
use crate::location::{self, Fix, SealedFix};
use crate::municipality::Municipality;
use crate::network::{self, ChosenContact};
use crate::plan::{self, Decision};
use crate::seal::WrappedKey;
use crate::timeline::{self, Actor, Kind, NewEntry};

/// What a press came to.
pub struct Raised {
    /// A new alert: 201. Else it is known, or she pressed again: 200.
    pub fresh: bool,
    /// What her phone is told.
    pub view: AlertView,
}

/// Takes a press. When this returns, the alert, its record and every message due at once are on
/// disk.
///
/// # Errors
/// `Unauthorized` where the token is good only for another alert, a missing week's key, and the
/// database. Never the body: whatever it says, the path and a good token are the alert.
pub async fn raise(
    alerts: &Alerts,
    caller: &AlertCaller,
    client_id: ClientId,
    press: Press,
) -> Result<Raised, AlertError> {
    let begun = Instant::now();
    let _turn = alerts.gate.turn().await;
    let foundation = &alerts.foundation;
    let now = foundation.clock.now();
    let slots = alerts
        .outbox
        .reserve(foundation.config.network.max_contacts * 2);
    let alert = AlertId::new();
    let (wrapped, key) = foundation.keys.new_alert_key(now, alert)?;
    let draft = Draft {
        alert,
        record: RecordId::new(),
        client_id,
        caller: caller.clone(),
        note: press
            .note
            .as_deref()
            .map(|n| key.seal("alerts", "sealed_note", alert.bytes(), n.as_bytes())),
        press,
        wrapped,
        now,
        runs: AtomicU32::new(0),
    };
    let cell = draft.press.fix.as_ref().map(Fix::cell);
    let step = StepContext {
        foundation: foundation.clone(),
        lease: slots.as_ref().map(|p| p.lease(now)),
        deferred: false,
    };
    let (centres, folios) = (alerts.centres.clone(), alerts.folios.clone());
    let (outcome, mut view) = alerts
        .write_and_step(step, true, move |conn, step| {
            let mut outcome = take(conn, step, (&centres, &folios), &draft)?;
            let mut view = match outcome.view.take() {
                Some(view) => view,
                None => {
                    let row = store::by_id(conn, outcome.alert)?.ok_or(AlertError::Unknown)?;
                    hers::of(
                        conn,
                        &step.foundation,
                        &row,
                        client_id,
                        draft.caller.language,
                        now,
                    )?
                }
            };
            view.warnings.clone_from(&draft.press.warnings);
            if draft.press.battery.is_some() {
                view.next_interval_s =
                    location::next_interval_s(&step.foundation.config.alerts, draft.press.battery);
            }
            Ok::<_, AlertError>((outcome, view))
        })
        .await?;
    view.warnings.sort_by(|a, b| a.path.cmp(&b.path));
    tracing::Span::current().record("alert", tracing::field::display(outcome.alert));
    tracing::info!(fresh = outcome.fresh, drill = view.drill, "pressed");
    if outcome.fresh {
        // Before its messages are handed over.
        foundation.meters.pressed(outcome.alert.into(), now);
    }
    if let Some(cell) = cell.filter(|_| outcome.fresh) {
        // The record was born with it.
        alerts.noted.told(alert, &cell, now);
    }
    if let Some(stepped) = outcome.stepped {
        // Without messages in hand the senders are told to look for them.
        let slots = slots.filter(|_| !stepped.owed.is_empty());
        alerts.after_with(stepped, slots);
        alerts.folios.top_up(&foundation.db);
    }
    foundation
        .meters
        .press_answer
        .observe(begun.elapsed().as_secs_f64());
    Ok(Raised {
        fresh: outcome.fresh,
        view,
    })
}

/// All that a press writes, made before the transaction: it may run again.
struct Draft {
    alert: AlertId,
    record: RecordId,
    client_id: ClientId,
    caller: AlertCaller,
    press: Press,
    note: Option<Vec<u8>>,
    wrapped: WrappedKey,
    now: At,
    /// How often the transaction has run: it runs again where the outcome of its COMMIT is unknown.
    runs: AtomicU32,
}

struct Outcome {
    alert: AlertId,
    fresh: bool,
    stepped: Option<Stepped>,
    /// Of a new alert; else it is read.
    view: Option<AlertView>,
}

fn take(
    conn: &mut Conn,
    step: &StepContext,
    (centres, folios): (&CentreCache, &Folios),
    draft: &Draft,
) -> Result<Outcome, AlertError> {
    let reruns = draft.runs.fetch_add(1, Ordering::Relaxed);
    // Her row is taken, so that twenty presses at once come one after the other.
    let her = identity::person_for_raise(conn, draft.caller.person)?;
    let (same, open) = store::same_or_open(conn, her.person, draft.client_id)?;
    match pressed(
        same.as_ref().map(known),
        open.as_ref().map(known),
        draft.press.drill,
    ) {
        Meaning::Raises => {}
        Meaning::Retries { becomes_real, .. } => {
            let outcome = same_press(conn, step, centres, draft, same, becomes_real)?;
            return if reruns > 0 {
                after_unknown_commit(conn, step, draft, outcome)
            } else {
                Ok(outcome)
            };
        }
        Meaning::Closed { .. } => return same_press(conn, step, centres, draft, same, false),
        Meaning::Again { becomes_real, .. } => {
            return pressed_again(conn, step, centres, draft, open, becomes_real);
        }
    }
    if draft.caller.only_open_alert {
        return Err(AlertError::Unauthorized);
    }
    raise_new(conn, step, (centres, folios), draft, &her)
}

/// A revoked device's token is good only for the alert that this device has open.
fn may_use(caller: &AlertCaller, row: &AlertRow) -> Result<(), AlertError> {
    let its_own = row.device == caller.device && row.state == AlertState::Open.as_str();
    if caller.only_open_alert && !its_own {
        Err(AlertError::Unauthorized)
    } else {
        Ok(())
    }
}

fn known(row: &AlertRow) -> Known {
    let state = AlertState::parse(&row.state).unwrap_or(AlertState::Open);
    Known {
        alert: row.id,
        state,
        drill: row.drill,
    }
}

/// A retry, or a queue flushed late: the same alert, open or closed. A drill may still become real.
fn same_press(
    conn: &mut Conn,
    step: &StepContext,
    centres: &CentreCache,
    draft: &Draft,
    same: Option<AlertRow>,
    becomes_real: bool,
) -> Result<Outcome, AlertError> {
    let same = same.ok_or(AlertError::Unknown)?;
    may_use(&draft.caller, &same)?;
    let stepped = if becomes_real {
        Some(become_real(conn, step, centres, draft, &same)?)
    } else {
        None
    };
    Ok(Outcome {
        alert: same.id,
        fresh: false,
        stepped,
        view: None,
    })
}

/// An earlier run of this very press may be committed, its answer lost on the way. Its messages are
/// then leased to this process, and its senders have never heard of them: they are freed, to be
/// found at once instead of when the lease ends.
fn after_unknown_commit(
    conn: &mut Conn,
    step: &StepContext,
    draft: &Draft,
    outcome: Outcome,
) -> Result<Outcome, AlertError> {
    if let Some(lease) = &step.lease {
        delivery::free_subject(conn, outcome.alert.into(), lease)?;
    }
    let nothing_new = Stepped {
        alert: outcome.alert,
        owed: Vec::new(),
        record: None,
    };
    Ok(Outcome {
        fresh: outcome.alert == draft.alert,
        stepped: outcome.stepped.or(Some(nothing_new)),
        ..outcome
    })
}

/// A drill that is meant after all: a record is born, contacts are told in earnest. What was said
/// to the drill is no answer to the alarm, and what it still owes would call the alarm a drill.
fn become_real(
    conn: &mut Conn,
    step: &StepContext,
    centres: &CentreCache,
    draft: &Draft,
    drill: &AlertRow,
) -> Result<Stepped, AlertError> {
    let change = AlertChange {
        drill: Some(false),
        raised_at: Some(draft.now),
        told_again_at: Some(draft.now),
        presses: Some(drill.presses + 1),
        last_press_at: Some(draft.now),
        ..AlertChange::default()
    };
    store::change(conn, drill.id, &change)?;
    store::forget_answers(conn, drill.id)?;
    delivery::withdraw(
        conn,
        drill.id.into(),
        None,
        FailReason::BecameReal,
        draft.now,
    )?;
    timeline::append(
        conn,
        &NewEntry::new(drill.id, draft.now, Kind::DrillBecameReal, Actor::Her),
    )?;
    let her = identity::person_for_raise(conn, drill.person)?;
    let centres = centres.in_write(conn, her.municipality, her.centres_version)?;
    let record = birth(&centres, draft, drill, &her);
    records::insert(conn, &record, draft.now)?;
    step::step(conn, step, drill.id, draft.now)
}

/// A new id while an alert is open: another name of it. The record gets louder, contacts are told
/// again in time.
fn pressed_again(
    conn: &mut Conn,
    step: &StepContext,
    centres: &CentreCache,
    draft: &Draft,
    open: Option<AlertRow>,
    becomes_real: bool,
) -> Result<Outcome, AlertError> {
    let open = open.ok_or(AlertError::Unknown)?;
    may_use(&draft.caller, &open)?;
    store::add_name(conn, open.person, draft.client_id, open.id, draft.now)?;
    append_fix(conn, &step.foundation, draft, &open)?;
    // A rehearsal during a real alert changes nothing of it.
    if draft.press.drill && !open.drill {
        return Ok(Outcome {
            alert: open.id,
            fresh: false,
            stepped: None,
            view: None,
        });
    }
    if becomes_real {
        let stepped = become_real(conn, step, centres, draft, &open)?;
        return Ok(Outcome {
            alert: open.id,
            fresh: false,
            stepped: Some(stepped),
            view: None,
        });
    }
    let change = AlertChange {
        presses: Some(open.presses + 1),
        last_press_at: Some(draft.now),
        ..AlertChange::default()
    };
    store::change(conn, open.id, &change)?;
    let entry = NewEntry::new(open.id, draft.now, Kind::PressedAgain, Actor::Her);
    timeline::append(conn, &entry.with(json!({ "presses": open.presses + 1 })))?;
    records::change(conn, open.id, RecordChange::PressedAgain, draft.now)?;
    let stepped = step::step(conn, step, open.id, draft.now)?;
    Ok(Outcome {
        alert: open.id,
        fresh: false,
        stepped: Some(stepped),
        view: None,
    })
}

/// A new alert. The plan is asked before anything is written, so that each row is written once, as
/// it is to be.
fn raise_new(
    conn: &mut Conn,
    step: &StepContext,
    (centres, folios): (&CentreCache, &Folios),
    draft: &Draft,
    her: &PersonAtPress,
) -> Result<Outcome, AlertError> {
    let centres = centres.in_write(conn, her.municipality, her.centres_version)?;
    let chosen = network::active(conn, &step.foundation.keys, her.person)?;
    let row = new_row(draft, her, &chosen);
    let mut record = match row.drill {
        true => None,
        false => Some(birth(&centres, draft, &row, her)),
    };
    let centre = record
        .as_ref()
        .and_then(|r| centres.get(r.placement.centre?));
    let times = centre.map(|c| c.times).unwrap_or_default();
    let senders = centres
        .municipality(her.municipality)
        .map(Municipality::senders)
        .unwrap_or_default();
    let press = situation::Fresh {
        located: draft.press.fix.is_some(),
        calls: step.foundation.config.voice.is_configured() && senders.calls.is_some(),
        named_officers: her.named_officers,
        times,
    };
    let mut loaded = situation::fresh(conn, &step.foundation, row, chosen, record.as_ref(), press)?;
    let decision = match step.deferred {
        false => plan::next(&loaded.situation, &times.over(&step.foundation.config.plan)),
        // The press is kept, whatever fails in what follows from it.
        true => Decision {
            next_due: Some(draft.now),
            ..Decision::default()
        },
    };
    let mut after = loaded.situation.clone();
    decision
        .actions
        .iter()
        .for_each(|action| after.apply(action));
    loaded.row.plan_due_at = decision.next_due;
    loaded.row.call_911 = after.alert.call_911;
    let born = match (&mut record, &after.record) {
        (Some(record), Some(stands)) => {
            record.state = stands.state;
            Some(Ready::make(
                conn,
                (&centres, folios),
                record,
                her.named_officers,
                draft.now,
            )?)
        }
        _ => None,
    };
    let folio = born.as_ref().and_then(Ready::folio).map(str::to_owned);
    let changed = born.as_ref().map(Ready::changed);
    let first = First::compose(conn, step, &loaded, &decision, folio.as_deref(), senders)?;
    let owing = first.owing();
    let mut entries = first_entries(
        draft,
        loaded.contacts.len(),
        record.as_ref(),
        folio.as_deref(),
    );
    entries.extend(first.told_entry());

    // Her row is taken, so that no other press of hers comes between what was read and this.
    let mut batch = Batch::on(conn);
    store::add(&mut batch, &loaded.row)?;
    identity::alert_opened(&mut batch, her.person)?;
    location::append_with(
        &mut batch,
        sealed_fix(&step.foundation, draft, &loaded.row)?,
    )?;
    if let Some(born) = born {
        born.write(&mut batch)?;
    }
    timeline::append_all(&mut batch, &entries)?;
    first
        .links()
        .iter()
        .try_for_each(|link| store::add_link(&mut batch, link))?;
    owing.write(&mut batch)?;
    batch.send()?;

    let owed = owing.into_owed();
    let record = first.afterwards(conn)?.or(changed);
    let view = hers::fresh(conn, &loaded.row, &after, draft.caller.language)?;
    let stepped = Stepped {
        alert: draft.alert,
        owed,
        record,
    };
    Ok(Outcome {
        alert: draft.alert,
        fresh: true,
        stepped: Some(stepped),
        view: Some(view),
    })
}

fn new_row(draft: &Draft, her: &PersonAtPress, chosen: &[ChosenContact]) -> AlertRow {
    let ids: Vec<_> = chosen.iter().map(|c| c.id).collect();
    AlertRow {
        id: draft.alert,
        person: her.person,
        client_id: draft.client_id,
        device: draft.caller.device,
        municipality: her.municipality,
        state: AlertState::Open.as_str().to_owned(),
        policy: draft.press.policy.unwrap_or(her.policy).as_str().to_owned(),
        if_nobody_reached: her.if_nobody_reached.as_str().to_owned(),
        if_duress: her.if_duress.as_str().to_owned(),
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
    }
}

fn first_entries(
    draft: &Draft,
    contacts: usize,
    record: Option<&NewRecord>,
    folio: Option<&str>,
) -> Vec<NewEntry> {
    let raised = NewEntry::new(draft.alert, draft.now, Kind::Raised, Actor::Her);
    let mut entries = vec![raised.with(json!({
        "device": draft.caller.device,
        "contacts": contacts,
        "drill": draft.press.drill,
        "warnings": draft.press.warnings.len(),
    }))];
    let detail = match PhoneClock::judge(draft.press.phone_at, draft.now) {
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
    if let Some(folio) = folio {
        let queued = NewEntry::new(draft.alert, draft.now, Kind::RecordQueued, Actor::System);
        entries.push(queued.with(json!({ "folio": folio })));
    }
    entries
}

/// The fix that came with the press, under the key of the alert it lands on. Its `seq` is the
/// phone's own, so that the batch that repeats it adds nothing.
fn append_fix(
    conn: &mut Conn,
    foundation: &Foundation,
    draft: &Draft,
    row: &AlertRow,
) -> Result<(), AlertError> {
    location::append(conn, &sealed_fix(foundation, draft, row)?)?;
    Ok(())
}

fn sealed_fix(
    foundation: &Foundation,
    draft: &Draft,
    row: &AlertRow,
) -> Result<Vec<SealedFix>, AlertError> {
    let Some(fix) = &draft.press.fix else {
        return Ok(Vec::new());
    };
    let key = foundation
        .keys
        .unwrap_alert_key(&row.epoch, row.id, &row.wrapped_key)?;
    Ok(location::seal_fixes(
        &key,
        row.id,
        draft.caller.device,
        std::slice::from_ref(fix),
    ))
}

/// The 911 record that is born with every real alert, as her policy has it; the plan frees it.
fn birth(centres: &Centres, draft: &Draft, row: &AlertRow, her: &PersonAtPress) -> NewRecord {
    let fix = draft.press.fix.as_ref();
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
        state: match Policy::parse(&row.policy).unwrap_or(Policy::Now) {
            Policy::Now | Policy::IfUnanswered => RecordState::Waiting,
            Policy::NetworkOnly => RecordState::Withheld,
        },
        cell: fix.map(Fix::cell),
        accuracy_m: fix.and_then(|f| f.accuracy_m),
        fix_at: fix.map(|f| f.effective_at),
        raised_at: draft.now,
    }
}

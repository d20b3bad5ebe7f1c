//! The press.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::again::{after_unknown_commit, pressed_again, same_press};
use super::body::Press;
use super::rows::{Draft, Outcome, birth, chosen, first_entries, new_row, others, sealed_fix};
use crate::alerts::engine::context::{Extent, StepContext};
use crate::alerts::engine::effects::{Birth, Effects};
use crate::alerts::engine::other_alarms;
use crate::alerts::engine::particulars::Particulars;
use crate::alerts::engine::plan_input::OtherAlarms;
use crate::alerts::engine::situation;
use crate::alerts::locate::key_of;
use crate::alerts::model::{Known, Press as Meaning, pressed};
use crate::alerts::store::{self, AlertRow};
use crate::alerts::views::hers;
use crate::alerts::views::model::AlertView;
use crate::alerts::{AlertError, Alerts, noted};
use crate::clock::At;
use crate::db::Conn;
use crate::delivery::Slots;
use crate::escalation::records::{FolioSource, RecordEdit};
use crate::escalation::{CentreCache, Folios};
use crate::foundation::Foundation;
use crate::http::HungUp;
use crate::identity::{self, AlertCaller, PersonAtPress};
use crate::ids::{AlertId, ClientId, RecordId};
use crate::location;
use crate::municipality::Municipality;
use crate::network::ChosenContact;

/// What a press came to.
pub struct Raised {
    /// A new alert: 201. Else it is known, or she pressed again: 200.
    pub fresh: bool,
    /// What her phone is told.
    pub view: AlertView,
}

/// Takes a press. When this returns, the alert, its record and every message due at once are on
/// disk. `None`: the caller hung up while another press of hers waited that tells as much.
///
/// # Errors
/// `Unauthorized` where the token is good only for another alert, a missing week's key, and the
/// database. Never the body: whatever it says, the path and a good token are the alert.
pub async fn raise(
    alerts: &Alerts,
    caller: &AlertCaller,
    client_id: ClientId,
    press: Press,
    hung_up: HungUp,
) -> Result<Option<Raised>, AlertError> {
    let begun = Instant::now();
    let turn = alerts.gate.turn(caller.person, press.drill, hung_up).await;
    let Some(_turn) = turn else {
        return Ok(None);
    };
    let foundation = &alerts.foundation;
    let now = foundation.clock.now();
    let slots = alerts
        .outbox
        .reserve(foundation.config.network.max_contacts * 2);
    let step = StepContext {
        foundation: foundation.clone(),
        lease: slots.as_ref().map(|p| p.lease(now)),
        extent: Extent::Whole,
    };
    let draft = draft(foundation, caller, client_id, press, now)?;
    let raised = write(alerts, draft, step, slots).await?;
    foundation
        .meters
        .press_answer
        .observe(begun.elapsed().as_secs_f64());
    Ok(Some(raised))
}

/// As [`raise`], with the plan left to the engine: what becomes of a press where the plan fails.
///
/// # Errors
/// As [`raise`].
pub async fn raise_deferred(
    alerts: &Alerts,
    caller: &AlertCaller,
    client_id: ClientId,
    press: Press,
) -> Result<Raised, AlertError> {
    let draft = draft(&alerts.foundation, caller, client_id, press, alerts.now())?;
    let step = StepContext {
        extent: Extent::Deferred,
        ..alerts.step_context()
    };
    write(alerts, draft, step, None).await
}

fn draft(
    foundation: &Foundation,
    caller: &AlertCaller,
    client_id: ClientId,
    press: Press,
    now: At,
) -> Result<Draft, AlertError> {
    let alert = AlertId::new();
    let (wrapped, key) = foundation.keys.new_alert_key(now, alert)?;
    Ok(Draft {
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
        queued_for: Mutex::default(),
    })
}

/// The transaction, and what follows its commit.
async fn write(
    alerts: &Alerts,
    draft: Draft,
    step: StepContext,
    slots: Option<Slots>,
) -> Result<Raised, AlertError> {
    let (alert, now) = (draft.alert, draft.now);
    let (caller, client_id) = (draft.caller.clone(), draft.client_id);
    let word = location::latest(draft.press.fix.clone(), now).map(|latest| noted::word(&latest));
    let (centres, folios) = (alerts.centres.clone(), alerts.folios.clone());
    let (outbox, meters) = (alerts.outbox.clone(), Arc::clone(&alerts.foundation.meters));
    let slots = Mutex::new(slots);
    // No one's turn comes between the commit and the senders.
    let hand_over = move |(outcome, ..): &mut (Outcome, AlertView, Extent)| {
        if outcome.fresh {
            meters.pressed(outcome.alert.into(), now);
        }
        if let Some(stepped) = &mut outcome.stepped {
            let slots = slots.lock().unwrap_or_else(PoisonError::into_inner).take();
            let messages = std::mem::take(&mut stepped.messages);
            // Without messages in hand the senders are told to look for them.
            outbox.hand_over(slots.filter(|_| !messages.is_empty()), messages);
        }
    };
    let take = move |conn: &mut Conn, step: &StepContext| {
        let mut outcome = take(conn, step, (&centres, &folios), &draft)?;
        let view = match outcome.view.take() {
            Some(view) => view,
            None => read(conn, step, &outcome, &draft)?,
        };
        if outcome.stepped.iter().any(|s| !s.messages.is_empty()) {
            *draft.queued_for() = Some(outcome.alert);
        }
        let view = told_of_body(view, step, &draft);
        Ok::<_, AlertError>((outcome, view, step.extent))
    };
    let (outcome, mut view, extent) = alerts.write_then(step, true, take, hand_over).await?;
    view.warnings.sort_by(|a, b| a.path.cmp(&b.path));
    tracing::Span::current().record("alert", tracing::field::display(outcome.alert));
    tracing::info!(fresh = outcome.fresh, drill = view.drill, "pressed");
    if let Some(word) = word.filter(|_| outcome.fresh) {
        // The record was born with it.
        alerts.noted.told(alert, &word, now);
    }
    if let Some(stepped) = outcome.stepped {
        alerts.publish(&stepped);
        alerts.folios.top_up(&alerts.foundation.db);
    }
    let fresh = outcome.fresh;
    if extent != Extent::Whole {
        alerts.foundation.bus.nudge_engine();
    }
    if extent.defers() && !fresh {
        view = read_anew(alerts, &caller, client_id, view).await;
    }
    Ok(Raised { fresh, view })
}

/// The view of an alert that was there, after the commit of a press whose plan failed; `view`, which
/// says the worst, where it cannot be read.
async fn read_anew(
    alerts: &Alerts,
    caller: &AlertCaller,
    client_id: ClientId,
    view: AlertView,
) -> AlertView {
    match alerts.view(caller, client_id).await {
        Ok(read) => AlertView {
            warnings: view.warnings,
            next_interval_s: view.next_interval_s,
            ..read
        },
        Err(_) => view,
    }
}

/// What is not needed to keep a press must not refuse it: it is written again without.
fn needless(error: impl Into<AlertError>) -> AlertError {
    AlertError::Step(Box::new(error.into()))
}

/// The view of an alert that was there. Where the plan failed nothing more is read, and the view says
/// the worst.
fn read(
    conn: &mut Conn,
    step: &StepContext,
    outcome: &Outcome,
    draft: &Draft,
) -> Result<AlertView, AlertError> {
    let row = store::by_id(conn, outcome.alert)?.ok_or(AlertError::Unknown)?;
    let (foundation, language, now) = (&step.foundation, draft.caller.language, draft.now);
    if step.extent.defers() {
        let interval_s = location::next_interval_s(&foundation.config.alerts, None);
        let rows = hers::Rows::unread(&row, draft.client_id, interval_s);
        return hers::view(conn, &rows, language, now);
    }
    hers::of(conn, foundation, &row, draft.client_id, language, now).map_err(needless)
}

/// With what this very request said: its warnings, and how full the battery is.
fn told_of_body(mut view: AlertView, step: &StepContext, draft: &Draft) -> AlertView {
    view.warnings.clone_from(&draft.press.warnings);
    if draft.press.battery.is_some() {
        view.next_interval_s =
            location::next_interval_s(&step.foundation.config.alerts, draft.press.battery);
    }
    view
}

fn take(
    conn: &mut Conn,
    step: &StepContext,
    (centres, folios): (&CentreCache, &Folios),
    draft: &Draft,
) -> Result<Outcome, AlertError> {
    let queued_for = *draft.queued_for();
    // Her row is taken, so that twenty presses at once come one after the other.
    let her = identity::person_for_raise(conn, draft.caller.person, step.extent.unread_names())?;
    let lately = other_alarms::lately(&step.foundation.config.plan, draft.now);
    let store::Hers { same, open, ended } = match step.extent {
        Extent::Bare => store::Hers {
            same: store::by_own_name(conn, her.person, draft.client_id)?,
            open: store::open_of(conn, her.person)?,
            ended: Vec::new(),
        },
        _ => store::hers_at_press(conn, her.person, draft.client_id, lately)?,
    };
    let meaning = pressed(
        same.as_ref().map(known),
        open.as_ref().map(known),
        draft.press.drill,
    );
    if meaning.is_new_alarm(draft.press.drill) && !step.extent.defers() {
        other_alarms::call_back_ends(conn, &ended, draft.now).map_err(needless)?;
    }
    match meaning {
        Meaning::Raises => {}
        Meaning::Retries { becomes_real, .. } => {
            let outcome = same_press(conn, step, centres, draft, same, becomes_real)?;
            return if queued_for == Some(outcome.alert) || outcome.alert == draft.alert {
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
    raise_new(conn, step, (centres, folios), draft, (&her, &ended))
}

fn known(row: &AlertRow) -> Known {
    Known {
        alert: row.id,
        state: row.state,
        drill: row.drill,
    }
}

/// A new alert. The plan is asked before anything is written, so that each row is written once, as
/// it is to be.
fn raise_new(
    conn: &mut Conn,
    step: &StepContext,
    (centres, folios): (&CentreCache, &Folios),
    draft: &Draft,
    (her, ended): (&PersonAtPress, &[AlertId]),
) -> Result<Outcome, AlertError> {
    let (foundation, now) = (&step.foundation, draft.now);
    let centres = centres.in_write(conn, her.municipality, her.centres_version)?;
    let municipality = centres.municipality(her.municipality);
    let chosen = chosen(conn, step, her)?;
    let row = new_row(draft, her, &chosen);
    let shown = location::latest(draft.press.fix.clone(), now);
    let new = (!row.drill).then(|| birth(&centres, draft, &row, her, shown.as_ref()));
    let entries = first_entries(draft, chosen.len(), new.as_ref());
    let fix = match (&draft.press.fix, step.extent) {
        (None, _) | (_, Extent::Bare) => Vec::new(),
        (Some(_), _) => sealed_fix(draft, &row, key_of(foundation, &row)),
    };
    let centre = new
        .as_ref()
        .and_then(|new| centres.get(new.placement.centre?));
    let record = match &new {
        Some(new) => Some(RecordEdit::new(conn, new, her.named_officers, now)?),
        None => None,
    };

    let rows = rows(foundation, draft, her, (row, chosen), municipality);
    let rows = situation::Rows {
        record,
        centre: centre.cloned(),
        others: others(conn, step, draft, ended).map_err(needless)?,
        ..rows
    };
    let mut loaded = match step.extent.defers() {
        false => situation::gather(conn, step, rows, now).map_err(needless)?,
        true => rows.unread(now),
    };
    let decision = loaded.decide(step);
    let folios = FolioSource::Ahead(&centres, folios);
    let particulars = Particulars::read(conn, &mut loaded, &decision, folios).map_err(needless)?;
    let effects = Effects::of(foundation, &loaded, &decision, &particulars);
    let (in_drills, interval_s) = (loaded.in_drills(), loaded.situation.alert.fix_interval_s);
    let birth = Birth {
        centre,
        fix,
        entries,
    };
    let written = effects.write_new(conn, step, loaded, birth)?;
    let rows = hers::Rows {
        row: &written.row,
        client_id: draft.client_id,
        notifications: &written.notifications,
        answers: &[],
        record: written.record.as_ref(),
        unit_at: None,
        in_drills,
        municipality: municipality.filter(|_| !step.extent.defers()),
        fix_interval_s: u32::try_from(interval_s).unwrap_or(u32::MAX),
    };
    let view = hers::view(conn, &rows, draft.caller.language, now).map_err(needless)?;
    Ok(Outcome {
        alert: draft.alert,
        fresh: true,
        stepped: Some(written.stepped),
        view: Some(view),
    })
}

/// The rows of the new alert but for its record, as they would be read back.
fn rows(
    foundation: &Foundation,
    draft: &Draft,
    her: &PersonAtPress,
    (row, chosen): (AlertRow, Vec<ChosenContact>),
    municipality: Option<&Municipality>,
) -> situation::Rows {
    let fix = draft.press.fix.as_ref();
    let battery = fix.and_then(|fix| fix.battery);
    situation::Rows {
        row,
        chosen,
        notifications: Vec::new(),
        rehearsed: HashSet::new(),
        answers: Vec::new(),
        record: None,
        centre: None,
        last_fix_at: fix.map(|fix| fix.received_at),
        fix_interval_s: location::next_interval_s(&foundation.config.alerts, battery),
        named_officers: her.named_officers,
        senders: Some(municipality.map(Municipality::senders).unwrap_or_default()),
        others: OtherAlarms::default(),
    }
}

//! `GET /v1/shift`: who is connected. A supervisor sees the people of the own centre; an
//! administrator how many there are at each, since that role sees no person (design, roles). It
//! shows nothing of hers, so it writes no line of the read-audit.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ConsoleError;
use crate::alerts::Alerts;
use crate::clock::At;
use crate::config::PlanConfig;
use crate::db::Conn;
use crate::delivery::addresses;
use crate::escalation::model::Post;
use crate::escalation::shift;
use crate::escalation::{Centre, ShiftFacts, Viewer, centres};
use crate::foundation::Foundation;
use crate::http::{Failure, ProblemBody};
use crate::identity::model::Role;
use crate::identity::{Operator, operator_card, supervisors_to_alarm};
use crate::ids::{CentreId, OperatorId, RecipientId};
use crate::language::Language;

/// An operator or supervisor who is connected.
#[derive(Serialize, ToSchema)]
struct PersonOnShift {
    /// Who.
    operator: OperatorId,
    /// Full name.
    #[schema(example = "Marta Ruiz Soto")]
    name: String,
    /// As what.
    role: Role,
    /// Since when without a break; null for who was connected during an upgrade.
    since: Option<At>,
    /// How many records of your sight are this person's now.
    #[schema(example = 1)]
    records: usize,
}

/// What happens to a record that comes to a centre at which no operator is connected.
#[derive(Serialize, ToSchema)]
struct NobodyThere {
    /// In words, to be shown.
    text: String,
    /// Whether a supervisor has a way to be called, at once.
    supervisors_called: bool,
    /// So many seconds after the press she and her contacts are told to call 911 themselves.
    #[schema(example = 60)]
    call_911_after_s: u64,
    /// The centre that sees it too; null for none.
    backup: Option<CentreId>,
    /// So many seconds after it was queued.
    #[schema(example = 120)]
    backup_after_s: u64,
}

/// A centre's shift.
#[derive(Serialize, ToSchema)]
struct ShiftView {
    /// The centre.
    centre: CentreId,
    /// Its name.
    #[schema(example = "Centro 911 Chihuahua")]
    name: String,
    /// Operators who are connected.
    operators: i64,
    /// Supervisors who are connected.
    supervisors: i64,
    /// Who they are, the longest first; null for an administrator.
    people: Option<Vec<PersonOnShift>>,
    /// Only where no operator is connected.
    nobody: Option<NobodyThere>,
}

/// The shifts.
#[derive(Serialize, ToSchema)]
struct Shifts {
    /// A supervisor's own centre; for an administrator each of the municipality.
    items: Vec<ShiftView>,
    /// Always null: all are on one page.
    next: Option<String>,
}

/// Who is connected now, since when, and how many records each works.
///
/// For supervisors, of the own centre; who stands on no list is shown to the unlisted alone, and
/// not counted for others. For administrators the numbers at each centre, without people. Where
/// no operator is connected: what happens then.
#[utoipa::path(tag = "escalations", security(("operator" = [])),
    responses((status = 200, description = "The shifts", body = Shifts),
              (status = "4XX", description = "See docs/api-errors", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/shift")]
pub(crate) async fn list_shift(
    alerts: Data<Alerts>,
    operator: Operator,
    language: Language,
) -> Result<HttpResponse, Failure> {
    operator.must_be(&[Role::Supervisor, Role::Administrator])?;
    let (foundation, now) = (alerts.foundation.clone(), alerts.now());
    let read = move |conn: &mut Conn| -> Result<Vec<ShiftView>, ConsoleError> {
        if operator.role == Role::Administrator {
            return numbers(conn, &foundation, &operator, language, now);
        }
        Ok(vec![people(
            conn,
            &foundation,
            &Viewer::of(&operator)?,
            language,
            now,
        )?])
    };
    let items = alerts.foundation.db.read(read).await?;
    Ok(HttpResponse::Ok().json(Shifts { items, next: None }))
}

/// The numbers at each centre of the municipality.
fn numbers(
    conn: &mut Conn,
    foundation: &Foundation,
    operator: &Operator,
    language: Language,
    now: At,
) -> Result<Vec<ShiftView>, ConsoleError> {
    let there = shift::everywhere(conn, now)?;
    let each = centres::list(conn, operator.municipality)?
        .into_iter()
        .map(|centre| {
            let facts = there.get(&centre.id).copied().unwrap_or_default();
            view(conn, foundation, &centre, (facts, None), (language, true))
        });
    each.collect()
}

/// The people of one centre.
fn people(
    conn: &mut Conn,
    foundation: &Foundation,
    viewer: &Viewer,
    language: Language,
    now: At,
) -> Result<ShiftView, ConsoleError> {
    let all = viewer.post == Post::Unlisted;
    let centre = centres::by_id(conn, viewer.centre)?
        .unwrap_or_else(|| Centre::lost(viewer.centre, viewer.municipality));
    let (mut facts, mut people) = (ShiftFacts::default(), Vec::new());
    for one in shift::list(conn, viewer, now)? {
        let card = operator_card(conn, &foundation.keys, one.operator)?;
        if card.unlisted && !all {
            continue;
        }
        facts.count(one.post);
        let role = if one.post == Post::Operator {
            Role::Operator
        } else {
            Role::Supervisor
        };
        let (operator, name) = (one.operator, card.name);
        people.push(PersonOnShift {
            operator,
            name,
            role,
            since: one.since,
            records: one.records,
        });
    }
    view(
        conn,
        foundation,
        &centre,
        (facts, Some(people)),
        (language, all),
    )
}

fn view(
    conn: &mut Conn,
    foundation: &Foundation,
    centre: &Centre,
    (facts, people): (ShiftFacts, Option<Vec<PersonOnShift>>),
    (language, with_unlisted): (Language, bool),
) -> Result<ShiftView, ConsoleError> {
    let nobody = if facts.is_empty() {
        let called = supervisors_called(conn, centre.id, with_unlisted)?;
        Some(nobody_there(
            centre,
            called,
            &centre.times.over(&foundation.config.plan),
            language,
        ))
    } else {
        None
    };
    Ok(ShiftView {
        centre: centre.id,
        name: centre.name.clone(),
        operators: facts.operators,
        supervisors: facts.supervisors,
        people,
        nobody,
    })
}

/// Whether any supervisor has an address for alarms.
fn supervisors_called(
    conn: &mut Conn,
    centre: CentreId,
    with_unlisted: bool,
) -> Result<bool, ConsoleError> {
    let to_call = supervisors_to_alarm(conn, centre)?
        .into_iter()
        .filter(|one| with_unlisted || !one.unlisted);
    let owners: Vec<RecipientId> = to_call.map(|one| one.operator.into()).collect();
    Ok(!addresses::live_for(conn, &owners)?.is_empty())
}

fn nobody_there(
    centre: &Centre,
    supervisors_called: bool,
    plan: &PlanConfig,
    language: Language,
) -> NobodyThere {
    let (call, backup) = (plan.call_911_s, plan.unclaimed_backup_s);
    let (mut text, called) = match language {
        Language::Es => (
            format!(
                "Nadie está conectado. Si llega un aviso, a los {call} s se le dice a ella y a sus contactos que llamen al 911."
            ),
            [
                " No hay teléfono de supervisión a cual avisar.",
                " Se avisa al momento a los teléfonos de supervisión.",
            ],
        ),
        Language::En => (
            format!(
                "No operator is connected. If a record comes, she and her contacts are told to call 911 after {call} s."
            ),
            [
                " No supervisor has a phone that could be called.",
                " The supervisors' own phones are called at once.",
            ],
        ),
    };
    let [none, some] = called;
    text.push_str(if supervisors_called { some } else { none });
    if centre.backup.is_some() {
        text.push_str(&language.pick(
            format!(" A los {backup} s lo ve también el centro de respaldo."),
            format!(" After {backup} s the backup centre sees it too."),
        ));
    }
    NobodyThere {
        text,
        supervisors_called,
        call_911_after_s: call,
        backup: centre.backup,
        backup_after_s: backup,
    }
}

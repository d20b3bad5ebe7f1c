//! The page's parts, in words and local times.

use std::collections::HashMap;

use askama::Template;
use chrono_tz::Tz;
use serde_json::Value;

use super::words;
use crate::alerts::model::AlertState;
use crate::clock::{At, in_hours};
use crate::console::detail::{AlertPart, ContactPart, OpenedRecord, PlaceView, TimelineEntry};
use crate::identity::Officer;
use crate::ids::OperatorId;
use crate::language::Language;
use crate::timeline::Kind;

const STYLE: &str = include_str!("page.css");

/// The operator who prints, the time and the language of the print.
pub(super) struct Printing {
    pub by: String,
    pub at: At,
    pub centre: String,
    pub zone: Tz,
    /// The operators on the timeline; `None` for those who are on no list.
    pub names: HashMap<OperatorId, Option<String>>,
    pub language: Language,
}

impl Printing {
    /// `24/11/2026 21:40:07`, where the municipality is; the head of the page says where that is.
    fn time(&self, at: At) -> String {
        at.utc()
            .with_timezone(&self.zone)
            .format("%d/%m/%Y %H:%M:%S")
            .to_string()
    }

    fn pick(&self, (es, en): (&'static str, &'static str)) -> &'static str {
        self.language.pick(es, en)
    }
}

/// A label and what stands beside it.
struct Row(&'static str, String);

struct ContactLine {
    name: String,
    phone: String,
    reach: &'static str,
    answer: String,
}

struct TimelineLine {
    at: String,
    who: String,
    what: String,
    note: Option<String>,
}

/// What the template shows.
#[derive(Template)]
#[template(path = "printed_record.html")]
pub(super) struct Page {
    pub style: String,
    language: Language,
    folio: String,
    centre: String,
    by: String,
    at: String,
    zone: &'static str,
    training: bool,
    do_not_send: Vec<String>,
    record: Vec<Row>,
    her: Vec<Row>,
    note: Option<String>,
    contacts: Vec<ContactLine>,
    story: Vec<TimelineLine>,
}

impl Page {
    pub(super) fn of(opened: &OpenedRecord, printing: &Printing) -> Self {
        let folio = opened.record.folio.clone().unwrap_or_default();
        // It goes into the style too, as a text in quotes.
        let plain: String = folio
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == '-')
            .collect();
        Self {
            style: STYLE.replace("FOLIO", &plain),
            language: printing.language,
            centre: printing.centre.clone(),
            by: printing.by.clone(),
            at: printing
                .at
                .utc()
                .with_timezone(&printing.zone)
                .format("%d/%m/%Y %H:%M:%S UTC%:z")
                .to_string(),
            zone: printing.zone.name(),
            training: opened.record.training,
            do_not_send: opened.do_not_send.iter().map(officer).collect(),
            record: record(opened, printing),
            her: her(opened, printing),
            note: opened.alert.as_ref().and_then(|alert| alert.note.clone()),
            contacts: opened
                .contacts
                .iter()
                .map(|contact| contact_line(contact, printing))
                .collect(),
            story: opened
                .story
                .iter()
                .rev()
                .map(|entry| timeline_line(entry, opened, printing))
                .collect(),
            folio,
        }
    }
}

/// The operators on the timeline.
pub(super) fn operators(opened: &OpenedRecord) -> impl Iterator<Item = OperatorId> {
    let by_operator = opened
        .story
        .iter()
        .filter(|entry| entry.actor == "operator");
    by_operator.filter_map(|entry| entry.actor_id.as_deref()?.parse().ok())
}

fn officer(officer: &Officer) -> String {
    let parts = [&officer.name, &officer.badge, &officer.corporation];
    parts
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" · ")
}

fn record(opened: &OpenedRecord, p: &Printing) -> Vec<Row> {
    let of = &opened.record;
    let mut rows = vec![
        Row(
            p.pick(("Estado", "State")),
            p.pick(words::state(of.state)).to_owned(),
        ),
        Row(
            p.pick(("Tipo", "Kind")),
            format!(
                "{} {}",
                of.kind.code,
                p.language.pick(&of.kind.es, &of.kind.en)
            ),
        ),
        Row(
            p.pick(("Prioridad", "Priority")),
            p.pick(words::priority(of.priority)).to_owned(),
        ),
        Row(p.pick(("Pidió ayuda", "Pressed")), p.time(of.raised_at)),
    ];
    let mut add =
        |label, text: Option<String>| rows.extend(text.map(|text| Row(p.pick(label), text)));
    add(
        ("Entró a la cola", "Queued"),
        of.queued_at.map(|at| p.time(at)),
    );
    add(
        ("Cierre", "Closed as"),
        of.disposition
            .map(|how| p.pick(words::disposition(how)).to_owned()),
    );
    if let Some(alert) = &opened.alert {
        add(("Su aviso", "Her alert"), Some(alert_in_words(alert, p)));
        add(
            ("Hora de su teléfono", "Her phone's time"),
            alert.phone_at.map(|at| p.time(at)),
        );
        add(
            ("Veces que pidió ayuda", "Times pressed"),
            Some(alert.presses.to_string()),
        );
    }
    rows
}

fn alert_in_words(alert: &AlertPart, p: &Printing) -> String {
    if alert.state == AlertState::Open {
        return p.pick(("Abierto", "Open")).to_owned();
    }
    let how = alert
        .close_kind
        .map_or(("Cerrado", "Closed"), words::close_kind);
    let proven = if alert.close_verified {
        ("con su PIN", "by her PIN")
    } else {
        ("sin PIN", "without a PIN")
    };
    let at = alert.closed_at.map(|at| p.time(at)).unwrap_or_default();
    format!("{}, {} · {at}", p.pick(how), p.pick(proven))
}

fn her(opened: &OpenedRecord, p: &Printing) -> Vec<Row> {
    let name = opened
        .her
        .name
        .clone()
        .unwrap_or_else(|| p.pick(("No lo dio", "Not given")).to_owned());
    let mut rows = vec![
        Row(p.pick(("Nombre", "Name")), name),
        Row(p.pick(("Teléfono", "Phone")), opened.her.phone.clone()),
        Row(
            p.pick(("Habla", "Speaks")),
            opened
                .her
                .language
                .pick(
                    p.pick(("español", "Spanish")),
                    p.pick(("inglés", "English")),
                )
                .to_owned(),
        ),
    ];
    let place = opened.place.as_ref().map_or_else(
        || p.pick(("No se conoce", "Not known")).to_owned(),
        |it| place(it, p),
    );
    rows.push(Row(
        p.pick(("Última ubicación", "Last known location")),
        place,
    ));
    rows
}

fn place(place: &PlaceView, p: &Printing) -> String {
    let mut text = format!("{:.6}, {:.6}", place.lat, place.lon);
    if let Some(metres) = place.accuracy_m {
        text.push_str(&format!(" ± {metres:.0} m"));
    }
    let made_up = if place.mock {
        p.pick((
            " · el teléfono la da por simulada",
            " · made up, says the phone",
        ))
    } else {
        ""
    };
    let hour = match place.at {
        Some(at) => {
            let age = in_hours(p.at.since(at));
            match p.language {
                Language::Es => format!("{} (hace {age})", p.time(at)),
                Language::En => format!("{} ({age} ago)", p.time(at)),
            }
        }
        None => {
            let unknown = p.pick(("hora desconocida, llegó", "hour unknown, came in"));
            format!("{unknown} {}", p.time(place.received_at))
        }
    };
    format!("{text} · {hour}{made_up}")
}

fn contact_line(contact: &ContactPart, p: &Printing) -> ContactLine {
    let answer = contact.answer.map(|answer| {
        let at = contact.answered_at.map(|at| p.time(at)).unwrap_or_default();
        format!("{} · {at}", p.pick(words::answer(answer)))
    });
    ContactLine {
        name: contact.name.clone(),
        phone: contact.phone.clone(),
        reach: p.pick(words::reach(contact.reach)),
        answer: answer.unwrap_or_else(|| "—".to_owned()),
    }
}

fn timeline_line(entry: &TimelineEntry, opened: &OpenedRecord, p: &Printing) -> TimelineLine {
    let what = entry.kind.map_or(
        (
            "Algo que esta versión no conoce",
            "Something that this release does not know",
        ),
        words::kind,
    );
    let more = entry
        .kind
        .and_then(|kind| detail(kind, &entry.detail, opened, p));
    TimelineLine {
        at: p.time(entry.at),
        who: actor(entry, opened, p),
        what: match more {
            Some(more) => format!("{}: {more}", p.pick(what)),
            None => p.pick(what).to_owned(),
        },
        note: entry.note.clone(),
    }
}

fn actor(entry: &TimelineEntry, opened: &OpenedRecord, p: &Printing) -> String {
    let unnamed = |words| p.pick(words).to_owned();
    match entry.actor {
        "her" => unnamed(("Ella", "She")),
        "contact" => named(entry.actor_id.as_deref(), opened)
            .unwrap_or_else(|| unnamed(("Contacto", "Contact"))),
        "operator" => {
            let id = entry.actor_id.as_deref().and_then(|id| id.parse().ok());
            let name = id.and_then(|id| p.names.get(&id)).cloned().flatten();
            name.unwrap_or_else(|| unnamed(("911", "911")))
        }
        _ => unnamed(("Sistema", "System")),
    }
}

fn named(id: Option<&str>, opened: &OpenedRecord) -> Option<String> {
    let contact = opened
        .contacts
        .iter()
        .find(|contact| Some(contact.id.to_string().as_str()) == id)?;
    Some(contact.name.clone())
}

/// What the entry's codes say more, where a reader of paper would miss it.
fn detail(kind: Kind, codes: &Value, opened: &OpenedRecord, p: &Printing) -> Option<String> {
    let word = |key: &str| codes.get(key).and_then(Value::as_str);
    match kind {
        Kind::Answered => word("answer")
            .and_then(words::answer_of)
            .map(|answer| p.pick(answer).to_owned()),
        Kind::CloseProposed | Kind::RecordClosed => word("disposition")
            .and_then(words::disposition_of)
            .map(|how| p.pick(how).to_owned()),
        Kind::Opened => word("how")
            .and_then(words::opening_of)
            .map(|how| p.pick(how).to_owned()),
        Kind::Louder => codes.get("level").map(Value::to_string),
        Kind::PressedAgain => codes.get("presses").map(Value::to_string),
        Kind::Noted => word("kind").map(str::to_owned),
        Kind::ContactTold => {
            let told = codes.get("told")?.as_array()?.iter();
            let names: Vec<String> = told
                .filter_map(|one| named(one.get("contact")?.as_str(), opened))
                .collect();
            (!names.is_empty()).then(|| names.join(", "))
        }
        _ => None,
    }
}

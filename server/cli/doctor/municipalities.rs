//! Municipalities, their centres, and who is there tonight.

use std::sync::Arc;

use super::finding::Finding;
use super::phones::{Phone, phone};
use crate::cli::terminal::told;
use crate::clock::At;
use crate::config::Config;
use crate::db::{Conn, Db};
use crate::escalation::{Acting, Centre, ShiftFacts, centres};
use crate::identity::model::Role;
use crate::identity::operators;
use crate::ids::OperatorId;
use crate::language::Language;
use crate::municipality::{self, Municipality};
use crate::seal::Keyring;

pub(super) async fn look(
    db: &Db,
    keys: Option<&Arc<Keyring>>,
    config: &Config,
    now: At,
    findings: &mut Vec<Finding>,
) {
    let keys = keys.cloned();
    let wires = Wires {
        second_sms: config.sms.second.is_configured(),
        calls: config.voice.is_configured(),
    };
    let wired: Vec<String> = config
        .fcm
        .apps
        .iter()
        .map(|app| app.app_id.clone())
        .collect();
    let read = move |conn: &mut Conn| -> anyhow::Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let municipalities = municipality::list(conn)?;
        if municipalities.is_empty() {
            findings.push(Finding::fail(
                "municipality",
                "doctor-municipality-none",
                &[],
            ));
        }
        apps(conn, &municipalities, &wired, &mut findings)?;
        for municipality in &municipalities {
            of_municipality(
                conn,
                keys.as_deref(),
                municipality,
                wires,
                now,
                &mut findings,
            )?;
        }
        Ok(findings)
    };
    match db.read(read).await {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(Finding::warn(
            "municipality",
            "doctor-municipality-unread",
            &[("error", &error.to_string())],
        )),
    }
}

/// Which providers the settings name.
#[derive(Clone, Copy)]
struct Wires {
    second_sms: bool,
    calls: bool,
}

/// An app needs both: a municipality, and a project in the settings.
fn apps(
    conn: &mut Conn,
    municipalities: &[Municipality],
    wired: &[String],
    out: &mut Vec<Finding>,
) -> anyhow::Result<()> {
    let known = municipality::apps(conn)?;
    for (app, of) in &known {
        let municipality = municipalities
            .iter()
            .find(|municipality| municipality.id == *of)
            .map_or("?", |municipality| municipality.code.as_str());
        if !wired.contains(app) {
            let places = [("app", app.as_str()), ("municipality", municipality)];
            out.push(Finding::fail("apps", "doctor-app-no-account", &places));
        }
    }
    for app in wired
        .iter()
        .filter(|app| known.iter().all(|(known, _)| known != *app))
    {
        out.push(Finding::warn("apps", "doctor-app-of-none", &[("app", app)]));
    }
    Ok(())
}

fn of_municipality(
    conn: &mut Conn,
    keys: Option<&Keyring>,
    municipality: &Municipality,
    wires: Wires,
    now: At,
    out: &mut Vec<Finding>,
) -> anyhow::Result<()> {
    let code = &municipality.code;
    if municipality.sms_sender.is_none() {
        out.push(Finding::fail(
            "sms_sender",
            "doctor-sms-sender-none",
            &[("code", code)],
        ));
    }
    senders(municipality, wires, out);
    notices(conn, municipality, out)?;
    let centres = centres::list(conn, municipality.id)?;
    default_centre(code, &centres, out);
    let roster = match keys {
        Some(keys) => operators::list(conn, keys, municipality.id, None, i64::MAX)?,
        None => Vec::new(),
    };
    for centre in &centres {
        let staff = roster
            .iter()
            .filter(|card| card.centre == Some(centre.id) && card.disabled_at.is_none());
        let workers = staff
            .filter(|card| card.role.is_some_and(Role::works_records))
            .count();
        of_centre(conn, keys, municipality, centre, workers, now, out)?;
    }
    if keys.is_some()
        && !roster
            .iter()
            .any(|c| c.role == Some(Role::Administrator) && c.disabled_at.is_none())
    {
        out.push(Finding::warn(
            "operators",
            "doctor-no-administrator",
            &[("code", code)],
        ));
    }
    Ok(())
}

/// A sender needs its provider in the settings, and a provider its sender.
fn senders(municipality: &Municipality, wires: Wires, out: &mut Vec<Finding>) {
    let code = &municipality.code;
    for (check, there, wired, section) in [
        (
            "sms_second_sender",
            municipality.sms_second_sender.is_some(),
            wires.second_sms,
            "sms.second",
        ),
        (
            "voice_sender",
            municipality.voice_sender.is_some(),
            wires.calls,
            "voice",
        ),
    ] {
        if there != wired {
            let (has, lacks) = if there {
                (check, section)
            } else {
                (section, check)
            };
            let places = [("code", code.as_str()), ("has", has), ("lacks", lacks)];
            out.push(Finding::warn(check, "doctor-sender-half", &places));
        }
    }
}

fn notices(
    conn: &mut Conn,
    municipality: &Municipality,
    out: &mut Vec<Finding>,
) -> anyhow::Result<()> {
    let code = &municipality.code;
    for language in [Language::Es, Language::En] {
        if municipality::notice(
            conn,
            municipality.id,
            &municipality.notice_version,
            language,
        )?
        .is_none()
        {
            let places = [
                ("code", code.as_str()),
                ("version", municipality.notice_version.as_str()),
                ("language", language.tag()),
            ];
            out.push(Finding::warn("notice", "doctor-notice-none", &places));
        }
    }
    Ok(())
}

fn default_centre(code: &str, centres: &[Centre], out: &mut Vec<Finding>) {
    if centres.is_empty() {
        out.push(Finding::fail(
            "centre",
            "doctor-centre-none",
            &[("code", code)],
        ));
    } else if !centres.iter().any(|centre| centre.is_default) {
        out.push(Finding::warn(
            "centre",
            "doctor-centre-no-default",
            &[("code", code)],
        ));
    }
}

fn of_centre(
    conn: &mut Conn,
    keys: Option<&Keyring>,
    municipality: &Municipality,
    centre: &Centre,
    workers: usize,
    now: At,
    out: &mut Vec<Finding>,
) -> anyhow::Result<()> {
    let name = format!("{}/{}", municipality.code, centre.code);
    let backs = !centres::backed_by(conn, centre.id)?.is_empty();
    if !centre.has_polygon && !backs && !centre.is_default {
        out.push(Finding::warn(
            "centre",
            "doctor-centre-idle",
            &[("name", &name)],
        ));
        return Ok(());
    }
    if centre.backup.is_none() && !backs {
        out.push(Finding::warn(
            "centre",
            "doctor-centre-no-backup",
            &[("name", &name)],
        ));
    }
    let alarmed = supervisors(conn, keys, centre, &name, out)?;
    let on_shift = Acting::at(conn, centre.id, now)?.on_shift();
    out.push(tonight(&name, centre, backs, &on_shift, workers, alarmed));
    Ok(())
}

fn tonight(
    name: &str,
    centre: &Centre,
    backs: bool,
    on_shift: &ShiftFacts,
    workers: usize,
    alarmed: usize,
) -> Finding {
    let there = on_shift.operators + on_shift.supervisors;
    if there > 0 {
        let operators = on_shift.operators.to_string();
        let supervisors = on_shift.supervisors.to_string();
        let places = [
            ("name", name),
            ("operators", &*operators),
            ("supervisors", &*supervisors),
        ];
        return Finding::ok("shift", "doctor-shift", &places);
    }
    if backs && !centre.has_polygon && !centre.is_default {
        return Finding::warn("shift", "doctor-shift-backup-empty", &[("name", name)]);
    }
    let reached = alarmed.to_string();
    let tonight = match alarmed {
        0 => told("doctor-tonight-contacts-alone", &[("name", name)]),
        _ => told(
            "doctor-tonight-supervisors",
            &[("name", name), ("n", &*reached)],
        ),
    };
    let accounts = workers.to_string();
    let places = [
        ("name", name),
        ("accounts", &*accounts),
        ("tonight", &*tonight),
    ];
    match workers {
        0 => Finding::fail("shift", "doctor-shift-no-people", &places),
        _ => Finding::fail("shift", "doctor-shift-empty", &places),
    }
}

/// How many of a centre's supervisors an alarm reaches.
fn supervisors(
    conn: &mut Conn,
    keys: Option<&Keyring>,
    centre: &Centre,
    name: &str,
    out: &mut Vec<Finding>,
) -> anyhow::Result<usize> {
    let Some(keys) = keys else { return Ok(0) };
    let all = operators_of(conn, keys, centre)?;
    let municipality = municipality::by_id(conn, centre.municipality)?;
    let senders = municipality.map(|m| m.senders().texts).unwrap_or_default();
    let mut reached = 0;
    for (operator, account) in &all {
        match phone(conn, keys, *operator, &senders)? {
            Phone::None => {
                let places = [("account", account.as_str()), ("name", name)];
                out.push(Finding::warn(
                    "supervisors",
                    "doctor-supervisor-no-phone",
                    &places,
                ));
            }
            Phone::Stopped => {
                let places = [("account", account.as_str()), ("name", name)];
                out.push(Finding::warn(
                    "supervisors",
                    "doctor-supervisor-stopped",
                    &places,
                ));
            }
            Phone::Reached => reached += 1,
        }
    }
    if reached == 0 {
        out.push(Finding::warn(
            "supervisors",
            "doctor-supervisors-none",
            &[("name", name)],
        ));
    }
    Ok(reached)
}

fn operators_of(
    conn: &mut Conn,
    keys: &Keyring,
    centre: &Centre,
) -> anyhow::Result<Vec<(OperatorId, String)>> {
    let mut all = Vec::new();
    for supervisor in operators::supervisors_to_alarm(conn, centre.id)? {
        let card = operators::operator_card(conn, keys, supervisor.operator)?;
        all.push((supervisor.operator, card.sign_in_name));
    }
    Ok(all)
}

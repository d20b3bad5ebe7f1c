//! Municipalities, their centres, and who is there tonight.

use std::sync::Arc;

use super::finding::Finding;
use super::phones::{Phone, phone};
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
            let remedy =
                "`ampara municipality chihuahua`, or `ampara municipality add --file town.toml`";
            findings.push(Finding::fail(
                "municipality",
                "there is none",
                remedy,
                "no one can sign in",
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
            error.to_string(),
            "See the database and the keys",
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
            out.push(Finding::fail(
                "apps",
                format!("{app} of {municipality} has no service account"),
                "Add it to [[fcm.apps]]",
                format!("no push goes to users of {app}: they are told by SMS alone"),
            ));
        }
    }
    for app in wired
        .iter()
        .filter(|app| known.iter().all(|(known, _)| known != *app))
    {
        let remedy = "Name it in the municipality's apps (`ampara municipality`)";
        out.push(Finding::warn(
            "apps",
            format!("{app} belongs to no municipality: its phones cannot register"),
            remedy,
        ));
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
            format!("{code} has no number to send from"),
            "Set sms_sender (`ampara municipality`)",
            format!("no SMS goes out for {code}: no one can sign in, contacts without the app are not notified"),
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
        let found = format!("{code} has no administrator");
        out.push(Finding::warn(
            "operators",
            found,
            "`ampara operator add … --role administrator`",
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
            let found = format!("{code} has {has} and lacks {lacks}: nothing goes that way");
            out.push(Finding::warn(check, found, format!("Set {lacks}")));
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
            let found = format!(
                "{code} has no privacy notice {} ({})",
                municipality.notice_version,
                language.tag()
            );
            out.push(Finding::warn(
                "notice",
                found,
                "Publish it (`ampara municipality add --change`)",
            ));
        }
    }
    Ok(())
}

fn default_centre(code: &str, centres: &[Centre], out: &mut Vec<Finding>) {
    if centres.is_empty() {
        let remedy = format!("`ampara centre import FILE.geojson --municipality {code}`");
        out.push(Finding::fail(
            "centre",
            format!("{code} has none"),
            remedy,
            format!("911 in {code} sees no alert"),
        ));
    } else if !centres.iter().any(|centre| centre.is_default) {
        let found = format!(
            "{code} has no default centre: who is outside every outline goes to the lowest rank"
        );
        out.push(Finding::warn(
            "centre",
            found,
            "Mark one with \"default\": true and import it again",
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
        let found = format!(
            "{name} has no outline, is no default and backs no centre: it never gets a record"
        );
        out.push(Finding::warn("centre", found, "Import its outline"));
        return Ok(());
    }
    if centre.backup.is_none() && !backs {
        let found = format!(
            "{name} has no backup: a record that its operators do not claim goes to no other centre"
        );
        out.push(Finding::warn(
            "centre",
            found,
            "Name one with \"backup\" if there is one",
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
        let found = format!(
            "{name}: {} operators and {} supervisors connected",
            on_shift.operators, on_shift.supervisors
        );
        return Finding::ok("shift", found);
    }
    if backs && !centre.has_polygon && !centre.is_default {
        return Finding::warn(
            "shift",
            format!("{name} backs others, and no operator is connected there"),
            "Call its shift",
        );
    }
    let remedy = if workers == 0 {
        "Add its people: `ampara operator add`"
    } else {
        "An operator signs in and opens the queue"
    };
    let tonight = match alarmed {
        0 => format!(
            "no operator at {name} sees an alert, and no supervisor can be called: only her contacts are notified"
        ),
        n => format!(
            "no operator at {name} sees an alert until one of its supervisors ({n} by SMS) comes"
        ),
    };
    Finding::fail(
        "shift",
        format!("{name}: no operator is connected, {workers} accounts"),
        remedy,
        tonight,
    )
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
                let found = format!("supervisor {account} of {name} has no phone for alarms");
                out.push(Finding::warn(
                    "supervisors",
                    found,
                    "Add the account anew with --phone",
                ));
            }
            Phone::Stopped => {
                let found = format!(
                    "the phone of supervisor {account} of {name} said STOP: no alarm goes there"
                );
                out.push(Finding::warn(
                    "supervisors",
                    found,
                    "Have it send START to the number that SMS come from",
                ));
            }
            Phone::Reached => reached += 1,
        }
    }
    if reached == 0 {
        let found = format!("{name} has no supervisor who could be called");
        let remedy = "`ampara operator add … --role supervisor --phone …`";
        out.push(Finding::warn("supervisors", found, remedy));
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

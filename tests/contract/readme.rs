//! README.md says what is there and what is not yet; each line names what proves it.

use std::collections::BTreeSet;

use ampara::config::DEFAULTS;

use crate::harness::description::Description;
use crate::harness::server::ampara;

/// A line of the README, and what must be there for it: an operation, a command, a section of the
/// settings, or a page. `*` stands for any method, and at the end for all that goes on so.
type Line<'x> = (&'x str, &'x [&'x str]);

const THERE: &[Line<'_>] = &[
    (
        "sign-in by SMS code, devices, PIN",
        &[
            "* /v1/sign-in*",
            "* /v1/sessions*",
            "* /v1/devices/{id}/push",
            "PUT /v1/me/pin",
            "* /v1/me",
            "GET /.well-known/jwks.json",
        ],
    ),
    (
        "municipalities and their privacy notice, before sign-in",
        &["GET /v1/municipalities*", "ampara municipality *"],
    ),
    (
        "contacts by invitation, with or without an app",
        &[
            "* /v1/contacts*",
            "* /v1/invitations/{code}",
            "* /v1/named-by*",
        ],
    ),
    (
        "alerts, drills, places within an open alert, the three 911 policies",
        &["* /v1/alerts/{client_id}*", "* /v1/watching*"],
    ),
    (
        "delivery by FCM, by Twilio-compatible SMS and calls, by email, and to supervisors' pagers",
        &[
            "[fcm]",
            "[sms.second]",
            "[voice]",
            "[email]",
            "[webhook]",
            "POST /v1/callbacks/*",
            "ampara outbox *",
        ],
    ),
    (
        "receipts from a phone that was asleep, by a secret in the push",
        &["POST /v1/notifications/{id}/receipt"],
    ),
    ("the page for contacts without an app", &["page /w/{token}"]),
    (
        "911 centres with their polygons, records, claims, take-over, conflicts, read-audit",
        &[
            "ampara centre *",
            "* /v1/escalations*",
            "* /v1/centres/{id}/policies",
            "* /v1/break-glass",
            "* /v1/me/conflicts",
            "GET /v1/me/accesses",
            "GET /v1/audit",
            "ampara audit *",
        ],
    ),
    (
        "operators with roles and a second factor, and who is on shift",
        &["* /v1/operators*", "GET /v1/shift", "ampara operator *"],
    ),
    (
        "readiness: would an alert work tonight, for her and for ops, and a drill with a supervisor's real phone",
        &[
            "GET /v1/me/readiness",
            "GET /v1/heartbeat",
            "ampara doctor",
            "ampara rehearse",
        ],
    ),
    ("help lines", &["* /v1/help-lines"]),
    (
        "sealed columns with weekly keys, and their destruction on schedule",
        &["ampara keys *"],
    ),
    (
        "backup and restore on SQLite",
        &[
            "ampara backup",
            "ampara restore",
            "ampara migrate",
            "* /v1/restore*",
        ],
    ),
    (
        "health, metrics, alarms to ops, and what happened to an alert",
        &[
            "GET /healthz",
            "GET /readyz",
            "GET /health/alerting",
            "[metrics]",
            "[ops]",
            "ampara trace",
        ],
    ),
    (
        "a demo on made-up people, settings with their manual, and the API described for machines",
        &[
            "ampara serve",
            "ampara demo *",
            "ampara print-config",
            "ampara openapi",
            "ampara completions",
            "ampara man",
        ],
    ),
];

/// A line of the README, and what would be there if it were built.
const NOT_YET: &[Line<'_>] = &[
    ("Web Push", &["[web_push]"]),
    ("operators' screens", &["page /console"]),
    (
        "the duress PIN (prepared throughout) and journeys",
        &["PUT /v1/me/duress-pin", "PUT /v1/journeys/{id}"],
    ),
    (
        "interchange with agencies: EIDO-JSON, CAP 1.2",
        &[
            "GET /v1/escalations/{id}/eido",
            "GET /v1/escalations/{id}/cap",
        ],
    ),
    (
        "a subject's own export and deletion in the app",
        &["GET /v1/me/export", "DELETE /v1/me"],
    ),
    ("hardening of several nodes", &["[nodes]"]),
];

fn source(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The items of the list that follows this line.
fn items(readme: &str, after: &str) -> Vec<String> {
    let list = readme
        .split_once(&format!("{after}\n\n- "))
        .unwrap()
        .1
        .split_once("\n\n")
        .unwrap()
        .0;
    let each = list.split("\n- ").map(|item| item.replace("\n  ", " "));
    each.map(|item| item.trim_end_matches([';', '.']).to_owned())
        .collect()
}

/// Whether `ampara WORDS` is a command.
fn is_command(words: &str) -> bool {
    let mut ampara = ampara();
    let asked = ampara
        .args(words.split(' '))
        .arg("--help")
        .output()
        .unwrap();
    asked.status.success()
}

fn is_there(evidence: &str, operations: &BTreeSet<String>) -> bool {
    if let Some(command) = evidence.strip_prefix("ampara ") {
        return is_command(command.trim_end_matches(" *"));
    }
    if let Some(page) = evidence.strip_prefix("page ") {
        return source("server/web/mod.rs").contains(&format!("(\"{page}\""));
    }
    match evidence.starts_with('[') {
        true => DEFAULTS.lines().any(|line| line == evidence),
        false => operations.iter().any(|name| is_meant(evidence, name)),
    }
}

/// Whether a line's evidence means that operation or command.
fn is_meant(evidence: &str, name: &str) -> bool {
    let (evidence, name) = match evidence.strip_prefix("* ") {
        Some(path) => (path, name.split_once(' ').map_or(name, |(_, path)| path)),
        None => (evidence, name),
    };
    match evidence.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning) || name == beginning.trim_end(),
        None => name == evidence,
    }
}

/// The commands of the binary, by its own help.
fn commands() -> Vec<String> {
    let help = ampara().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    listed
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !matches!(*name, "" | "help"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_the_readme_calls_there_is_there_and_nothing_else_is_listed() {
    let (readme, api) = (source("README.md"), Description::get());
    let operations: BTreeSet<String> = api.operations().map(|(name, _)| name).collect();
    let listed = items(&readme, "There:");
    assert_eq!(
        listed,
        THERE
            .iter()
            .map(|(line, _)| (*line).to_owned())
            .collect::<Vec<_>>()
    );
    for (line, evidence) in THERE {
        for proof in *evidence {
            assert!(is_there(proof, &operations), "{line}: there is no {proof}");
        }
    }
}

#[test]
fn each_operation_and_each_command_has_a_line_in_the_readme() {
    let mut all: Vec<String> = Description::get()
        .operations()
        .map(|(name, _)| name)
        .collect();
    let top = commands();
    assert!(top.len() > 10, "{top:?}");
    all.extend(top.iter().map(|name| format!("ampara {name}")));
    let evidence: Vec<&str> = THERE
        .iter()
        .flat_map(|(_, proofs)| *proofs)
        .copied()
        .collect();
    let without = |name: &&String| !evidence.iter().any(|proof| is_meant(proof, name));
    let missing: Vec<_> = all.iter().filter(without).collect();
    assert!(missing.is_empty(), "no line in README.md for {missing:#?}");
}

#[test]
fn a_route_that_no_line_means_is_found() {
    for (evidence, name, meant) in [
        ("* /v1/me", "GET /v1/me", true),
        ("* /v1/me", "GET /v1/me/export", false),
        ("PUT /v1/me/pin", "GET /v1/me/pin", false),
        ("* /v1/sign-in*", "POST /v1/sign-in/verify", true),
        ("* /v1/sign-in*", "POST /v1/sign-out", false),
        ("ampara keys *", "ampara keys", true),
        ("ampara keys *", "ampara keys make", true),
        ("ampara keys *", "ampara keyring", false),
    ] {
        assert_eq!(is_meant(evidence, name), meant, "{evidence}, {name}");
    }
}

#[test]
fn what_the_readme_calls_not_built_is_not_there() {
    let (readme, api) = (source("README.md"), Description::get());
    let operations: BTreeSet<String> = api.operations().map(|(name, _)| name).collect();
    let listed = items(&readme, "Not built yet:");
    assert_eq!(listed.len(), NOT_YET.len(), "{listed:#?}");
    for ((line, evidence), item) in NOT_YET.iter().zip(&listed) {
        assert!(item.starts_with(line), "{item:?} and {line:?}");
        for built in *evidence {
            assert!(
                !is_there(built, &operations),
                "{built} is there: README.md still says {item:?}"
            );
        }
    }
}

//! README.md says what is there and what is not yet; each line names what proves it.

use std::collections::BTreeSet;

use ampara::config::DEFAULTS;

use crate::harness::description::Description;
use crate::harness::server::ampara;

/// A line of the README, and what must be there for it: an operation, a command, a section of the
/// settings, or a page.
type Line<'x> = (&'x str, &'x [&'x str]);

const THERE: &[Line<'_>] = &[
    (
        "sign-in by SMS code, devices, PIN",
        &[
            "POST /v1/sign-in",
            "POST /v1/sessions/step-up",
            "PUT /v1/me/pin",
        ],
    ),
    (
        "municipalities and their privacy notice, before sign-in",
        &["GET /v1/municipalities/{code}"],
    ),
    (
        "contacts by invitation, with or without an app",
        &["POST /v1/contacts", "GET /v1/invitations/{code}"],
    ),
    (
        "alerts, drills, places within an open alert, the three 911 policies",
        &[
            "PUT /v1/alerts/{client_id}",
            "POST /v1/alerts/{client_id}/locations",
            "POST /v1/alerts/{client_id}/escalate",
        ],
    ),
    (
        "delivery by FCM, by Twilio-compatible SMS and calls, by email, and to supervisors' pagers",
        &["[fcm]", "[sms.second]", "[voice]", "[email]", "[webhook]"],
    ),
    (
        "receipts from a phone that was asleep, by a secret in the push",
        &["POST /v1/notifications/{id}/receipt"],
    ),
    ("the page for contacts without an app", &["page /w/{token}"]),
    (
        "911 centres with their polygons, records, claims, take-over, conflicts, read-audit",
        &[
            "ampara centre import",
            "POST /v1/escalations/{id}/claim",
            "POST /v1/escalations/{id}/take-over",
            "PUT /v1/me/conflicts",
            "ampara audit verify",
        ],
    ),
    (
        "readiness: would an alert work tonight, for her and for ops",
        &["GET /v1/me/readiness", "GET /v1/heartbeat", "ampara doctor"],
    ),
    ("help lines", &["GET /v1/help-lines"]),
    (
        "sealed columns with weekly keys, and their destruction on schedule",
        &["ampara keys destroy"],
    ),
    (
        "backup and restore on SQLite",
        &["ampara backup", "ampara restore"],
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
        return is_command(command);
    }
    if let Some(page) = evidence.strip_prefix("page ") {
        return source("server/web/mod.rs").contains(&format!("(\"{page}\""));
    }
    match evidence.starts_with('[') {
        true => DEFAULTS.lines().any(|line| line == evidence),
        false => operations.contains(evidence),
    }
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

//! Which columns hold moments, and how far ahead of now each is believed.

use std::collections::BTreeSet;

use ampara::config::Config;
use ampara::moments::{ALL, Longest};

/// Columns that say when something was.
const PAST: &[&str] = &[
    "addresses.created_at",
    "addresses.seen_at",
    "notifications.failing_since",
    "notifications.unsure_at",
    "notifications.created_at",
    "notifications.sent_at",
    "notifications.delivered_at",
    "notifications.seen_at",
    "notifications.final_at",
    "notifications.dismissed_at",
    "attempts.started_at",
    "attempts.ended_at",
    "inbound.at",
    "inbound.read_at",
    "suppressions.at",
    "nodes.started_at",
    "centres.created_at",
    "centres.updated_at",
    "centres.retired_at",
    "centre_policy_changes.at",
    "records.fix_at",
    "records.raised_at",
    "records.queued_at",
    "records.claimed_at",
    "records.first_claimed_at",
    "records.last_step_at",
    "records.widened_at",
    "records.closed_at",
    "records.changed_at",
    "records.closed_early_at",
    "lost_claims.at",
    "presence.since",
    "break_glass.asked_at",
    "break_glass.granted_at",
    "timeline.at",
    "read_audit.at",
    "people.notice_at",
    "people.created_at",
    "people.deleted_at",
    "devices.created_at",
    "devices.revoked_at",
    "sessions.rotated_at",
    "sessions.created_at",
    "sessions.revoked_at",
    "sign_in_codes.created_at",
    "sign_in_codes.used_at",
    "signing_keys.created_at",
    "operators.created_at",
    "operators.disabled_at",
    "operator_sessions.created_at",
    "operator_sessions.last_seen_at",
    "operator_sessions.revoked_at",
    "conflicts.created_at",
    "municipalities.created_at",
    "privacy_notices.created_at",
    "help_lines.updated_at",
    "contacts.invited_at",
    "contacts.answered_at",
    "contacts.ended_at",
    "invitations.created_at",
    "invitations.used_at",
    "mail_confirmations.created_at",
    "blocks.created_at",
    "alerts.restored_at",
    "alerts.raised_at",
    "alerts.phone_at",
    "alerts.last_press_at",
    "alerts.last_fix_at",
    "alerts.escalated_at",
    "alerts.closed_at",
    "alert_names.created_at",
    "answers.at",
    "watch_links.created_at",
    "fixes.effective_at",
    "fixes.received_at",
    "reply_choices.at",
];

/// Numbers that are no moments.
const NUMBERS: &[&str] = &[
    "notifications.rung",
    "notifications.rep",
    "notifications.attempts",
    "notifications.fence",
    "attempts.n",
    "message_counts.n",
    "centres.rank",
    "folio_counters.year",
    "folio_counters.next",
    "records.version",
    "records.level",
    "read_audit.seq",
    "people.open_alerts",
    "sign_in_codes.tries",
    "operators.failed_sign_ins",
    "schema_info.id",
    "change_marks.version",
    "help_lines.position",
    "contacts.position",
    "alerts.presses",
    "alerts.wrong_pins",
    "alerts.plan_failures",
    "fixes.seq",
    "reply_choices.letter",
];

/// `table.column` of each `bigint`, from the schemas themselves.
fn columns() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/server/db/schema");
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut table = String::new();
        for line in text.lines().map(str::trim) {
            if let Some((name, _)) = line.split_once(" (") {
                name.clone_into(&mut table);
            }
            if let Some((column, kind)) = line.split_once(" -> ")
                && kind.contains("BigInt")
            {
                found.insert(format!("{table}.{column}"));
            }
        }
    }
    found
}

#[test]
fn each_moment_that_is_stored_has_a_longest_distance_or_is_past() {
    let ahead = ALL.iter().map(|moment| moment.column);
    let known = ahead
        .chain(PAST.iter().copied())
        .chain(NUMBERS.iter().copied());
    let mut listed = BTreeSet::new();
    for column in known {
        assert!(listed.insert(column.to_owned()), "{column} is listed twice");
    }
    let all = columns();
    let missing: Vec<_> = all.difference(&listed).collect();
    assert!(
        missing.is_empty(),
        "without an entry in server/moments.rs or here: {missing:?}"
    );
    let gone: Vec<_> = listed.difference(&all).collect();
    assert!(gone.is_empty(), "no schema has these: {gone:?}");
}

#[test]
fn the_table_in_the_docs_is_the_one_in_the_code() {
    let docs = include_str!("../../docs/clocks.md");
    let config = Config::embedded().unwrap();
    for moment in ALL {
        let (longest, beyond) = match moment.longest {
            Longest::Seconds(of) => (format!("{} s", of(&config)), moment.beyond),
            Longest::Row(words) => (words.to_owned(), moment.beyond),
            Longest::Stands(why) => ("as it stands".to_owned(), why),
        };
        let row = format!("| `{}` | {longest} | {beyond} |", moment.column);
        assert!(docs.contains(&row), "docs/clocks.md lacks {row}");
    }
}

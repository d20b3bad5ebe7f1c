//! Every number of the plan. Seconds unless the name says otherwise; the meaning of each stands in
//! `config.default.toml` and docs/life-of-an-alert.md.
#![expect(missing_docs, reason = "config.default.toml is the manual of every key, and a test holds the two together")]

use serde::{Deserialize, Serialize};

/// The plan's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlanConfig {
    pub soft_failure_s: u64,
    pub no_receipt_s: u64,
    pub unanswered_s: u64,
    pub repeats_first: u32,
    pub repeat_first_s: u64,
    pub repeats_then: u32,
    pub repeat_then_s: u64,
    pub repeat_after_s: u64,
    pub answer_decays_s: u64,
    pub told_again_s: u64,
    pub if_unanswered_s: u64,
    pub postpone_s: u64,
    pub nobody_reached_s: u64,
    pub unclaimed_louder_s: u64,
    pub unclaimed_supervisors_s: u64,
    pub unclaimed_backup_s: u64,
    pub idle_s: u64,
    pub expiry_s: u64,
    pub alarm_deadline_s: u64,
}

impl Default for PlanConfig {
    /// The design's numbers; the same as `config.default.toml`, which a test checks.
    fn default() -> Self {
        Self {
            soft_failure_s: 5,
            no_receipt_s: 30,
            unanswered_s: 60,
            repeats_first: 5,
            repeat_first_s: 60,
            repeats_then: 12,
            repeat_then_s: 300,
            repeat_after_s: 1_800,
            answer_decays_s: 600,
            told_again_s: 60,
            if_unanswered_s: 60,
            postpone_s: 600,
            nobody_reached_s: 60,
            unclaimed_louder_s: 30,
            unclaimed_supervisors_s: 60,
            unclaimed_backup_s: 120,
            idle_s: 90,
            expiry_s: 86_400,
            alarm_deadline_s: 900,
        }
    }
}

//! The times of the plan that a centre sets for itself. Pure.
//!
//! A centre may be sooner than the settings, and later than the plan's presets by twice at most: no
//! centre can make its records quiet. When she and her contacts are told to call 911 themselves is
//! not among these.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::PlanConfig;

/// Times of a centre's records, in seconds. What is left out, or null, is as the server's settings
/// have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CentreTimes {
    /// Unclaimed for so long, a record is louder. 5 to 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 20)]
    pub unclaimed_louder_s: Option<u64>,
    /// Unclaimed for so long, supervisors are alarmed. 10 to 120, and not before it is louder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 40)]
    pub unclaimed_supervisors_s: Option<u64>,
    /// Unclaimed for so long, the backup centre sees it too. 30 to 240, and not before supervisors
    /// are alarmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 90)]
    pub unclaimed_backup_s: Option<u64>,
    /// Claimed and without a step for so long, it is loud and may be taken over. 30 to 180.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 60)]
    pub idle_s: Option<u64>,
    /// Claimed and without a step for so long, supervisors are alarmed. 60 to 360, and not before
    /// it is loud.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 120)]
    pub idle_supervisors_s: Option<u64>,
    /// With a unit sent or there and without a step for so long, it is loud. 60 to 1,200.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 600)]
    pub unit_idle_s: Option<u64>,
}

impl CentreTimes {
    /// All of them as the plan has them.
    #[must_use]
    pub const fn of(plan: &PlanConfig) -> Self {
        Self {
            unclaimed_louder_s: Some(plan.unclaimed_louder_s),
            unclaimed_supervisors_s: Some(plan.unclaimed_supervisors_s),
            unclaimed_backup_s: Some(plan.unclaimed_backup_s),
            idle_s: Some(plan.idle_s),
            idle_supervisors_s: Some(plan.idle_supervisors_s),
            unit_idle_s: Some(plan.unit_idle_s),
        }
    }

    /// The plan's numbers for this centre's records.
    #[must_use]
    pub fn over(&self, plan: &PlanConfig) -> PlanConfig {
        PlanConfig {
            unclaimed_louder_s: self.unclaimed_louder_s.unwrap_or(plan.unclaimed_louder_s),
            unclaimed_supervisors_s: self
                .unclaimed_supervisors_s
                .unwrap_or(plan.unclaimed_supervisors_s),
            unclaimed_backup_s: self.unclaimed_backup_s.unwrap_or(plan.unclaimed_backup_s),
            idle_s: self.idle_s.unwrap_or(plan.idle_s),
            idle_supervisors_s: self.idle_supervisors_s.unwrap_or(plan.idle_supervisors_s),
            unit_idle_s: self.unit_idle_s.unwrap_or(plan.unit_idle_s),
            ..plan.clone()
        }
    }

    /// Name and range of each, in seconds. The greatest is twice the plan's preset.
    pub const RANGES: [(&'static str, RangeInclusive<u64>); 6] = [
        ("unclaimed_louder_s", 5..=60),
        ("unclaimed_supervisors_s", 10..=120),
        ("unclaimed_backup_s", 30..=240),
        ("idle_s", 30..=180),
        ("idle_supervisors_s", 60..=360),
        ("unit_idle_s", 60..=1_200),
    ];

    /// Name, value and range of each.
    fn each(&self) -> impl Iterator<Item = (&'static str, Option<u64>, RangeInclusive<u64>)> {
        let values = [
            self.unclaimed_louder_s,
            self.unclaimed_supervisors_s,
            self.unclaimed_backup_s,
            self.idle_s,
            self.idle_supervisors_s,
            self.unit_idle_s,
        ];
        let named = Self::RANGES.into_iter().zip(values);
        named.map(|((name, range), value)| (name, value, range))
    }

    /// The names of those that are out of range; if none is, of those that are out of order, what
    /// is left out being as in the settings.
    pub(super) fn faults(&self, plan: &PlanConfig) -> Vec<&'static str> {
        let out = self
            .each()
            .filter(|(_, value, range)| value.is_some_and(|s| !range.contains(&s)));
        let out: Vec<&'static str> = out.map(|(name, ..)| name).collect();
        if !out.is_empty() {
            return out;
        }
        let plan = self.over(plan);
        let order = [
            (
                "unclaimed_supervisors_s",
                plan.unclaimed_louder_s,
                plan.unclaimed_supervisors_s,
            ),
            (
                "unclaimed_backup_s",
                plan.unclaimed_supervisors_s,
                plan.unclaimed_backup_s,
            ),
            ("idle_supervisors_s", plan.idle_s, plan.idle_supervisors_s),
        ];
        order
            .into_iter()
            .filter(|(_, first, then)| then < first)
            .map(|(name, ..)| name)
            .collect()
    }

    pub(super) fn to_text(self) -> String {
        serde_json::to_string(&self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// What was stored. What a newer release has written besides is passed over.
    pub(super) fn from_text(text: &str) -> Self {
        let mut stored: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).unwrap_or_default();
        stored.retain(|key, _| Self::RANGES.iter().any(|(name, _)| name == key));
        serde_json::from_value(stored.into()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: CentreTimes = CentreTimes {
        unclaimed_louder_s: None,
        unclaimed_supervisors_s: None,
        unclaimed_backup_s: None,
        idle_s: None,
        idle_supervisors_s: None,
        unit_idle_s: None,
    };

    #[test]
    fn what_is_left_out_is_as_the_settings_have_it() {
        let plan = PlanConfig {
            idle_s: 77,
            ..PlanConfig::default()
        };
        assert_eq!(NONE.over(&plan), plan);
        let some = CentreTimes {
            unclaimed_louder_s: Some(10),
            ..NONE
        };
        assert_eq!(
            some.over(&plan),
            PlanConfig {
                unclaimed_louder_s: 10,
                ..plan.clone()
            }
        );
        assert_eq!(CentreTimes::of(&plan).over(&PlanConfig::default()), plan);
    }

    #[test]
    fn no_centre_is_later_than_twice_the_presets() {
        let plan = PlanConfig::default();
        for ((name, preset, range), (.., most)) in CentreTimes::of(&plan).each().zip(NONE.each()) {
            assert_eq!(Some(*most.end()), preset.map(|s| s * 2), "{name}");
            assert!(range.contains(&preset.unwrap()), "{name}");
        }
    }

    #[test]
    fn what_is_out_of_range_or_order_is_named() {
        let plan = PlanConfig::default();
        assert!(NONE.faults(&plan).is_empty());
        assert!(CentreTimes::of(&plan).faults(&plan).is_empty());
        let late = CentreTimes {
            unclaimed_supervisors_s: Some(3_600),
            unit_idle_s: Some(0),
            ..NONE
        };
        assert_eq!(
            late.faults(&plan),
            ["unclaimed_supervisors_s", "unit_idle_s"]
        );
        let crossed = CentreTimes {
            idle_s: Some(100),
            idle_supervisors_s: Some(90),
            ..NONE
        };
        assert_eq!(crossed.faults(&plan), ["idle_supervisors_s"]);
        let first = CentreTimes {
            unclaimed_supervisors_s: Some(20),
            ..NONE
        };
        assert_eq!(
            first.faults(&plan),
            ["unclaimed_supervisors_s"],
            "the settings make it louder at 30 s"
        );
    }

    #[test]
    fn what_was_stored_is_read_back_and_a_newer_word_is_passed_over() {
        let some = CentreTimes {
            idle_s: Some(45),
            ..NONE
        };
        assert_eq!(CentreTimes::from_text(&some.to_text()), some);
        assert_eq!(
            CentreTimes::from_text(r#"{"idle_s": 45, "of_a_newer_release": true}"#),
            some
        );
        assert_eq!(CentreTimes::from_text("{}"), NONE);
    }
}

//! The plan's numbers: how long each step waits. All in seconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When each step of the plan falls due. A municipality may change any of them; what is left out
/// keeps its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanConfig {
    /// No receipt of delivery for so long: the contact is told over the next channel as well.
    /// 1–300.
    pub no_receipt_s: u64,
    /// A failure that may pass (quota, outage, time-out): next channel so long after it. 0–60.
    pub soft_failure_s: u64,
    /// A contact who has not answered for so long is called, or told again where no call is
    /// possible. 1–600.
    pub unanswered_s: u64,
    /// A call whose end the provider has not told is taken as over after so long. 30–300.
    pub call_lasts_s: u64,
    /// After a key was pressed the call goes on so long, while it is read out that it was heard.
    /// 0–60.
    pub call_thanks_s: u64,
    /// Then told again this often, `repeat_soon_times` times. 1–600.
    pub repeat_soon_s: u64,
    /// How many times at that pace.
    pub repeat_soon_times: u64,
    /// Then this often, `repeat_later_times` times. 1–3600.
    pub repeat_later_s: u64,
    /// How many times at that pace.
    pub repeat_later_times: u64,
    /// Then this often until she closes or the alert expires. 1–7200.
    pub repeat_last_s: u64,
    /// An answer stops counting after so long, and its giver is asked again. 1–3600.
    pub answer_decays_s: u64,
    /// Contacts hear of her pressing again at most once in so long. 1–600.
    pub press_again_s: u64,
    /// A contact who accepts while the alert is open joins at the next step, so long after
    /// accepting at the latest.
    pub join_within_s: u64,
    /// Policy `if_unanswered`: 911 is told when no contact has answered for so long. 1–600.
    pub queue_unanswered_s: u64,
    /// The one postponement of 911 that an answer can bring: so long after that answer at most.
    /// 0–600.
    pub postpone_max_s: u64,
    /// Policy `network_only` with `if_nobody_reached: 911`: 911 is told when no phone of a contact
    /// has confirmed for so long. 1–3600.
    pub nobody_reached_s: u64,
    /// A record without a claim for so long is louder (level 1).
    pub unclaimed_louder_s: u64,
    /// For so long: level 2, and supervisors are alarmed.
    pub unclaimed_supervisors_s: u64,
    /// For so long: level 3, and the centre's backup sees the record too.
    pub unclaimed_backup_s: u64,
    /// With policy `now`: for so long, and she and her contacts read that no operator has taken
    /// it. No centre's to change.
    pub call_911_s: u64,
    /// Supervisors are alarmed again this often while no operator has claimed it. 1–3600.
    pub supervisors_again_s: u64,
    /// How many times at that pace.
    pub supervisors_again_times: u64,
    /// Then this often, `supervisors_later_times` times. 1–7200.
    pub supervisors_later_s: u64,
    /// How many times at that pace.
    pub supervisors_later_times: u64,
    /// Then this often, until the record is claimed or over. 1–14400.
    pub supervisors_last_s: u64,
    /// A claimed record without a step for so long is loud, and any operator of the centre may
    /// take it over. 30–3600.
    pub idle_s: u64,
    /// Idle for so long, supervisors are alarmed.
    pub idle_supervisors_s: u64,
    /// A record with a unit under way or on the scene, without a step for so long, is loud too.
    /// 1–7200.
    pub unit_idle_s: u64,
    /// Her phone is silent when so many of its intervals have passed without a place: the record is
    /// louder.
    pub silent_intervals: u64,
    /// After so many wrong PINs a right one no longer withdraws the record: it stays, flagged.
    /// 1–100.
    pub wrong_pins: u64,
    /// The alert expires so long after the last press or place. 1200–86400.
    pub expires_s: u64,
    /// A push or message about an alarm is not sent later than so long after it fell due. 30–900
    /// (FCM's `ttl`).
    pub alarm_deadline_s: u64,
    /// News of the end is not sent later than so long after it. 30–86400.
    pub over_deadline_s: u64,
    /// Contacts are told of the end so long after it, and not at all if she presses again meanwhile.
    /// 0–300.
    pub over_after_s: u64,
    /// From so many alarms of hers within an hour on, a contact gets one text in `texts_apart_s`,
    /// of the alarm and of its end. Pushes and calls go at once. 2–100.
    pub texts_apart_from: u64,
    /// See `texts_apart_from`. 60–3600.
    pub texts_apart_s: u64,
    /// While an alert is open the plan is asked at least this often, whatever else is due. 1–1800.
    pub ask_again_s: u64,
    /// A drill ends by itself so long after she pressed last. 60–3600.
    pub drill_ends_s: u64,
}

/// However short the times are set: a plan that failed is put off by 5 s.
const SHORTEST_PERIOD_S: u64 = 10;

impl PlanConfig {
    /// [`longest_period_s`](Self::longest_period_s) as a time.
    #[must_use]
    pub fn longest_period(&self) -> Duration {
        Duration::from_secs(self.longest_period_s())
    }

    /// The longest that the plan of an alert goes without being asked, in seconds: while the alert is
    /// open it is asked at least every [`ask_again_s`](Self::ask_again_s), and afterwards for as long
    /// as its record has a step to come.
    #[must_use]
    pub fn longest_period_s(&self) -> u64 {
        [
            self.ask_again_s,
            self.supervisors_again_s,
            self.unit_idle_s,
            self.idle_s,
            self.idle_supervisors_s,
            self.unclaimed_backup_s,
            self.unclaimed_supervisors_s,
            self.unclaimed_louder_s,
            self.call_911_s,
            self.no_receipt_s,
        ]
        .into_iter()
        .fold(SHORTEST_PERIOD_S, u64::max)
    }
}

impl Default for PlanConfig {
    fn default() -> Self {
        Self {
            no_receipt_s: 30,
            soft_failure_s: 5,
            unanswered_s: 60,
            call_lasts_s: 90,
            call_thanks_s: 10,
            repeat_soon_s: 60,
            repeat_soon_times: 5,
            repeat_later_s: 300,
            repeat_later_times: 12,
            repeat_last_s: 1_800,
            answer_decays_s: 600,
            press_again_s: 60,
            join_within_s: 60,
            queue_unanswered_s: 60,
            postpone_max_s: 600,
            nobody_reached_s: 120,
            unclaimed_louder_s: 30,
            unclaimed_supervisors_s: 60,
            unclaimed_backup_s: 120,
            call_911_s: 60,
            supervisors_again_s: 300,
            supervisors_again_times: 12,
            supervisors_later_s: 1_800,
            supervisors_later_times: 4,
            supervisors_last_s: 3_600,
            idle_s: 90,
            idle_supervisors_s: 180,
            unit_idle_s: 600,
            silent_intervals: 3,
            wrong_pins: 5,
            expires_s: 86_400,
            alarm_deadline_s: 900,
            over_deadline_s: 3_600,
            over_after_s: 20,
            texts_apart_from: 4,
            texts_apart_s: 600,
            ask_again_s: 300,
            drill_ends_s: 900,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(toml::from_str::<PlanConfig>("unanswered_s = 45").is_ok());
        assert!(toml::from_str::<PlanConfig>("unanswered = 45").is_err());
    }
}

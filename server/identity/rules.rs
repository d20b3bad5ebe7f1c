//! The room's settings as moments and spans.

use std::time::Duration;

use crate::config::Config;
use crate::moments;

/// What `[identity]` of the settings says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub access: Duration,
    pub refresh_overlap: Duration,
    pub code: Duration,
    pub code_tries: i64,
    pub codes_per_phone_hour: usize,
    pub new_device: Duration,
    pub step_up: Duration,
    pub key_signs: Duration,
    pub key_overlap: Duration,
    pub operator_session: Duration,
    pub operator_idle: Duration,
    /// How far ahead the end of a code is believed.
    pub code_ahead: Duration,
    /// How far ahead the end of a step-up is believed.
    pub stepped_up_ahead: Duration,
}

/// The shortest time between two codes to one number.
pub(super) const RESEND_AFTER: Duration = Duration::from_secs(30);

impl Rules {
    pub(super) fn of(config: &Config) -> Self {
        let i = &config.identity;
        Self {
            access: minutes(i.access_minutes),
            refresh_overlap: minutes(i.refresh_overlap_hours * 60),
            code: minutes(i.code_minutes),
            code_tries: i.code_tries,
            codes_per_phone_hour: usize::try_from(i.codes_per_phone_hour).unwrap_or(usize::MAX),
            new_device: minutes(i.new_device_hours * 60),
            step_up: minutes(i.step_up_minutes),
            key_signs: minutes(i.signing_key_days * 24 * 60),
            key_overlap: minutes(i.signing_key_overlap_hours * 60),
            operator_session: minutes(i.operator_session_hours * 60),
            operator_idle: minutes(i.operator_idle_minutes),
            code_ahead: moments::CODE.distance(config),
            stepped_up_ahead: moments::STEPPED_UP.distance(config),
        }
    }
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n.saturating_mul(60))
}

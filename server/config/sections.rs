//! The sections of the settings. What each key means, its unit and its range stand in
//! `config.default.toml`.
#![expect(
    missing_docs,
    reason = "config.default.toml is the manual of every key, and a test holds the two together"
)]

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $key: $kind),* }
    };
}

section! { Http {
    bind: String,
    public_url: String,
    trusted_proxies: Vec<String>,
    tls: Tls,
    body_bytes: usize,
    read_timeout_s: u64,
    press_wait_s: u64,
    workers: usize,
} }

section! { Tls {
    cert_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
} }

section! { SealSettings { key_dir: PathBuf } }

section! { Identity {
    access_minutes: u64,
    refresh_overlap_hours: u64,
    code_minutes: u64,
    code_tries: i64,
    codes_per_phone_hour: u32,
    sign_ins_per_address_hour: u32,
    new_device_hours: u64,
    step_up_minutes: u64,
    signing_key_days: u64,
    signing_key_overlap_hours: u64,
    operator_session_hours: u64,
    operator_idle_minutes: u64,
} }

section! { Network {
    max_contacts: usize,
    invitations_per_day: u32,
    invitation_days: u64,
    mail_link_hours: u64,
    ended_contact_days: u64,
} }

impl Network {
    /// How long an invitation's link is good.
    #[must_use]
    pub fn invitation_ttl(&self) -> Duration {
        Duration::from_secs(self.invitation_days * 24 * 60 * 60)
    }

    /// How long the link that confirms an email address is good.
    #[must_use]
    pub fn mail_link_ttl(&self) -> Duration {
        Duration::from_secs(self.mail_link_hours * 60 * 60)
    }
}

section! { Alerts {
    raises_in_flight: usize,
    fix_interval_s: u32,
    fix_interval_low_s: u32,
    fix_interval_critical_s: u32,
    retention_weeks: u32,
    engine_period_ms: u64,
} }

section! { Readiness {
    push_days: u64,
    number_days: u64,
    accepted_days: u64,
    reminder_days: u32,
    reminder_from_hour: u32,
    reminder_to_hour: u32,
} }

section! { Health {
    heartbeat_s: u64,
    heartbeat_valid_s: u64,
    late_s: u64,
    too_late_s: u64,
    no_commit_s: u64,
    presses_waiting: usize,
} }

section! { Escalation {
    heartbeat_s: u64,
    poll_ms: u64,
    presence_s: u64,
    resume_overlap_s: u64,
    reclaim_wait_s: u64,
    close_alone_after_s: u64,
    conflict_wait_s: u64,
} }

section! { Delivery {
    lease_s: u64,
    lease_margin_s: u64,
    alive_s: u64,
    alive_period_s: u64,
    handed_over: usize,
    in_flight: usize,
    unrecorded: usize,
    outcome_group: usize,
    connect_timeout_ms: u64,
    total_timeout_ms: u64,
    breaker_open_s: u64,
    clock_check_s: u64,
    clock_slack_ms: u64,
    push_ttl_s: u64,
    ended_address_days: u64,
    poll_ms: u64,
} }

section! { Fcm {
    base_url: String,
    apps: Vec<FcmApp>,
} }

section! { FcmApp {
    app_id: String,
    service_account_file: PathBuf,
} }

section! { Sms {
    base_url: String,
    account_sid: String,
    auth_token_file: Option<PathBuf>,
    second: Gateway,
} }

impl Sms {
    /// The provider that is asked first.
    #[must_use]
    pub fn first(&self) -> Gateway {
        Gateway {
            base_url: self.base_url.clone(),
            account_sid: self.account_sid.clone(),
            auth_token_file: self.auth_token_file.clone(),
        }
    }
}

section! {
    /// An account at a Twilio-compatible gateway.
    Gateway {
        base_url: String,
        account_sid: String,
        auth_token_file: Option<PathBuf>,
    }
}

impl Gateway {
    /// Whether there is one.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        !self.account_sid.is_empty() && self.auth_token_file.is_some()
    }
}

section! { Email {
    host: String,
    port: u32,
    user: String,
    password_file: Option<PathBuf>,
    from: String,
    ca_file: Option<PathBuf>,
} }

impl Email {
    /// Whether email is configured at all.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        !self.host.is_empty()
    }
}

section! { Webhook { allow: Vec<String> } }

section! { Ops {
    webhook_url: String,
    webhook_secret_file: Option<PathBuf>,
    again_s: u64,
} }

section! { Metrics {
    bind: String,
    token_file: Option<PathBuf>,
} }

section! { Telemetry {
    format: String,
    level: String,
} }

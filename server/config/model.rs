//! All settings, as one value.

use serde::{Deserialize, Serialize};

use super::database::DatabaseConfig;
use super::plan::PlanConfig;
use super::sections::{
    Alerts, Delivery, Email, Escalation, Fcm, Gateway, Health, Http, Identity, Metrics, Network,
    Ops, Readiness, SealSettings, Sms, Telemetry, Webhook,
};

/// The embedded defaults, comments and all.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where and how the server listens.
    pub http: Http,
    /// The database.
    pub database: DatabaseConfig,
    /// The key directory.
    pub seal: SealSettings,
    /// Sign-in, tokens, sessions.
    pub identity: Identity,
    /// Contacts and invitations.
    pub network: Network,
    /// Alerts and their places.
    pub alerts: Alerts,
    /// When a contact counts as within reach.
    pub readiness: Readiness,
    /// The heartbeat, and what `/health/alerting` calls late.
    pub health: Health,
    /// Every number of the plan.
    pub plan: PlanConfig,
    /// The feed and the claims.
    pub escalation: Escalation,
    /// The outbox and its worker.
    pub delivery: Delivery,
    /// FCM HTTP v1.
    pub fcm: Fcm,
    /// SMS.
    pub sms: Sms,
    /// Calls.
    pub voice: Gateway,
    /// Email.
    pub email: Email,
    /// Where webhooks may go.
    pub webhook: Webhook,
    /// Who is told of alarms.
    pub ops: Ops,
    /// Where metrics are read.
    pub metrics: Metrics,
    /// Logs.
    pub telemetry: Telemetry,
}

//! The settings.
//!
//! What: one typed [`Config`], read from the embedded defaults, then a file, then the environment,
//! each over the one before (`AMPARA_SECTION__KEY`). Invariant: `config.default.toml` is the
//! manual: each setting stands there with its comment, and no default hides in code. An unknown key
//! is refused by name, so that a misspelt safety setting cannot pass for one. Path: the command
//! line loads them once; rooms read them from the foundation. On failure: the server does not
//! start, and says which key, what is wrong with it and what it may be.

mod check;
mod database;
mod error;
mod load;
mod manual;
mod model;
pub(crate) mod plan;
mod sections;
#[cfg(test)]
mod tests;

pub use database::{DatabaseConfig, DatabaseUrl, Target};
pub use error::ConfigError;
pub use load::{environment, secret_file};
pub use model::{Config, DEFAULTS};
pub use plan::PlanConfig;
pub use sections::{
    Alerts, Delivery, Email, Escalation, Fcm, FcmApp, Gateway, Health, Http, Identity, Metrics,
    Network, Ops, Readiness, SealSettings, Sms, Telemetry, Tls, Webhook,
};

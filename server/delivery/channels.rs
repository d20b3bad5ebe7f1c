//! The channels that this server has.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::answer::{AddressFate, Answer, Verdict};
use super::fault::DeliveryError;
use super::fcm::oauth::ServiceAccount;
use super::model::{Channel, FailReason};
use super::parcel::Job;
use super::script::Script;
use super::terminal::client::Shown;
use super::{fcm, sms, terminal};
use crate::clock::Clock;
use crate::config::{Config, FcmApp, secret_file};

/// What messages can go over here. A channel that is not configured fails what is sent over it, so that the next one
/// is tried.
#[derive(Default)]
pub struct Channels {
    /// Pushes.
    pub fcm: Option<fcm::client::Client>,
    /// Text messages.
    pub sms: Option<sms::client::Client>,
    /// The demo: everything is shown here and nothing is sent.
    pub terminal: Option<terminal::client::Client>,
    /// A simulator: it answers for all providers. No server starts with it.
    pub script: Option<Arc<dyn Script>>,
}

/// What the channels are made of.
pub struct ChannelSettings {
    /// How long a connection may take.
    pub connect: Duration,
    /// How long a whole send may take, the connection included; a lease outlasts 5 s.
    pub send: Duration,
    /// FCM's address without a slash at its end; no push where there is no app.
    pub fcm_base_url: String,
    /// How long FCM keeps a message for a phone that is off.
    pub push_ttl: Duration,
    /// The apps by `app_id`, each with its project's service account.
    pub fcm_apps: Vec<(String, ServiceAccount)>,
    /// The account at the gateway, where there is one.
    pub sms: Option<sms::client::Account>,
}

impl ChannelSettings {
    /// Reads them from the settings, and the secrets from the files they name.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no service account.
    pub fn of(config: &Config) -> Result<Self, DeliveryError> {
        let account = |app: &FcmApp| {
            let refuse = |what| DeliveryError::ServiceAccount { app_id: app.app_id.clone(), what };
            let text = secret_file("fcm.apps.service_account_file", &app.service_account_file)
                .map_err(|e| refuse(e.to_string()))?;
            let account = fcm::client::account(text.expose_secret()).map_err(refuse)?;
            Ok::<_, DeliveryError>((app.app_id.clone(), account))
        };
        let sms = match (&config.sms.auth_token_file, config.sms.account_sid.as_str()) {
            (Some(file), sid) if !sid.is_empty() => Some(sms::client::Account {
                base_url: config.sms.base_url.clone(),
                sid: sid.to_owned(),
                auth_token: secret_file("sms.auth_token_file", file)
                    .map_err(|e| DeliveryError::Setting { setting: "sms.auth_token_file", what: e.to_string() })?,
                public_url: config.http.public_url.clone(),
            }),
            _ => None,
        };
        Ok(Self {
            connect: Duration::from_millis(config.delivery.connect_timeout_ms),
            send: Duration::from_millis(config.delivery.total_timeout_ms),
            fcm_base_url: config.fcm.base_url.clone(),
            push_ttl: Duration::from_secs(config.delivery.push_ttl_s),
            fcm_apps: config.fcm.apps.iter().map(account).collect::<Result<_, _>>()?,
            sms,
        })
    }
}

impl Channels {
    /// The channels of the settings. Never the terminal.
    ///
    /// # Errors
    /// As [`ChannelSettings::of`] and [`Channels::open`].
    pub fn from_config(config: &Config, clock: &Clock) -> Result<Self, DeliveryError> {
        Self::open(clock, ChannelSettings::of(config)?)
    }

    /// The real ones. One HTTP client serves them all, so that connections are kept.
    ///
    /// # Errors
    /// If no HTTP client can be built on this machine, or a service account holds no RSA key.
    pub fn open(clock: &Clock, settings: ChannelSettings) -> Result<Self, DeliveryError> {
        let http = reqwest::Client::builder()
            .connect_timeout(settings.connect)
            .timeout(settings.send)
            .redirect(reqwest::redirect::Policy::none())
            // Settings come from our own file alone, proxies too.
            .no_proxy()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(512)
            .user_agent(concat!("ampara/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| DeliveryError::NoClient(e.to_string()))?;
        let fcm = match settings.fcm_apps.is_empty() {
            true => None,
            false => Some(
                fcm::client::Client::new(&http, clock, &settings.fcm_base_url, settings.push_ttl, &settings.fcm_apps)
                    .map_err(|app_id| DeliveryError::ServiceAccount {
                    app_id,
                    what: "its private key is no RSA key".to_owned(),
                })?,
            ),
        };
        let sms = settings.sms.map(|account| sms::client::Client::new(&http, clock, account));
        Ok(Self { fcm, sms, ..Self::default() })
    }

    /// The demo's: whatever is owed is shown, whichever channel it is for.
    #[must_use]
    pub fn demo(printer: terminal::client::Printer) -> Self {
        Self { terminal: Some(terminal::client::Client::new(printer)), ..Self::default() }
    }

    /// Whether text messages are configured.
    #[must_use]
    pub fn texts(&self) -> bool {
        self.sms.is_some() || self.terminal.is_some()
    }

    /// Whether pushes of this app are configured.
    #[must_use]
    pub fn pushes(&self, app_id: &str) -> bool {
        self.terminal.is_some() || self.fcm.as_ref().is_some_and(|fcm| fcm.serves(app_id))
    }

    /// Keeps what a send needs at hand, so that the first alert of a night does not wait for an access token.
    pub(super) async fn stay_ready(&self) {
        if let Some(fcm) = &self.fcm {
            for (app_id, cause) in fcm.unreachable().await {
                tracing::warn!(app_id, cause, "no access token: pushes of this app would not leave");
            }
        }
    }

    /// Uniform in 0..1: what moves a pause between two attempts.
    pub(super) fn dice(&self) -> f64 {
        self.script.as_ref().map_or_else(rand::random, |script| script.dice())
    }

    /// Sends one message.
    pub(super) async fn send(&self, job: &Job) -> Answer {
        if let Some(script) = &self.script {
            return script.send(Shown::of(job)).await;
        }
        if let Some(terminal) = &self.terminal {
            return terminal.send(job);
        }
        match (job.channel, &self.fcm, &self.sms) {
            (Channel::Fcm, Some(fcm), _) => fcm.send(job).await,
            (Channel::Sms, _, Some(sms)) => sms.send(job).await,
            _ => {
                let reason = FailReason::NotConfigured;
                Answer::of(Verdict::Failed { reason, address: AddressFate::Keep, alarm: true }, "not configured")
            }
        }
    }
}

//! The channels that this server has: one folder for each kind of provider.
//!
//! What: each folder has a client, which sends one message once, and a table of answers (`errors`).
//! [`verdict`] is the shared result, [`probe`] asks every provider without sending. Invariant: a
//! client writes no row and retries nothing (FCM's asks once more after a bare 401), and each of its
//! waits has a limit. On failure: the table of answers says which failures may pass.

pub mod email;
pub mod fcm;
pub mod gsm7;
pub(in crate::delivery) mod origin;
pub(in crate::delivery) mod probe;
mod shown;
pub mod simulated;
pub(crate) mod sms;
pub mod terminal;
pub mod trial;
pub mod twilio;
pub mod verdict;
pub(crate) mod voice;
pub mod webhook;

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use self::fcm::oauth::ServiceAccount;
use self::origin::Origin;
use self::simulated::Script;
use self::terminal::client::Shown;
use self::terminal::fictional::FictionalNumbers;
use self::verdict::{AddressAction, Answer, Verdict};
use super::error::DeliveryError;
use super::model::{Channel, FailReason};
use super::outbox::message::SendJob;
use crate::clock::Clock;
use crate::config::{self, Config, FcmApp, secret_file};

/// What messages can go over here. A channel that is not configured fails what is sent over it, so
/// that the next one is tried.
#[derive(Default)]
pub struct Channels {
    /// Pushes.
    pub fcm: Option<fcm::client::Client>,
    /// Text messages: the gateways in the order in which they are asked.
    pub sms: Vec<sms::client::Client>,
    /// Calls.
    pub voice: Option<voice::client::Client>,
    /// Email.
    pub email: Option<email::client::Client>,
    /// Signed requests.
    pub webhook: Option<webhook::client::Client>,
    /// The demo and a rehearsal: everything is shown here, and sent only where it lets it out.
    pub terminal: Option<terminal::client::Client>,
    /// The demo alone: numbers that sign in by a code that is known.
    pub fictional: Option<FictionalNumbers>,
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
    /// The accounts at the SMS gateways, in the order in which they are asked.
    pub sms: Vec<twilio::Account>,
    /// The account at the gateway for calls, where there is one.
    pub voice: Option<twilio::Account>,
    /// The account at the relay, where there is one.
    pub email: Option<email::client::Account>,
    /// Judges where webhooks go.
    pub guard: webhook::guard::Guard,
}

impl ChannelSettings {
    /// Reads them from the settings, and the secrets from the files they name.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no service account.
    pub fn of(config: &Config) -> Result<Self, DeliveryError> {
        let account = |app: &FcmApp| {
            let refuse = |what| DeliveryError::ServiceAccount {
                app_id: app.app_id.clone(),
                what,
            };
            let text = secret_file("fcm.apps.service_account_file", &app.service_account_file)?;
            let account = fcm::client::account(text.expose_secret()).map_err(refuse)?;
            Ok::<_, DeliveryError>((app.app_id.clone(), account))
        };
        let at = |setting, section: &config::Gateway| {
            account_of(setting, section, &config.http.public_url)
        };
        let first = at("sms.auth_token_file", &config.sms.first())?;
        let second = at("sms.second.auth_token_file", &config.sms.second)?;
        Ok(Self {
            connect: Duration::from_millis(config.delivery.connect_timeout_ms),
            send: Duration::from_millis(config.delivery.total_timeout_ms),
            fcm_base_url: config.fcm.base_url.clone(),
            push_ttl: Duration::from_secs(config.delivery.push_ttl_s),
            fcm_apps: config
                .fcm
                .apps
                .iter()
                .map(account)
                .collect::<Result<_, _>>()?,
            sms: first.into_iter().chain(second).collect(),
            voice: at("voice.auth_token_file", &config.voice)?,
            email: relay(config)?,
            guard: guard(config)?,
        })
    }
}

/// The account of a section, where it names one.
fn account_of(
    setting: &'static str,
    section: &config::Gateway,
    public_url: &str,
) -> Result<Option<twilio::Account>, DeliveryError> {
    let Some(file) = section
        .auth_token_file
        .as_ref()
        .filter(|_| section.is_configured())
    else {
        return Ok(None);
    };
    let auth_token = secret_file(setting, file)?;
    Ok(Some(twilio::Account {
        base_url: section.base_url.clone(),
        sid: section.account_sid.clone(),
        auth_token,
        public_url: public_url.to_owned(),
    }))
}

fn unusable(setting: &'static str, what: impl Into<String>) -> DeliveryError {
    DeliveryError::Setting {
        setting,
        what: what.into(),
    }
}

fn relay(config: &Config) -> Result<Option<email::client::Account>, DeliveryError> {
    let settings = &config.email;
    if !settings.is_configured() {
        return Ok(None);
    }
    let sign_in = match &settings.password_file {
        None => None,
        Some(file) => {
            let password = secret_file("email.password_file", file);
            Some((settings.user.clone(), password?))
        }
    };
    let authority = settings.ca_file.as_ref().map(std::fs::read).transpose();
    let public = reqwest::Url::parse(&config.http.public_url).ok();
    Ok(Some(email::client::Account {
        host: settings.host.clone(),
        port: u16::try_from(settings.port).map_err(|_| unusable("email.port", "is no port"))?,
        sign_in,
        from: settings.from.clone(),
        authority: authority
            .map_err(|e| unusable("email.ca_file", format!("cannot be read ({})", e.kind())))?,
        hello: public
            .as_ref()
            .and_then(|url| url.host_str())
            .unwrap_or("localhost")
            .to_owned(),
    }))
}

/// FCM, over connections of its own.
fn pushes(
    http: &reqwest::Client,
    clock: &Clock,
    settings: &ChannelSettings,
) -> Result<fcm::client::Client, DeliveryError> {
    let tls = origin::tls().map_err(|e| DeliveryError::NoClient(e.to_string()))?;
    let origin = Origin::new(&settings.fcm_base_url, settings.connect, tls)
        .ok_or_else(|| unusable("fcm.base_url", "is no URL"))?;
    let (ttl, whole, apps) = (settings.push_ttl, settings.send, &settings.fcm_apps);
    fcm::client::Client::new(origin, http, clock, ttl, whole, apps).map_err(|app_id| {
        DeliveryError::ServiceAccount {
            app_id,
            what: "its private key is no RSA key".to_owned(),
        }
    })
}

/// The judge of webhooks' targets, by the settings.
///
/// # Errors
/// A range of `webhook.allow` that is none.
pub fn guard(config: &Config) -> Result<webhook::guard::Guard, DeliveryError> {
    webhook::guard::Guard::new(&config.webhook.allow).map_err(|text| {
        unusable(
            "webhook.allow",
            format!("{text} is no range such as 10.1.2.0/24"),
        )
    })
}

impl Channels {
    /// The channels of the settings. Never the terminal.
    ///
    /// # Errors
    /// As [`ChannelSettings::of`] and [`Channels::open`].
    pub fn from_config(config: &Config, clock: &Clock) -> Result<Self, DeliveryError> {
        Self::open(clock, ChannelSettings::of(config)?)
    }

    /// The real ones. Pushes have kept connections of their own, and one HTTP client serves the
    /// others.
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
            false => Some(pushes(&http, clock, &settings)?),
        };
        let sms = sms::client::Client::all(&http, clock, settings.sms);
        let voice = settings
            .voice
            .map(|account| voice::client::Client::new(&http, clock, account));
        let patience = email::client::Patience {
            connect: settings.connect,
            whole: settings.send,
        };
        let email = settings
            .email
            .map(|account| email::client::Client::new(clock, account, patience))
            .transpose();
        let webhook =
            webhook::client::Client::new(clock, settings.guard, settings.connect, settings.send);
        Ok(Self {
            fcm,
            sms,
            voice,
            email: email.map_err(|what| unusable("email", what))?,
            webhook: Some(webhook.map_err(|e| DeliveryError::NoClient(e.to_string()))?),
            ..Self::default()
        })
    }

    /// Whether text messages are configured.
    #[must_use]
    pub fn texts(&self) -> bool {
        !self.sms.is_empty() || self.terminal.is_some()
    }

    /// Whether calls are configured.
    #[must_use]
    pub fn calls(&self) -> bool {
        self.voice.is_some() || self.terminal.is_some()
    }

    /// Whether pushes of this app are configured.
    #[must_use]
    pub fn pushes(&self, app_id: &str) -> bool {
        self.terminal.is_some() || self.fcm.as_ref().is_some_and(|fcm| fcm.serves(app_id))
    }

    /// The providers that may send a message, in the order in which they are asked, by their names:
    /// what fails together has one, an app's project or a gateway. Never empty.
    pub(super) fn providers(&self, job: &SendJob) -> Vec<(usize, String)> {
        let name = match (job.message.channel, job.message.senders.first()) {
            (Channel::Fcm, Some(app)) => format!("{}/{app}", Channel::Fcm),
            (channel, _) => channel.as_str().to_owned(),
        };
        if job.message.channel != Channel::Sms || !self.leaves(job) {
            return vec![(0, name)];
        }
        let with_sender = self
            .sms
            .iter()
            .enumerate()
            .filter(|(_, sms)| sms.has_sender(job));
        let several: Vec<_> = with_sender
            .map(|(nth, sms)| (nth, sms.gateway().name().to_owned()))
            .collect();
        if several.is_empty() {
            vec![(0, name)]
        } else {
            several
        }
    }

    /// Uniform in 0..1: what moves a pause between two attempts.
    pub(super) fn jitter(&self) -> f64 {
        self.script
            .as_ref()
            .map_or_else(rand::random, |script| script.jitter())
    }

    /// What a message needs before it may have a permit: an access token, for a push. `refused` is
    /// one that the provider no longer takes. `None` where the channel needs nothing.
    ///
    /// # Errors
    /// The answer to give for a message that cannot be sent for want of it.
    pub(super) async fn token(
        &self,
        job: &SendJob,
        refused: Option<&str>,
    ) -> Result<Option<String>, Answer> {
        match &self.fcm {
            Some(fcm) if job.message.channel == Channel::Fcm && self.leaves(job) => {
                fcm.token(job, refused).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Sends one message over the `nth` provider of its channel, within what is left of its time.
    /// `None`: the provider no longer takes the token.
    pub(super) async fn send(
        &self,
        job: &SendJob,
        nth: usize,
        token: Option<&str>,
        left: Duration,
    ) -> Option<Answer> {
        if let Some(script) = &self.script {
            return Some(script.send(Shown::of(job)).await);
        }
        if let Some(terminal) = self.terminal.as_ref().filter(|t| !t.lets_out(job)) {
            return Some(terminal.send(job));
        }
        let answer = self.ask(job, nth, token, left).await;
        if let (Some(terminal), Some(answer)) = (&self.terminal, &answer) {
            terminal.sent(job, answer);
        }
        answer
    }

    /// Asks the `nth` provider of the message's channel to send it.
    async fn ask(
        &self,
        job: &SendJob,
        nth: usize,
        token: Option<&str>,
        left: Duration,
    ) -> Option<Answer> {
        if let (Some(fcm), Some(token)) = (&self.fcm, token) {
            return fcm.send(job, token, left).await;
        }
        let not_here = || {
            let reason = FailReason::NotConfigured;
            Answer::of(
                Verdict::Failed {
                    reason,
                    address: AddressAction::Keep,
                    alarm: true,
                },
                "not configured",
            )
        };
        let answer = match job.message.channel {
            Channel::Sms => sent(self.sms.get(nth).map(|sms| sms.send(job))).await,
            Channel::Voice => sent(self.voice.as_ref().map(|voice| voice.send(job))).await,
            // Boxed: what lettre keeps while it talks would swell every other send.
            Channel::Email => {
                sent(self.email.as_ref().map(|email| Box::pin(email.send(job)))).await
            }
            Channel::Webhook => sent(self.webhook.as_ref().map(|webhook| webhook.send(job))).await,
            Channel::Fcm | Channel::Terminal => None,
        };
        Some(answer.unwrap_or_else(not_here))
    }
}

async fn sent(over: Option<impl Future<Output = Answer>>) -> Option<Answer> {
    Some(over?.await)
}

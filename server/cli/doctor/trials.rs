//! One real message to a real phone: what no question to a provider can tell is whether it arrives.

use super::finding::Finding;
use crate::cli::Settings;
use crate::cli::terminal::told;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::delivery::Channels;
use crate::delivery::channels::trial::Trial;
use crate::delivery::model::Channel;
use crate::municipality::{self, Municipality};
use crate::phone::Phone;

/// Messages to send in place of looking.
#[derive(Debug, clap::Args)]
pub(super) struct Trials {
    /// Really send a test SMS to this number, over each provider that is set
    #[arg(long, value_name = "NUMBER")]
    send_sms: Option<String>,
    /// Really send a test push to this token of a phone
    #[arg(long, value_name = "TOKEN")]
    push: Option<String>,
    /// The token's app; the first of the settings unless said
    #[arg(long, value_name = "APP_ID", requires = "push")]
    app: Option<String>,
    /// Really call this number
    #[arg(long, value_name = "NUMBER")]
    call: Option<String>,
    /// Whose numbers and language to use
    #[arg(long, value_name = "CODE", default_value = municipality::chihuahua::CODE)]
    municipality: String,
}

impl Trials {
    pub(super) fn any(&self) -> bool {
        self.send_sms.is_some() || self.push.is_some() || self.call.is_some()
    }
}

/// Sends them and says what each provider answered.
pub(super) async fn look(settings: &Settings, trials: &Trials) -> Vec<Finding> {
    match all(settings, trials).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::fail(
            "trial",
            "doctor-trial-wrong",
            &[("error", &error.to_string())],
        )],
    }
}

async fn all(settings: &Settings, trials: &Trials) -> anyhow::Result<Vec<Finding>> {
    let (config, clock) = (settings.load()?, Clock::system());
    let channels = Channels::from_config(&config, &clock)?;
    let here = here(&config, &trials.municipality).await?;
    let mut findings = Vec::new();
    for (check, trial) in planned(&config, trials, &here, channels.sms.len())? {
        let sent = channels.send_trial(trial, clock.now()).await;
        findings.push(match sent {
            Ok(()) => Finding::warn(check, "doctor-trial", &[]),
            Err(cause) => {
                let cause = cause.to_string();
                let places = [("cause", &*cause), ("check", check)];
                Finding::fail(check, "doctor-trial-refused", &places)
            }
        });
    }
    Ok(findings)
}

async fn here(config: &Config, code: &str) -> anyhow::Result<Municipality> {
    let (db, asked) = (Db::open_beside(&config.database)?, code.to_owned());
    let found = db
        .read(move |conn| municipality::find(conn, &asked))
        .await?;
    found.ok_or_else(|| anyhow::anyhow!(told("doctor-trial-no-municipality", &[("code", code)])))
}

fn planned(
    config: &Config,
    trials: &Trials,
    here: &Municipality,
    gateways: usize,
) -> anyhow::Result<Vec<(&'static str, Trial)>> {
    let number = |text: &str| {
        Phone::parse(text, &here.area_code)
            .map(|dialled| dialled.phone.as_str().to_owned())
            .map_err(|fault| {
                let places = [("number", text), ("code", fault.code().code)];
                anyhow::anyhow!(told("doctor-trial-no-number", &places))
            })
    };
    let trial = |channel, nth, senders: Vec<String>, to| Trial {
        channel,
        nth,
        senders,
        to,
        words: "trial",
        language: here.language,
    };
    let mut planned = Vec::new();
    if let Some(text) = &trials.send_sms {
        let (to, senders) = (number(text)?, here.senders().texts);
        // One that is not set is tried too, so that it is said.
        for (nth, check) in (0..gateways.max(1)).zip(["sms", "sms_second"]) {
            planned.push((check, trial(Channel::Sms, nth, senders.clone(), to.clone())));
        }
    }
    if let Some(token) = &trials.push {
        let first = config.fcm.apps.first().map(|app| app.app_id.clone());
        let app = trials.app.clone().or(first).unwrap_or_default();
        planned.push(("fcm", trial(Channel::Fcm, 0, vec![app], token.clone())));
    }
    if let Some(text) = &trials.call {
        let senders = here.senders().calls;
        planned.push(("voice", trial(Channel::Voice, 0, senders, number(text)?)));
    }
    Ok(planned)
}

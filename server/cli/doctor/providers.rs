//! Each channel, and the desk of ops: whether its account works, asked of its
//! provider.

use super::finding::Finding;
use crate::app::ops::Desk;
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::Channels;
use crate::delivery::model::Channel;

const NO_PUSH: &str = "no push goes out: contacts with the app are told by SMS alone";
const NO_SMS: &str = "no SMS goes out: no one can sign in, contacts without the app are not notified, supervisors are not alarmed";
const NO_CALLS: &str =
    "no calls are made: a contact who does not look at the phone gets push and SMS alone";

const NO_LETTERS: &str =
    "no email goes out: contacts who chose email are told over the other channels alone";
const NO_ALARMS: &str = "ops learn of a failure only from the log";

pub(super) async fn look(config: &Config, clock: &Clock, findings: &mut Vec<Finding>) {
    let channels = match Channels::from_config(config, clock) {
        Ok(channels) => channels,
        Err(error) => {
            let remedy = "Put the file where the server's user alone can read it (0600)";
            findings.push(Finding::fail(
                "channels",
                error.to_string(),
                remedy,
                "the server does not start",
            ));
            return;
        }
    };
    for channel in Channel::ALL {
        match channel {
            Channel::Fcm => fcm(&channels, config, findings).await,
            Channel::Sms => texts(&channels, findings).await,
            Channel::Voice => findings.push(voice(&channels).await),
            Channel::Email => findings.extend(email(&channels).await),
            // Each target is a supervisor's own; the terminal is the demo's, which `serve` does not
            // have.
            Channel::Webhook | Channel::Terminal => {}
        }
    }
    findings.push(ops(config, &channels, clock).await);
}

async fn fcm(channels: &Channels, config: &Config, findings: &mut Vec<Finding>) {
    let Some(fcm) = &channels.fcm else {
        return findings.push(Finding::fail(
            "fcm",
            "no app is configured",
            "Add [[fcm.apps]]",
            NO_PUSH,
        ));
    };
    let refused = fcm.unreachable().await;
    for app in &config.fcm.apps {
        findings.push(
            match refused.iter().find(|(app_id, _)| *app_id == app.app_id) {
                None => Finding::ok(
                    "fcm",
                    format!("{}: its service account is taken", app.app_id),
                ),
                Some((app_id, cause)) => Finding::fail(
                    "fcm",
                    format!("{app_id}: {cause}"),
                    "See its service account in the Firebase console, and the way out to Google",
                    format!("no push goes to users of {app_id}: they are told by SMS alone"),
                ),
            },
        );
    }
}

async fn voice(channels: &Channels) -> Finding {
    let Some(voice) = &channels.voice else {
        let found = format!("no account is configured: {NO_CALLS}");
        return Finding::warn(
            "voice",
            found,
            "Set voice.account_sid and voice.auth_token_file",
        );
    };
    match voice.gateway().unreachable().await {
        None => Finding::ok("voice", "the account is taken"),
        Some(cause) => Finding::fail(
            "voice",
            cause,
            "See the account, its token, and voice.base_url",
            NO_CALLS,
        ),
    }
}

/// No finding where no relay is set: letters are an addition.
async fn email(channels: &Channels) -> Option<Finding> {
    Some(match channels.email.as_ref()?.unreachable().await {
        None => Finding::ok("email", "the relay takes the account, by TLS"),
        Some(cause) => Finding::fail(
            "email",
            cause,
            "See [email]: host, port, account, authority",
            NO_LETTERS,
        ),
    })
}

/// Without any gateway that works no SMS leaves; without one of two, all hangs on the other.
async fn texts(channels: &Channels, findings: &mut Vec<Finding>) {
    let mut asked = Vec::new();
    for sms in &channels.sms {
        asked.push(sms.gateway().unreachable().await);
    }
    let any = asked.iter().any(Option::is_none);
    if asked.is_empty() {
        let remedy = "Set sms.account_sid and sms.auth_token_file";
        findings.push(Finding::fail(
            "sms",
            "no account is configured",
            remedy,
            NO_SMS,
        ));
    }
    for ((check, key), cause) in [("sms", "sms"), ("sms_second", "sms.second")]
        .into_iter()
        .zip(asked)
    {
        let remedy = format!("See the account, its token, and {key}.base_url");
        findings.push(match cause {
            None => Finding::ok(check, "the account is taken"),
            Some(cause) if any => Finding::warn(
                check,
                format!("{cause}: SMS hang on the other provider"),
                remedy,
            ),
            Some(cause) => Finding::fail(check, cause, remedy, NO_SMS),
        });
    }
}

/// The webhook of ops: tried by a request of the type `ping`.
async fn ops(config: &Config, channels: &Channels, clock: &Clock) -> Finding {
    let remedy = "See [ops], what webhook.allow names, and the receiver";
    match Desk::of(config, channels) {
        Ok(None) => Finding::warn(
            "ops",
            "alarms are in the log alone",
            "Set ops.webhook_url and its secret",
        ),
        Ok(Some(desk)) => match desk.unreachable(clock).await {
            None => Finding::ok("ops", "the receiver of alarms took a ping"),
            Some(cause) => Finding::fail("ops", cause, remedy, NO_ALARMS),
        },
        Err(error) => Finding::fail(
            "ops",
            error.to_string(),
            remedy,
            "the server does not start",
        ),
    }
}

//! Each channel there is: whether its account works, asked of its provider.

use super::Finding;
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::Channels;
use crate::delivery::model::Channel;

const NO_PUSH: &str = "no push goes out: contacts with the app are told by SMS alone";
const NO_SMS: &str =
    "no SMS goes out: nobody can sign in, contacts without the app are not told, supervisors are not called";

pub(super) async fn look(config: &Config, clock: &Clock, findings: &mut Vec<Finding>) {
    let channels = match Channels::from_config(config, clock) {
        Ok(channels) => channels,
        Err(error) => {
            let remedy = "Put the file where the server's user alone can read it (0600)";
            findings.push(Finding::fail("channels", error.to_string(), remedy, "the server does not start"));
            return;
        }
    };
    for channel in Channel::ALL {
        match channel {
            Channel::Fcm => fcm(&channels, config, findings).await,
            Channel::Sms => findings.push(sms(&channels).await),
            // The demo's, which `serve` does not have.
            Channel::Terminal => {}
            // Not built.
            Channel::Voice | Channel::Email => {}
        }
    }
}

async fn fcm(channels: &Channels, config: &Config, findings: &mut Vec<Finding>) {
    let Some(fcm) = &channels.fcm else {
        return findings.push(Finding::fail("fcm", "no app is configured", "Add [[fcm.apps]]", NO_PUSH));
    };
    let refused = fcm.unreachable().await;
    for app in &config.fcm.apps {
        findings.push(match refused.iter().find(|(app_id, _)| *app_id == app.app_id) {
            None => Finding::ok("fcm", format!("{}: its service account is taken", app.app_id)),
            Some((app_id, cause)) => Finding::fail(
                "fcm",
                format!("{app_id}: {cause}"),
                "See its service account in the Firebase console, and the way out to Google",
                format!("no push goes to users of {app_id}: they are told by SMS alone"),
            ),
        });
    }
}

async fn sms(channels: &Channels) -> Finding {
    let Some(sms) = &channels.sms else {
        let remedy = "Set sms.account_sid and sms.auth_token_file";
        return Finding::fail("sms", "no account is configured", remedy, NO_SMS);
    };
    match sms.unreachable().await {
        None => Finding::ok("sms", "the account is taken"),
        Some(cause) => Finding::fail("sms", cause, "See the account, its token, and sms.base_url", NO_SMS),
    }
}

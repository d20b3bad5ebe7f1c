//! FCM, SMS, the relay for letters and the desk of those who run it: whether they take us, asked of them.

use super::Finding;
use crate::app::ops::Desk;
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::Channels;

const NO_PUSH: &str = "no push goes out: contacts with the app are told by SMS alone";
const NO_SMS: &str =
    "no SMS goes out: nobody can sign in, contacts without the app are not told, supervisors are not called";

const NO_LETTERS: &str = "no letter goes out: who chose e-mail is told over the other channels alone";
const NO_ALARMS: &str = "nobody is told that something fails, unless somebody reads the log";

pub(super) async fn look(config: &Config, clock: &Clock, findings: &mut Vec<Finding>) {
    let channels = match Channels::from_config(config, clock) {
        Ok(channels) => channels,
        Err(error) => {
            let remedy = "Put the file where the server's user alone can read it (0600)";
            findings.push(Finding::fail("channels", error.to_string(), remedy, "the server does not start"));
            return;
        }
    };
    match &channels.fcm {
        None => findings.push(Finding::fail("fcm", "no app is configured", "Add [[fcm.apps]]", NO_PUSH)),
        Some(fcm) => {
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
    }
    if let Some(email) = &channels.email {
        findings.push(match email.unreachable().await {
            None => Finding::ok("email", "the relay takes the account, by TLS"),
            Some(cause) => Finding::fail("email", cause, "See [email]: host, port, account, authority", NO_LETTERS),
        });
    }
    findings.push(ops(config, &channels, clock).await);
    findings.push(match &channels.sms {
        None => Finding::fail("sms", "no account is configured", "Set sms.account_sid and sms.auth_token_file", NO_SMS),
        Some(sms) => match sms.unreachable().await {
            None => Finding::ok("sms", "the account is taken"),
            Some(cause) => Finding::fail("sms", cause, "See the account, its token, and sms.base_url", NO_SMS),
        },
    });
}

/// Those who run the server: tried by a request of the type `ping`.
async fn ops(config: &Config, channels: &Channels, clock: &Clock) -> Finding {
    let remedy = "See [ops], what webhook.allow names, and the receiver";
    match Desk::of(config, channels) {
        Ok(None) => Finding::warn("ops", "alarms are in the log alone", "Set ops.webhook_url and its secret"),
        Ok(Some(desk)) => match desk.unreachable(clock).await {
            None => Finding::ok("ops", "the receiver of alarms took a ping"),
            Some(cause) => Finding::fail("ops", cause, remedy, NO_ALARMS),
        },
        Err(error) => Finding::fail("ops", error.to_string(), remedy, "the server does not start"),
    }
}

//! Each channel, and the desk of ops: whether its account works, asked of its
//! provider.

use super::finding::Finding;
use crate::app::ops::Desk;
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::Channels;
use crate::delivery::model::Channel;

pub(super) async fn look(config: &Config, clock: &Clock, findings: &mut Vec<Finding>) {
    let channels = match Channels::from_config(config, clock) {
        Ok(channels) => channels,
        Err(error) => {
            findings.push(Finding::fail(
                "channels",
                "doctor-channels-wrong",
                &[("error", &error.to_string())],
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
        return findings.push(Finding::fail("fcm", "doctor-fcm-none", &[]));
    };
    let refused = fcm.unreachable().await;
    for app in &config.fcm.apps {
        findings.push(
            match refused.iter().find(|(app_id, _)| *app_id == app.app_id) {
                None => Finding::ok("fcm", "doctor-fcm", &[("app", &app.app_id)]),
                Some((app_id, cause)) => {
                    let cause = cause.to_string();
                    let places = [("app", app_id.as_str()), ("cause", &*cause)];
                    Finding::fail("fcm", "doctor-fcm-refused", &places)
                }
            },
        );
    }
}

async fn voice(channels: &Channels) -> Finding {
    let Some(voice) = &channels.voice else {
        return Finding::warn("voice", "doctor-voice-none", &[]);
    };
    match voice.gateway().unreachable().await {
        None => Finding::ok("voice", "doctor-account", &[]),
        Some(cause) => Finding::fail("voice", "doctor-voice-refused", &[("cause", &cause)]),
    }
}

/// No finding where no relay is set: letters are an addition.
async fn email(channels: &Channels) -> Option<Finding> {
    Some(match channels.email.as_ref()?.unreachable().await {
        None => Finding::ok("email", "doctor-email", &[]),
        Some(cause) => Finding::fail("email", "doctor-email-refused", &[("cause", &cause)]),
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
        findings.push(Finding::fail("sms", "doctor-sms-none", &[]));
    }
    for ((check, key), cause) in [("sms", "sms"), ("sms_second", "sms.second")]
        .into_iter()
        .zip(asked)
    {
        let Some(cause) = cause else {
            findings.push(Finding::ok(check, "doctor-account", &[]));
            continue;
        };
        let cause = cause.to_string();
        let places = [("cause", &*cause), ("key", key)];
        findings.push(match any {
            true => Finding::warn(check, "doctor-sms-one-of-two", &places),
            false => Finding::fail(check, "doctor-sms-refused", &places),
        });
    }
}

/// The webhook of ops: tried by a request of the type `ping`.
async fn ops(config: &Config, channels: &Channels, clock: &Clock) -> Finding {
    match Desk::of(config, channels) {
        Ok(None) => Finding::warn("ops", "doctor-ops-none", &[]),
        Ok(Some(desk)) => match desk.unreachable(clock).await {
            None => Finding::ok("ops", "doctor-ops", &[]),
            Some(cause) => Finding::fail("ops", "doctor-ops-refused", &[("cause", &cause)]),
        },
        Err(error) => Finding::fail("ops", "doctor-ops-wrong", &[("cause", &error.to_string())]),
    }
}

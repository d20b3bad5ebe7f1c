//! Turns "tell this contact" into a row of the outbox, in the contact's language and within the lock screen's rules.

use std::collections::BTreeMap;
use std::time::Duration;

use super::AlertError;
use super::store::{AlertRow, LinkRow};
use crate::clock::At;
use crate::delivery::addresses::LiveAddress;
use crate::delivery::model::{Channel, Medium};
use crate::delivery::{Content, NewNotification};
use crate::foundation::Foundation;
use crate::http::Language;
use crate::ids::Secret;
use crate::network::ChosenContact;
use crate::plan::model::{Purpose, Rung};
use crate::seal::SealError;
use crate::wording::say;

/// What the outbox calls an alert.
pub const SUBJECT: &str = "alert";
/// The kind of the push to her own phone.
const HER_ALERT_CHANGED: &str = "alert_changed";

/// One message of the plan: to whom, over what, why, and until when it makes sense.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Step of the plan.
    pub rung: i64,
    /// Repetition within the step.
    pub rep: i64,
    /// Why.
    pub purpose: Purpose,
    /// From then on it is not sent any more.
    pub deadline: At,
    /// The contact was told before that it is a drill: say that it is none any more.
    pub after_drill: bool,
}

/// Whom a message is for, and who sends it.
#[derive(Clone, Copy)]
pub struct To<'a> {
    /// The contact.
    pub contact: &'a ChosenContact,
    /// Over which of the contact's addresses.
    pub address: &'a LiveAddress,
    /// The municipality's sender of SMS.
    pub sms_sender: Option<&'a str>,
}

/// The row for one contact. An SMS gets a link of its own, to be written with it: only hashes are kept, so an earlier one
/// cannot be repeated.
///
/// # Errors
/// An address that does not open.
pub fn contact(
    g: &Foundation,
    alert: &AlertRow,
    to: &To<'_>,
    told: Told,
    now: At,
) -> Result<(NewNotification, Option<LinkRow>), AlertError> {
    let mut fresh_link = None;
    let To { contact, address, sms_sender } = to;
    let (lock, sms) = match told.after_drill {
        true => ("lock-no-drill", "sms-no-drill"),
        false => keys_of(told.purpose, alert.drill, contact.alias.is_some()),
    };
    let who = contact.alias.as_deref().unwrap_or_default();
    let content = match address.channel.medium() {
        Medium::Push => {
            let mut data = BTreeMap::new();
            data.insert("watching".to_owned(), alert.id.to_string());
            data.insert("drill".to_owned(), alert.drill.to_string());
            let words = say(contact.language, lock, &[("who", who)]);
            Content::Push { kind: told.purpose.as_str().to_owned(), words, data }
        }
        Medium::Text | Medium::Call | Medium::Mail => {
            let secret = Secret::new();
            let link = format!("{}/w/{}", g.config.http.public_url.trim_end_matches('/'), secret.expose());
            fresh_link =
                Some(LinkRow { token_hash: secret.hash(), alert: alert.id, contact: contact.id, created_at: now });
            Content::Sms { text: say(contact.language, sms, &[("who", who), ("link", &link)]), despite_stop: false }
        }
    };
    let message = NewNotification {
        subject_kind: SUBJECT,
        subject: alert.id.into(),
        recipient: *contact.id.bytes(),
        address: address.id,
        channel: address.channel,
        sender: match address.channel {
            Channel::Fcm => address.app_id.clone(),
            _ => sms_sender.map(str::to_owned),
        },
        rung: told.rung,
        rep: told.rep,
        to: address.destination(&g.keys)?,
        content,
        deadline: told.deadline,
        due_at: now,
    };
    Ok((message, fresh_link))
}

/// The row for her own phone, the one that raised the alert: that something in it changed, and nothing else. It has no
/// words, since whom she fears may stand beside her and read the screen; what there is to say, her app asks for and shows
/// as she chose.
///
/// # Errors
/// An address that does not open.
pub fn her(g: &Foundation, alert: &AlertRow, address: &LiveAddress, now: At) -> Result<NewNotification, SealError> {
    let data = BTreeMap::from([("alert".to_owned(), alert.client_id.to_string())]);
    Ok(NewNotification {
        subject_kind: SUBJECT,
        subject: alert.id.into(),
        recipient: address.owner,
        address: address.id,
        channel: address.channel,
        sender: address.app_id.clone(),
        rung: Rung::Call911.number(),
        rep: 0,
        to: address.destination(&g.keys)?,
        content: Content::Push { kind: HER_ALERT_CHANGED.to_owned(), words: String::new(), data },
        deadline: now.plus(Duration::from_secs(g.config.plan.alarm_deadline_s)),
        due_at: now,
    })
}

/// Which texts say it: on a lock screen, and as an SMS.
fn keys_of(purpose: Purpose, drill: bool, alias: bool) -> (&'static str, &'static str) {
    match (purpose, drill, alias) {
        (Purpose::Alarm | Purpose::PressedAgain, true, _) => ("lock-drill", "sms-drill"),
        (Purpose::Alarm, false, true) => ("lock-alarm-alias", "sms-alarm-alias"),
        (Purpose::Alarm, false, false) => ("lock-alarm", "sms-alarm"),
        (Purpose::PressedAgain, false, true) => ("lock-again-alias", "sms-again-alias"),
        (Purpose::PressedAgain, false, false) => ("lock-again", "sms-again"),
        (Purpose::Call911, ..) => ("lock-call-911", "sms-call-911"),
        (Purpose::NoNews, ..) => ("lock-no-news", "sms-no-news"),
        (Purpose::Over, ..) => ("lock-over", "sms-over"),
        (Purpose::Drill, ..) => ("lock-drill", "sms-drill"),
        // Supervisors have words of their own, below.
        (Purpose::Supervisor, ..) => ("lock-alarm", "sms-alarm"),
    }
}

/// The row for a supervisor's own phone.
///
/// # Errors
/// An address that does not open.
pub fn supervisor(
    g: &Foundation,
    alert: &AlertRow,
    address: &LiveAddress,
    alarm: SupervisorAlarm<'_>,
    sms_sender: Option<&str>,
    now: At,
) -> Result<NewNotification, AlertError> {
    let key = if alarm.alone { "sms-supervisor-alone" } else { "sms-supervisor-unclaimed" };
    Ok(NewNotification {
        subject_kind: SUBJECT,
        subject: alert.id.into(),
        recipient: address.owner,
        address: address.id,
        channel: address.channel,
        sender: sms_sender.map(str::to_owned),
        rung: alarm.rung,
        rep: alarm.rep,
        to: address.destination(&g.keys)?,
        content: Content::Sms { text: say(alarm.language, key, &[("folio", alarm.folio)]), despite_stop: false },
        deadline: alarm.deadline,
        due_at: now,
    })
}

/// Why a supervisor is called.
#[derive(Debug, Clone, Copy)]
pub struct SupervisorAlarm<'a> {
    /// The supervisor's language.
    pub language: Language,
    /// The record's folio.
    pub folio: &'a str,
    /// Nobody of the centre is connected.
    pub alone: bool,
    /// Step of the plan, so that each step calls once.
    pub rung: i64,
    /// Repetition within the step.
    pub rep: i64,
    /// From then on it is not sent any more.
    pub deadline: At,
}

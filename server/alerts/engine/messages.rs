//! Turns "tell this contact" into a row of the outbox, in the contact's language and within the
//! lock screen's rules.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::alerts::store::{AlertRow, LinkRow};
use crate::clock::At;
use crate::delivery::addresses::LiveAddress;
use crate::delivery::model::{Channel, Medium};
use crate::delivery::{Content, MessageKey, NewNotification};
use crate::foundation::Foundation;
use crate::ids::{ContactId, Secret};
use crate::language::Language;
use crate::network::ChosenContact;
use crate::plan::model::{Purpose, Step};
use crate::wording::say;

/// What the outbox calls an alert.
pub const SUBJECT: &str = "alert";
/// The kind of the push to her own phone.
const HER_ALERT_CHANGED: &str = "alert_changed";

/// One message of the plan: recipient, channel, reason, and its deadline.
#[derive(Debug, Clone, Copy)]
pub struct Envelope {
    /// Step of the plan.
    pub step: i64,
    /// Repetition within the step.
    pub repeat: i64,
    /// Why.
    pub purpose: Purpose,
    /// From then on it is not sent any more.
    pub deadline: At,
    /// The contact was told before that it is a drill: say that it is none any more.
    pub after_drill: bool,
}

/// The recipient of a message, and the municipality that sends it.
#[derive(Clone, Copy)]
pub struct To<'a> {
    /// The contact.
    pub contact: &'a ChosenContact,
    /// Over which of the contact's addresses.
    pub address: &'a LiveAddress,
    /// The municipality's senders of what goes there.
    pub senders: &'a [String],
}

/// The row for one contact. An SMS or email gets a link of its own, to be written with it: only
/// hashes are kept, so an earlier one cannot be repeated.
pub fn contact(
    foundation: &Foundation,
    alert: &AlertRow,
    to: &To<'_>,
    told: Envelope,
    now: At,
) -> (NewNotification, Option<LinkRow>) {
    let (contact, address) = (to.contact, to.address);
    let words = Words::of(alert, contact, told);
    let (content, link) = match address.channel.medium() {
        Medium::Push => (words.push(alert, told.purpose), None),
        Medium::Call => (words.call(), None),
        // The plan tells no contact over a webhook.
        medium @ (Medium::Text | Medium::Email | Medium::Webhook) => {
            let (link, row) = link(foundation, alert, contact.id, medium, now);
            let content = match medium {
                Medium::Email => words.email(&link),
                _ => words.sms(&link),
            };
            (content, Some(row))
        }
    };
    let message = NewNotification {
        subject_kind: SUBJECT.into(),
        key: MessageKey {
            subject: alert.id.into(),
            recipient: contact.id.into(),
            address: address.id,
            step: told.step,
            repeat: told.repeat,
        },
        channel: address.channel,
        senders: match address.channel {
            Channel::Fcm => address.app_id.iter().cloned().collect(),
            _ => to.senders.to_vec(),
        },
        to: address.to(&foundation.keys),
        content,
        deadline: told.deadline,
        due_at: now,
    };
    (message, link)
}

/// A new link to the plain page, and what is stored of it.
fn link(
    foundation: &Foundation,
    alert: &AlertRow,
    contact: ContactId,
    medium: Medium,
    now: At,
) -> (String, LinkRow) {
    let secret = Secret::new();
    let base = foundation.config.http.public_url.trim_end_matches('/');
    let row = LinkRow {
        token_hash: secret.hash(),
        alert: alert.id,
        contact,
        created_at: now,
        medium: medium.as_str(),
    };
    (format!("{base}/w/{}", secret.expose()), row)
}

/// One notice to one contact, in the contact's language.
struct Words<'a> {
    language: Language,
    /// The alias that was agreed on; empty where there is none.
    who: &'a str,
    /// Which texts say it.
    stem: &'static str,
}

impl<'a> Words<'a> {
    fn of(alert: &AlertRow, contact: &'a ChosenContact, told: Envelope) -> Self {
        Self {
            language: contact.language,
            who: contact.alias.as_deref().unwrap_or_default(),
            stem: match told.after_drill {
                true => "no-drill",
                false => stem_of(told.purpose, alert.drill, contact.alias.is_some()),
            },
        }
    }

    fn say(&self, over: &str, link: Option<&str>) -> String {
        let who = ("who", self.who);
        let key = format!("{over}-{}", self.stem);
        match link {
            Some(link) => say(self.language, &key, &[who, ("link", link)]),
            None => say(self.language, &key, &[who]),
        }
    }

    fn push(&self, alert: &AlertRow, purpose: Purpose) -> Content {
        let mut data = BTreeMap::new();
        data.insert("watching".to_owned(), alert.id.to_string());
        data.insert("drill".to_owned(), alert.drill.to_string());
        Content::Push {
            kind: purpose.as_str().to_owned(),
            words: self.say("lock", None),
            data,
        }
    }

    fn call(&self) -> Content {
        Content::Call {
            words: self.say("call", None),
            language: self.language,
        }
    }

    fn sms(&self, link: &str) -> Content {
        Content::Sms {
            text: self.say("sms", Some(link)),
            despite_stop: false,
        }
    }

    fn email(&self, link: &str) -> Content {
        let subject = self.say("mail", None);
        let args = [("words", &*subject), ("link", link)];
        let text = say(self.language, "mail-frame", &args);
        Content::Email { subject, text }
    }
}

/// The row for her own phone, the one that raised the alert: that something in it changed, and
/// nothing else. It has no words, since her aggressor may stand beside her and read the screen;
/// what there is to say, her app asks for and shows as she chose.
pub fn her(
    foundation: &Foundation,
    alert: &AlertRow,
    address: &LiveAddress,
    now: At,
) -> NewNotification {
    let data = BTreeMap::from([("alert".to_owned(), alert.client_id.to_string())]);
    NewNotification {
        subject_kind: SUBJECT.into(),
        key: MessageKey {
            subject: alert.id.into(),
            recipient: address.owner,
            address: address.id,
            step: Step::Call911.number(),
            repeat: 0,
        },
        channel: address.channel,
        senders: address.app_id.iter().cloned().collect(),
        to: address.to(&foundation.keys),
        content: Content::Push {
            kind: HER_ALERT_CHANGED.to_owned(),
            words: String::new(),
            data,
        },
        deadline: now.plus(Duration::from_secs(foundation.config.plan.alarm_deadline_s)),
        due_at: now,
    }
}

/// Which texts say it: the name of each behind `lock-`, `sms-`, `call-`, `mail-`.
fn stem_of(purpose: Purpose, drill: bool, alias: bool) -> &'static str {
    match (purpose, drill, alias) {
        (Purpose::Alarm | Purpose::PressedAgain, true, _) | (Purpose::Drill, ..) => "drill",
        (Purpose::Alarm, false, true) => "alarm-alias",
        (Purpose::PressedAgain, false, true) => "again-alias",
        (Purpose::PressedAgain, false, false) => "again",
        (Purpose::Call911, ..) => "call-911",
        (Purpose::NoNews, ..) => "no-news",
        (Purpose::Over, ..) => "over",
        // Supervisors have words of their own, below; replies in `replies::ask`.
        (Purpose::Alarm, false, false) | (Purpose::Supervisor | Purpose::Asked, ..) => "alarm",
    }
}

/// The row for one of a supervisor's own channels.
pub fn supervisor(
    foundation: &Foundation,
    alert: &AlertRow,
    address: &LiveAddress,
    alarm: SupervisorAlarm<'_>,
    senders: &[String],
    now: At,
) -> NewNotification {
    let key = if alarm.step == Step::EmptyShift {
        "supervisor-alone"
    } else {
        "supervisor-unclaimed"
    };
    let words = |over: &str| {
        say(
            alarm.language,
            &format!("{over}-{key}"),
            &[("folio", alarm.folio)],
        )
    };
    let content = match address.channel.medium() {
        Medium::Call => Content::Call {
            words: words("call"),
            language: alarm.language,
        },
        Medium::Email => Content::Email {
            subject: words("sms"),
            text: words("sms"),
        },
        Medium::Webhook => Content::Webhook {
            kind: alarm.step.as_str().to_owned(),
            body: hook_body(&alarm, now),
        },
        Medium::Push | Medium::Text => Content::Sms {
            text: words("sms"),
            despite_stop: false,
        },
    };
    NewNotification {
        subject_kind: SUBJECT.into(),
        key: MessageKey {
            subject: alert.id.into(),
            recipient: address.owner,
            address: address.id,
            step: alarm.step.number(),
            repeat: alarm.repeat,
        },
        channel: address.channel,
        senders: senders.to_vec(),
        to: address.to(&foundation.keys),
        content,
        deadline: alarm.deadline,
        due_at: now,
    }
}

/// What a supervisor's pager is told: what a queue shows before a claim, and less.
fn hook_body(alarm: &SupervisorAlarm<'_>, now: At) -> BTreeMap<String, Value> {
    // A folio begins with its centre's code.
    let centre = alarm.folio.split('-').next().unwrap_or_default();
    let fields = [
        ("at", json!(now)),
        ("folio", json!(alarm.folio)),
        ("centre", json!(centre)),
        ("level", json!(alarm.level)),
    ];
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Why a supervisor is called.
#[derive(Debug, Clone, Copy)]
pub struct SupervisorAlarm<'a> {
    /// The supervisor's language.
    pub language: Language,
    /// The record's folio.
    pub folio: &'a str,
    /// How loud the record is.
    pub level: i64,
    /// Step of the plan, so that each step calls once.
    pub step: Step,
    /// Repetition within the step.
    pub repeat: i64,
    /// From then on it is not sent any more.
    pub deadline: At,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::channels::gsm7;

    #[test]
    fn a_text_that_asks_who_comes_says_how_to_reply_in_one_sms() {
        let (alias, link) = ("a".repeat(30), "l".repeat(75));
        for purpose in [Purpose::Alarm, Purpose::PressedAgain] {
            for alias_known in [true, false] {
                let key = format!("sms-{}", stem_of(purpose, false, alias_known));
                for (language, asks) in [
                    (Language::Es, "Responde 1 si vas, 2 si no puedes"),
                    (Language::En, "Reply 1"),
                ] {
                    let text = say(language, &key, &[("who", &alias), ("link", &link)]);
                    assert!(gsm7::is_gsm7(&text) && text.contains(asks), "{text}");
                    assert_eq!(
                        gsm7::segments(&text).count,
                        1,
                        "{} units: {text}",
                        gsm7::segments(&text).units
                    );
                }
            }
        }
    }

    #[test]
    fn a_drill_says_first_that_it_is_one_whichever_way_it_goes() {
        for purpose in [Purpose::Alarm, Purpose::PressedAgain, Purpose::Drill] {
            for over in ["lock", "sms", "call", "mail"] {
                let key = format!("{over}-{}", stem_of(purpose, true, true));
                let said = |language| say(language, &key, &[("link", "x")]).to_uppercase();
                assert!(
                    said(Language::Es).starts_with("SIMULACRO")
                        && said(Language::En).starts_with("DRILL"),
                    "{key}"
                );
            }
        }
    }
}

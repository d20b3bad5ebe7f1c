//! Her alert in words, in her language and by her town's clocks, for her phone to show or to read
//! out to her.
//!
//! All that is said stands in the alert's fields too. No word of it names a contact, a number or a
//! place; after the end nothing is said of 911 any more, whatever it still does.

use chrono_tz::Tz;

use super::model::{AlertView, Nine11};
use super::reach::{ChannelView, ContactView, NO_ADDRESS, Reach};
use crate::alerts::model::{AlertState, CloseKind};
use crate::clock::At;
use crate::language::Language;
use crate::network::model::Answer;
use crate::wording::{known, say};

/// Who speaks to her.
#[derive(Debug, Clone, Copy)]
pub(in crate::alerts) struct Speaker {
    /// Her language.
    pub(in crate::alerts) language: Language,
    /// Her town's clocks.
    pub(in crate::alerts) zone: Tz,
}

impl Speaker {
    /// Puts words to all of it.
    pub(in crate::alerts) fn speak(&self, view: &mut AlertView) {
        for contact in &mut view.contacts {
            for channel in &mut contact.channels {
                channel.words = self.channel(channel);
            }
            contact.words = self.contact(contact);
        }
        view.summary = self.summary(view);
    }

    fn say(&self, key: &str, args: &[(&'static str, &str)]) -> String {
        say(self.language, key, args)
    }

    /// `21:40:07`; empty where no time is known.
    fn time(&self, at: Option<At>) -> String {
        at.map(|at| {
            at.utc()
                .with_timezone(&self.zone)
                .format("%H:%M:%S")
                .to_string()
        })
        .unwrap_or_default()
    }

    fn summary(&self, view: &AlertView) -> String {
        let counted = [
            ("reached", &*view.reached.to_string()),
            ("total", &*view.total.to_string()),
        ];
        if view.state == AlertState::Closed {
            return match view.close_kind {
                _ if view.drill => self.say("her-drill-over", &counted),
                Some(CloseKind::Cancelled) => self.say("her-cancelled", &[]),
                Some(CloseKind::Expired) => self.say("her-expired", &[]),
                Some(CloseKind::Resolved) | None => self.say("her-resolved", &[]),
            };
        }
        let said = |answer| {
            view.contacts
                .iter()
                .filter(|c| c.answer == Some(answer))
                .count()
        };
        let mut parts = Vec::new();
        if view.drill {
            parts.push(self.say("her-drill", &[]));
        }
        parts.push(if view.total == 0 {
            self.say("her-nobody", &[])
        } else {
            self.say("her-reached", &counted)
        });
        parts.extend(self.counted(said(Answer::OnMyWay), "her-coming-one", "her-coming-some"));
        parts.extend(self.counted(said(Answer::WithHer), "her-with-one", "her-with-some"));
        if !view.drill {
            parts.push(self.nine11(view));
        }
        parts.join(" ")
    }

    fn counted(&self, n: usize, one: &str, some: &str) -> Option<String> {
        match n {
            0 => None,
            1 => Some(self.say(one, &[])),
            n => Some(self.say(some, &[("n", &n.to_string())])),
        }
    }

    fn nine11(&self, view: &AlertView) -> String {
        let key = match view.nine11 {
            Nine11::NotTold if view.call_911 => "her-alone",
            Nine11::NotTold => "her-911-not-told",
            Nine11::Waiting => "her-911-waiting",
            Nine11::Told if view.call_911 => "her-911-call",
            Nine11::Told => "her-911-told",
            Nine11::HasIt => "her-911-has-it",
            Nine11::UnitSent => "her-911-unit-sent",
            Nine11::OnScene => "her-911-on-scene",
            Nine11::Done => "her-911-done",
        };
        self.say(key, &[("time", &self.time(view.nine11_since))])
    }

    fn contact(&self, contact: &ContactView) -> String {
        let key = match (contact.answer, contact.reach) {
            (Some(Answer::OnMyWay), _) => "her-contact-on-my-way",
            (Some(Answer::WithHer), _) => "her-contact-with-her",
            (Some(Answer::CannotHelp), _) => "her-contact-cannot-help",
            (None, Reach::Answered | Reach::Seen) => "her-contact-seen",
            (None, Reach::Delivered) => "her-contact-delivered",
            (None, Reach::Sent) => "her-contact-sent",
            (None, Reach::Sending) => "her-contact-sending",
            (None, Reach::Expired) => "her-contact-expired",
            (None, Reach::Failed) => "her-contact-failed",
            (None, Reach::NotInDrills) => "her-contact-not-in-drills",
        };
        self.say(key, &[("time", &self.time(contact.answered_at))])
    }

    fn channel(&self, channel: &ChannelView) -> String {
        let key = match channel.state {
            Reach::Sending if channel.reason.is_some() => "her-way-trying",
            Reach::Sending => "her-way-sending",
            Reach::Sent => "her-way-sent",
            Reach::Delivered => "her-way-delivered",
            Reach::Seen | Reach::Answered => "her-way-seen",
            Reach::Expired => "her-way-expired",
            Reach::Failed | Reach::NotInDrills => "her-way-failed",
        };
        let cause = self.cause(channel.reason.as_deref().unwrap_or(NO_ADDRESS));
        let what = self.say(key, &[("time", &self.time(channel.at)), ("cause", &cause)]);
        self.say(&format!("her-over-{}", channel.channel), &[("what", &what)])
    }

    /// A reason that has no words of its own yet has those of all others.
    fn cause(&self, reason: &str) -> String {
        let key = format!("cause-{reason}");
        if known(self.language, &key) {
            self.say(&key, &[])
        } else {
            self.say("cause-other", &[])
        }
    }
}

#[cfg(test)]
#[path = "sentences_tests.rs"]
mod tests;

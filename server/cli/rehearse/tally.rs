//! What was sent to the real phone, and what came of it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::delivery::channels::terminal::client::{Answered, Shown};
use crate::delivery::channels::verdict::Verdict;
use crate::delivery::model::Channel;
use crate::ids::NotificationId;

/// The alarms by channel, each with the provider's latest answer, however often it was tried.
#[derive(Default)]
pub struct Tally {
    texts: BTreeMap<NotificationId, Answered>,
    calls: BTreeMap<NotificationId, Answered>,
}

impl Tally {
    /// Counts a message. One that was shown and not sent does not count.
    pub fn note(&mut self, shown: &Shown) {
        let Some(answered) = shown.answered.clone() else {
            return;
        };
        let of_channel = match shown.channel {
            Channel::Voice => &mut self.calls,
            _ => &mut self.texts,
        };
        of_channel.insert(shown.notification, answered);
    }

    /// How many alarms over that channel the provider took.
    pub fn taken(&self, channel: Channel) -> usize {
        let taken = |answered: &&Answered| answered.verdict == Verdict::Sent;
        self.of(channel).values().filter(taken).count()
    }

    /// Whether so many alarms over that channel were taken, or refused for good.
    pub fn settled(&self, channel: Channel, alarms: usize) -> bool {
        let settled = |a: &&Answered| !matches!(a.verdict, Verdict::Again { .. });
        self.of(channel).values().filter(settled).count() >= alarms
    }

    /// Why alarms over that channel were not taken, each reason once.
    pub fn refusals(&self, channel: Channel) -> BTreeSet<&str> {
        let refused = self.of(channel).values();
        refused
            .filter(|answered| answered.verdict != Verdict::Sent)
            .map(|answered| answered.cause.as_str())
            .collect()
    }

    fn of(&self, channel: Channel) -> &BTreeMap<NotificationId, Answered> {
        match channel {
            Channel::Voice => &self.calls,
            _ => &self.texts,
        }
    }
}

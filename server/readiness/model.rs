//! Whether an alert would work tonight, and what to do where it would not. Pure.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::At;
use crate::config;
use crate::delivery::model::Medium;
use crate::identity::model::{Hold, Policy};
use crate::ids::ContactId;
use crate::network::model::ContactState;
use crate::words;

words! {
    /// What is to be expected.
    pub enum Verdict {
        /// It would not work.
        NotReady = "not_ready",
        /// It may work, and something should be done.
        Weak = "weak",
        /// It should work.
        Ready = "ready",
    }
}

words! {
    /// How one channel to a contact stands.
    pub enum ChannelState {
        /// There is a recent sign that messages arrive.
        Ready = "ready",
        /// There is an address, and no recent sign.
        Unproven = "unproven",
        /// This server could send over it, and nothing leaves over it just now.
        Down = "down",
        /// The last message could not arrive at that address.
        Failing = "failing",
        /// The number said STOP.
        Stopped = "stopped",
        /// This server cannot send over it.
        NotOffered = "not_offered",
        /// The contact has no address for it.
        None = "none",
    }
}

words! {
    /// What to do about a contact.
    pub enum ForContact {
        /// The invitation waits for an answer: talk to the contact, send it again.
        InviteAgain = "invite_again",
        /// The app has not been opened for long: the contact opens it.
        OpenApp = "ask_to_open_app",
        /// Nothing arrives at the number, or there is none: look at it, invite the right one.
        CheckNumber = "check_number",
        /// The number said STOP: the contact sends START to the number that messages come
        /// from. Carriers and gateways know that word, so that it also ends an opt-out of theirs.
        AllowTexts = "ask_to_allow_texts",
        /// Nothing has shown for long that messages arrive: a drill would.
        Rehearse = "rehearse",
        /// Nothing has shown for long that messages arrive, and the contact takes no part in
        /// drills: ask for it.
        JoinDrills = "ask_to_join_drills",
        /// Nothing would reach this contact: choose another contact.
        ChooseAnother = "choose_another",
    }
}

words! {
    /// What to do on her own side.
    pub enum ForHer {
        /// No contact has said yes: invite one.
        AddContact = "add_contact",
        /// One contact at most would be reached: a second one.
        AddAnother = "add_another_contact",
        /// Without a PIN any holder of her phone can close an alert.
        SetPin = "set_pin",
        /// 911 would not be told, whatever happens: change the policy, or know it.
        ReviewPolicy = "review_policy",
        /// No operator at 911 is looking at alerts now: call 911 as well.
        CallNine11 = "call_911_yourself",
    }
}

/// An address of a contact, and the signs of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Over what.
    pub medium: Medium,
    /// This server can send over it.
    pub offered: bool,
    /// Messages leave over it just now.
    pub leaves: bool,
    /// When the app registered it last; for a number: when the invitation sent to it was accepted.
    pub seen_at: Option<At>,
    /// When a message was last confirmed or answered there.
    pub reached_at: Option<At>,
    /// When it was last said that nothing can arrive there.
    pub dead_at: Option<At>,
}

/// A contact, as far as this matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The contact.
    pub id: ContactId,
    /// Where the contact stands.
    pub state: ContactState,
    /// The number said STOP.
    pub stopped: bool,
    /// Takes part in drills.
    pub drills: bool,
    /// Live addresses.
    pub addresses: Vec<Address>,
}

/// Her own side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Her {
    /// A cancel takes a PIN.
    pub has_pin: bool,
    /// When 911 is told.
    pub policy: Policy,
    /// With `network_only`: what happens when no contact can be reached.
    pub if_nobody_reached: Hold,
    /// An operator is on shift at her home centre.
    pub on_shift: bool,
}

/// How one channel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChannelReadiness {
    /// `push`, `text` or `call`.
    pub channel: Medium,
    /// How it stands.
    pub state: ChannelState,
}

/// How one contact stands: by id only, the app knows the names. It holds no time: when a contact
/// last opened the app is not hers to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactReadiness {
    /// The contact.
    pub contact: ContactId,
    /// Where the contact stands.
    pub state: ContactState,
    /// Whether this contact would be reached.
    pub verdict: Verdict,
    /// Whether drills reach this contact, by the contact's own choice.
    pub drills: bool,
    /// Push, then text, then call, and email where the contact confirmed an address.
    pub channels: Vec<ChannelReadiness>,
    /// What to do.
    #[serde(rename = "do")]
    pub to_do: Vec<ForContact>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub(super) verdict: Verdict,
    pub(super) contacts: Vec<ContactReadiness>,
    pub(super) to_do: Vec<ForHer>,
}

impl Judged {
    /// Whether there is something that she could do about it; who is on shift at this hour is no
    /// matter of hers.
    #[must_use]
    pub fn asks_for_something(&self) -> bool {
        self.to_do.iter().any(|code| *code != ForHer::CallNine11)
            || self.contacts.iter().any(|c| !c.to_do.is_empty())
    }
}

/// Judges everything.
#[must_use]
pub fn judge(contacts: &[Contact], her: Her, limits: &config::Readiness, now: At) -> Judged {
    let contacts: Vec<ContactReadiness> =
        contacts.iter().map(|c| contact(c, limits, now)).collect();
    let chosen = || contacts.iter().filter(|c| c.state.told());
    let reached = chosen().filter(|c| c.verdict == Verdict::Ready).count();
    // One who would come does not stand for those who would not.
    let network = match (chosen().map(|c| c.verdict).max(), chosen().count()) {
        (None | Some(Verdict::NotReady), _) => Verdict::NotReady,
        (Some(Verdict::Ready), all) if all == reached => Verdict::Ready,
        _ => Verdict::Weak,
    };
    let never = her.policy == Policy::NetworkOnly && her.if_nobody_reached == Hold::Hold;
    let mut to_do = Vec::new();
    if !contacts.iter().any(|c| c.state.told()) {
        to_do.push(ForHer::AddContact);
    } else if reached < 2 && !contacts.iter().any(|c| outage(&c.channels)) {
        to_do.push(ForHer::AddAnother);
    }
    if !her.has_pin {
        to_do.push(ForHer::SetPin);
    }
    if never {
        to_do.push(ForHer::ReviewPolicy);
    } else if !her.on_shift {
        to_do.push(ForHer::CallNine11);
    }
    let nine11 = her.on_shift && !never;
    let verdict = match network {
        Verdict::Ready if !(her.has_pin && (nine11 || never)) => Verdict::Weak,
        of_all => of_all,
    };
    Judged {
        verdict,
        contacts,
        to_do,
    }
}

fn contact(c: &Contact, limits: &config::Readiness, now: At) -> ContactReadiness {
    let told = c.state.told();
    let channels = if told {
        channels(c, limits, now)
    } else {
        Vec::new()
    };
    let over = |email: bool, state| {
        channels
            .iter()
            .any(|c| c.state == state && (c.channel == Medium::Email) == email)
    };
    // An email wakes no contact: it makes none ready.
    let maybe = over(false, ChannelState::Unproven) || over(true, ChannelState::Ready);
    let verdict = match (
        over(false, ChannelState::Ready),
        maybe || over(true, ChannelState::Unproven),
    ) {
        (true, _) => Verdict::Ready,
        (false, true) => Verdict::Weak,
        (false, false) => Verdict::NotReady,
    };
    let mut to_do = Vec::new();
    if !told {
        to_do.push(ForContact::InviteAgain);
    }
    for channel in &channels {
        to_do.extend(advice(channel, verdict, c.drills));
    }
    if told && verdict == Verdict::NotReady && !outage(&channels) {
        to_do.push(ForContact::ChooseAnother);
    }
    to_do.dedup();
    ContactReadiness {
        contact: c.id,
        state: c.state,
        verdict,
        drills: told && c.drills,
        channels,
        to_do,
    }
}

/// An outage of this server is no reason to choose another contact.
fn outage(channels: &[ChannelReadiness]) -> bool {
    channels.iter().any(|c| c.state == ChannelState::Down)
}

fn advice(channel: &ChannelReadiness, verdict: Verdict, drills: bool) -> Option<ForContact> {
    use ChannelState::{Down, Failing, None as NoAddress, NotOffered, Ready, Stopped, Unproven};
    match (channel.channel, channel.state) {
        // What is wrong with a number, its texts have said; an email is an addition.
        (_, Ready | NotOffered | Down) | (Medium::Call | Medium::Email, _) => None,
        (Medium::Push, Unproven | Failing) => Some(ForContact::OpenApp),
        // Most contacts have a phone alone; who has no app lacks nothing.
        (Medium::Push, _) => None,
        (_, Stopped) => Some(ForContact::AllowTexts),
        (_, Failing | NoAddress) => Some(ForContact::CheckNumber),
        // There is a way already; that this one works too would be good to know, no more.
        (_, Unproven) if verdict == Verdict::Ready => None,
        (_, Unproven) => Some(if drills {
            ForContact::Rehearse
        } else {
            ForContact::JoinDrills
        }),
    }
}

fn channels(c: &Contact, limits: &config::Readiness, now: At) -> Vec<ChannelReadiness> {
    let mut all = vec![
        push(c, limits, now),
        text(c, limits, now),
        call(c, limits, now),
    ];
    if c.addresses.iter().any(|a| a.medium == Medium::Email) {
        all.push(ChannelReadiness {
            channel: Medium::Email,
            state: proven(c, Medium::Email, limits, now),
        });
    }
    all
}

fn push(c: &Contact, limits: &config::Readiness, now: At) -> ChannelReadiness {
    let state = best(c, Medium::Push, |address| {
        let fresh = within(address.seen_at, limits.push_days, now)
            || within(address.reached_at, limits.push_days, now);
        if fresh {
            ChannelState::Ready
        } else {
            ChannelState::Unproven
        }
    });
    ChannelReadiness {
        channel: Medium::Push,
        state,
    }
}

fn text(c: &Contact, limits: &config::Readiness, now: At) -> ChannelReadiness {
    // A STOP that the gateway told us of has ended the address too: what to do is still what it
    // says.
    let state = if c.stopped {
        ChannelState::Stopped
    } else {
        proven(c, Medium::Text, limits, now)
    };
    ChannelReadiness {
        channel: Medium::Text,
        state,
    }
}

/// Only a key that was pressed shows that calls arrive: that the number takes texts does not.
fn call(c: &Contact, limits: &config::Readiness, now: At) -> ChannelReadiness {
    let state = match c.stopped {
        true => ChannelState::Stopped,
        false => best(c, Medium::Call, |a| {
            match within(a.reached_at, limits.number_days, now) {
                true => ChannelState::Ready,
                false => ChannelState::Unproven,
            }
        }),
    };
    ChannelReadiness {
        channel: Medium::Call,
        state,
    }
}

/// Something was confirmed or answered there, or the contact said yes by it, not too long ago.
fn proven(c: &Contact, medium: Medium, limits: &config::Readiness, now: At) -> ChannelState {
    best(c, medium, |a| {
        let fresh = within(a.reached_at, limits.number_days, now)
            || within(a.seen_at, limits.accepted_days, now);
        if fresh {
            ChannelState::Ready
        } else {
            ChannelState::Unproven
        }
    })
}

/// The best of the contact's addresses over a medium: a contact may have the app on two phones.
fn best(c: &Contact, medium: Medium, judge: impl Fn(&Address) -> ChannelState) -> ChannelState {
    let states = c
        .addresses
        .iter()
        .filter(|a| a.medium == medium)
        .map(|address| {
            let dead = address
                .dead_at
                .is_some_and(|dead| address.reached_at.is_none_or(|reached| reached < dead));
            match (address.offered, dead) {
                (false, _) => ChannelState::NotOffered,
                (true, true) => ChannelState::Failing,
                (true, false) if !address.leaves => ChannelState::Down,
                (true, false) => judge(address),
            }
        });
    // The states are declared from best to worst.
    states.min().unwrap_or(ChannelState::None)
}

fn within(at: Option<At>, days: u64, now: At) -> bool {
    at.is_some_and(|at| now.since(at) <= Duration::from_secs(days * 24 * 60 * 60))
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;

//! How far each contact has been told, over which ways, and what keeps a message back: the truth,
//! by ids alone.

use serde::Serialize;
use utoipa::ToSchema;

use crate::alerts::store::{AlertRow, network_of};
use crate::clock::At;
use crate::delivery::facts::NotificationFact;
use crate::delivery::model::{Medium, NotificationState};
use crate::ids::ContactId;
use crate::network::model::Answer;
use crate::plan::model::{Purpose, Step};

/// Why a contact was not told: there is no address that works.
pub(in crate::alerts) const NO_ADDRESS: &str = "no_address";

/// How far one contact has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A drill, and this contact takes no part in drills: not told, and not counted.
    NotInDrills,
    /// Nothing could be sent: no address works.
    Failed,
    /// Nothing was delivered in time.
    Expired,
    /// On its way.
    Sending,
    /// The provider took it; no word from the phone yet.
    Sent,
    /// On the contact's phone.
    Delivered,
    /// Looked at.
    Seen,
    /// Answered.
    Answered,
}

/// One way to a contact, as her phone shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelView {
    /// Over what.
    pub channel: Medium,
    /// How far the message that got farthest.
    pub state: Reach,
    /// Why the last one failed, or has not left yet.
    pub reason: Option<String>,
    /// When it was sent, arrived, or was looked at.
    pub at: Option<At>,
    /// The same in her language.
    #[schema(example = "SMS: llegó a las 21:40:09")]
    pub words: String,
}

/// One contact, as her phone shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactView {
    /// Her app knows the name.
    pub contact: ContactId,
    /// How far.
    pub reach: Reach,
    /// Over what it was tried so far.
    pub over: Vec<Medium>,
    /// Why the last try failed, where one did.
    pub reason: Option<String>,
    /// What the contact said last.
    pub answer: Option<Answer>,
    /// When.
    pub answered_at: Option<At>,
    /// Each way that was tried, in the order of the tries.
    pub channels: Vec<ChannelView>,
    /// How far, in her language; without the contact's name.
    #[schema(example = "Va en camino. Contestó a las 21:40:41.")]
    pub words: String,
}

/// Her contacts at the press, in her order, and after them those who said yes since and were told.
pub(in crate::alerts) fn concerned(row: &AlertRow, facts: &[NotificationFact]) -> Vec<ContactId> {
    let mut all = network_of(row);
    let to_contacts = facts.iter().filter(|f| {
        let supervisor =
            Step::from_number(f.key.step).map(Step::purpose) == Some(Purpose::Supervisor);
        !supervisor && f.key.recipient != row.person.into()
    });
    for id in to_contacts.map(|f| f.key.recipient.contact()) {
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

/// How far each of these contacts has been told, without words.
pub(in crate::alerts) fn contact_views(
    ids: &[ContactId],
    facts: &[NotificationFact],
    answers: &[(ContactId, Answer, At)],
) -> Vec<ContactView> {
    ids.iter()
        .map(|id| contact_view(*id, facts, answers))
        .collect()
}

fn contact_view(
    contact: ContactId,
    facts: &[NotificationFact],
    answers: &[(ContactId, Answer, At)],
) -> ContactView {
    let mine: Vec<&NotificationFact> = facts
        .iter()
        .filter(|f| f.key.recipient == contact.into())
        .collect();
    let said = answers.iter().find(|(c, ..)| *c == contact);
    let answer = said.map(|(_, answer, _)| *answer);
    let best = mine
        .iter()
        .map(|f| reach(f.state))
        .max()
        .unwrap_or(Reach::Failed);
    let mut over: Vec<Medium> = mine.iter().map(|f| f.channel.medium()).collect();
    over.dedup();
    let mut media: Vec<Medium> = Vec::new();
    for medium in &over {
        if !media.contains(medium) {
            media.push(*medium);
        }
    }
    ContactView {
        contact,
        reach: if answer.is_some() {
            Reach::Answered
        } else {
            best
        },
        over,
        reason: match best {
            Reach::Failed | Reach::Expired => {
                mine.last().map_or(Some(NO_ADDRESS.to_owned()), |f| {
                    f.reason.map(|r| r.as_str().to_owned())
                })
            }
            _ => None,
        },
        answer,
        answered_at: said.map(|(.., at)| *at),
        channels: media
            .into_iter()
            .filter_map(|medium| channel_view(medium, &mine))
            .collect(),
        words: String::new(),
    }
}

/// The message over `medium` that got farthest, the first of equals, and what troubles the last one
/// where none arrived.
fn channel_view(medium: Medium, mine: &[&NotificationFact]) -> Option<ChannelView> {
    let over = || mine.iter().filter(|f| f.channel.medium() == medium);
    let best = over().rev().max_by_key(|f| reach(f.state))?;
    let state = reach(best.state);
    let at = match state {
        Reach::Sent => best.sent_at,
        Reach::Delivered => best.delivered_at,
        Reach::Seen => best.seen_at,
        _ => None,
    };
    let reason = over()
        .next_back()
        .filter(|_| state < Reach::Sent)
        .and_then(|f| f.reason);
    Some(ChannelView {
        channel: medium,
        state,
        reason: reason.map(|r| r.as_str().to_owned()),
        at,
        words: String::new(),
    })
}

fn reach(state: NotificationState) -> Reach {
    match state {
        NotificationState::Queued | NotificationState::Sending => Reach::Sending,
        NotificationState::Sent => Reach::Sent,
        NotificationState::Delivered => Reach::Delivered,
        NotificationState::Seen => Reach::Seen,
        NotificationState::Expired => Reach::Expired,
        NotificationState::Failed(_) => Reach::Failed,
    }
}

impl ContactView {
    /// This contact takes no part in drills.
    pub(in crate::alerts) fn leave_out(&mut self) {
        self.reach = Reach::NotInDrills;
        self.reason = None;
    }
}

/// No contact can be notified.
pub(in crate::alerts) fn hopeless(contacts: &[ContactView]) -> bool {
    contacts.iter().all(|c| c.reach <= Reach::Failed)
}

//! What has happened, as the people who did it know.

use super::*;

/// What has happened, as those who did it know.
#[derive(Default)]
pub struct Memory {
    /// The id that her phone gave each press.
    pub client_ids: BTreeMap<usize, ClientId>,
    /// Presses that were acknowledged.
    pub acknowledged: Vec<ClientId>,
    /// Ends that were asked for, and those that were acknowledged.
    pub ends_asked: BTreeSet<AlertId>,
    pub ends: BTreeSet<AlertId>,
    pub removed: BTreeMap<usize, At>,
    pub accepted: BTreeMap<usize, At>,
    pub answers: BTreeMap<(AlertId, usize), (Answer, At)>,
    /// What is on which friend's phone.
    pub arrived: BTreeSet<(usize, NotificationId)>,
    /// The latest link that a friend was sent.
    pub links: BTreeMap<usize, String>,
    /// Texts that the carrier took and lost, and calls that are over.
    pub lost: BTreeSet<NotificationId>,
    /// Presses that were drills.
    pub drills: BTreeSet<usize>,
    /// Since when a friend's number takes nothing.
    pub stopped: BTreeMap<usize, At>,
    /// Calls that go on.
    pub lines: Vec<Line>,
    /// What was said by key or text and not yet read.
    pub sayings: Vec<Saying>,
    /// Whose answer may or may not have come before the end.
    pub unsure: BTreeSet<(AlertId, usize)>,
    /// Her latest place, in order.
    pub places: Vec<(At, f64)>,
    pub unknown_offs: Vec<(At, Option<At>)>,
    /// How far a clock has ever been off, in seconds.
    pub most_off_s: u64,
    pub shift: Option<Presence>,
}

impl Memory {
    /// A message is on a friend's phone; phones drop what they have.
    pub fn arrived(&mut self, who: &str, message: &Shown) {
        let Some(friend) = friend_of(who) else { return };
        self.arrived.insert((friend, message.notification));
        if let Some((_, token)) = message.words.split_once("/w/") {
            self.links.insert(
                friend,
                token.chars().take_while(|c| !c.is_whitespace()).collect(),
            );
        }
    }
}

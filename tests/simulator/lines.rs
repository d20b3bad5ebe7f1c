//! What happens over numbers: calls that ring and are answered by a key, and texts that contacts
//! send back.

use std::time::Duration;

use ampara::clock::At;
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::model::{Channel, FailReason, NotificationEvent};
use ampara::ids::{AlertId, NotificationId};
use ampara::network::model::Answer;
use ampara::plan::model::{Purpose, Step};

use super::dice::Dice;
use super::invariants::{Book, Check, Since, broken};
use super::people::friend_of;
use super::provider::course;
use super::rows::{Picture, Row};
use super::world::{Event, World};

/// Where nothing answers it is tried again so long after.
const TRIES_AGAIN: Duration = Duration::from_millis(1_500);

/// A call that goes on.
pub struct Line {
    call: usize,
    friend: usize,
    row: Row,
}

/// What somebody said by a key or a text.
pub struct Saying {
    friend: usize,
    said: Option<Answer>,
    /// Of a key: of which call.
    call: Option<NotificationId>,
    /// What it answers.
    alert: AlertId,
    to_a_drill: bool,
    /// By the clock of who took it.
    at: At,
}

impl World {
    /// A call is put through. It counts as told when somebody picks up and listens.
    pub fn rings(&mut self, call: usize, friend: usize, row: Row, dice: Dice) {
        self.memory.lines.push(Line { call, friend, row });
        let course = course(dice, self.story.calm);
        if let Some((after, key)) = course.key {
            self.after(after, Event::Key(call, key));
        }
        self.after(course.ends, Event::HungUp(call, course.said));
    }

    /// Nobody has two calls about one alert at once, but for one that was put through twice or had
    /// to wait for its provider, and an alarm over a drill.
    pub fn judge_line(&mut self, friend: usize, row: &Row, name: &str) {
        let lasts = Duration::from_secs(self.config.plan.call_lasts_s);
        if row.created_at.plus(lasts) < self.now {
            return;
        }
        let rings = |line: &Line| {
            let same =
                line.friend == friend && line.row.subject == row.subject && line.row.id != row.id;
            let of_a_drill = line.row.step == Step::Drill.number();
            // One that was put through twice, since an answer was lost, may ring on after what has
            // ended the other.
            let twice = self.calls.iter().filter(|c| c.id == line.row.id).count() > 1;
            let ended =
                || twice && matches!(self.row(line.row.id).state.as_str(), "failed" | "seen");
            same && !of_a_drill
                && !ended()
                && line.row.created_at.plus(lasts) > self.now
                && !self.clocks_were_off_since(line.row.created_at)
        };
        if self.memory.lines.iter().any(rings) {
            self.breaks("nobody is called twice at once", name.to_owned());
        }
    }

    pub fn presses_key(&mut self, call: usize, key: &'static str) {
        let message = self.calls[call].message.clone();
        let Some((who, row)) = self.told_friend(&message) else {
            return;
        };
        let again = Event::Key(call, key);
        let Some(node) = self.somebody(call as u64 + 99) else {
            return self.after(TRIES_AGAIN, again);
        };
        let friend = friend_of(&who).unwrap();
        self.note(format!("F{friend} presses {key}"));
        self.memory.arrived(&who, &message);
        let (id, delivery) = (message.notification, self.nodes[node].delivery.clone());
        self.nodes[node].nudged = true;
        match self.drive(node, async move { delivery.hears_key(id, key).await }) {
            Some(Ok(())) => {}
            Some(Err(error)) => self.breaks("a receipt is taken", error.to_string()),
            None => return self.after(TRIES_AGAIN, again),
        }
        let purpose = Step::from_number(row.step).map(Step::purpose);
        let asks = matches!(
            purpose,
            Some(Purpose::Alarm | Purpose::PressedAgain | Purpose::Drill)
        );
        self.memory.sayings.push(Saying {
            friend,
            said: asks.then(|| answer(key)).flatten(),
            call: Some(id),
            alert: row.subject.alert(),
            to_a_drill: purpose == Some(Purpose::Drill),
            at: self.time_of(node),
        });
    }

    pub fn hangs_up(&mut self, call: usize, said: Option<FailReason>) {
        let id = self.calls[call].id;
        self.memory.lines.retain(|line| line.call != call);
        let Some(reason) = said else { return };
        self.memory.lost.insert(id);
        let Some(node) = self.somebody(call as u64 + 55) else {
            return self.after(TRIES_AGAIN, Event::HungUp(call, said));
        };
        let delivery = self.nodes[node].delivery.clone();
        self.nodes[node].nudged = true;
        match self.drive(node, async move {
            delivery
                .hears_of(id, NotificationEvent::Failed(reason))
                .await
        }) {
            Some(Ok(())) => {}
            Some(Err(error)) => self.breaks("a receipt is taken", error.to_string()),
            None => self.after(TRIES_AGAIN, Event::HungUp(call, said)),
        }
    }

    /// Who has a text of an open alert answers it; anybody may want no more.
    pub fn texts(&mut self, node: usize, friend: usize, words: &'static str) {
        let Some(from) = self.friends().get(friend).map(|f| f.number.as_str()) else {
            return;
        };
        let stops = matches!(words, "STOP" | "START");
        let texted = self.texted(friend);
        // By a clock that is far off a reply came before what it replies to.
        if !stops && (texted.is_none() || self.nodes[node].off_ms.abs() > 1_000) {
            return;
        }
        if words == "START" {
            self.memory.stopped.remove(&friend);
        }
        let delivery = self.nodes[node].delivery.clone();
        match self.drive(node, async move { delivery.hears_text(from, words).await }) {
            Some(Ok(())) => {}
            Some(Err(error)) => return self.breaks("a receipt is taken", error.to_string()),
            None => return,
        }
        if words == "STOP" {
            self.memory.stopped.entry(friend).or_insert(self.now);
        }
        let (Some((alert, to_a_drill)), at) = (
            texted.filter(|_| !stops && words != "?"),
            self.time_of(node),
        ) else {
            return;
        };
        self.memory.sayings.push(Saying {
            friend,
            said: answer(words),
            call: None,
            alert,
            to_a_drill,
            at,
        });
    }

    /// The open alert of which a friend's number has a text, and whether all it has is of a drill.
    fn texted(&self, friend: usize) -> Option<(AlertId, bool)> {
        let (alert, _, open) = self.her_alert()?;
        let has = |message: &Shown| {
            let text = message.channel == Channel::Sms && message.subject.alert() == alert;
            text && self
                .memory
                .arrived
                .contains(&(friend, message.notification))
        };
        let mut mine = self.calls.iter().filter(|c| has(&c.message)).peekable();
        mine.peek().filter(|_| open)?;
        let alarm = |id| {
            self.book
                .entries
                .get(id)
                .is_none_or(|entry| entry.step != Step::Drill.number())
        };
        Some((alert, !mine.any(|c| alarm(&c.id))))
    }

    /// What was said and has been read by now counts, the last word at the end.
    pub fn counts_what_was_read(&mut self) {
        let read = |saying: &Saying| {
            let same = self
                .picture
                .inbound
                .iter()
                .filter(|i| i.at == saying.at && i.notification == saying.call);
            same.map(|i| i.read_at.is_some())
                .next_back()
                .unwrap_or(false)
        };
        let (mut read, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.memory.sayings)
            .into_iter()
            .partition(read);
        self.memory.sayings = left;
        read.sort_by_key(|saying| saying.at);
        for Saying {
            friend,
            said,
            call,
            alert,
            to_a_drill,
            ..
        } in read
        {
            let now = self.picture.alerts.iter().find(|a| a.id == alert);
            let of_a_drill_that_is_none = to_a_drill && now.is_some_and(|a| !a.drill);
            // Whether it was read before the end nobody knows, nor whether a text of the alarm was
            // under way.
            if now.is_none_or(|a| a.state != "open") || (of_a_drill_that_is_none && call.is_none())
            {
                self.memory.unsure.insert((alert, friend));
            } else if let Some(said) =
                said.filter(|_| !of_a_drill_that_is_none && self.is_active(friend))
            {
                self.memory
                    .answers
                    .insert((alert, friend), (said, self.now));
                self.memory.unsure.remove(&(alert, friend));
            }
        }
    }

    /// What somebody said is read at once, as soon as a process is well.
    pub fn what_is_said_is_read(&self, book: &mut Book, picture: &Picture) -> Check {
        let unread = picture.inbound.iter().filter(|i| i.read_at.is_none());
        let was = std::mem::take(&mut book.unread);
        let now = book.since(self.now);
        book.unread = unread
            .map(|i| (i.id, was.get(&i.id).copied().unwrap_or(now)))
            .collect();
        let too_long = |since: &Since| book.for_how_long(*since, self.now) > self.slack();
        match book.unread.values().any(too_long) {
            true => broken("what somebody says is read", "it waits"),
            false => Ok(()),
        }
    }
}

fn answer(words: &str) -> Option<Answer> {
    match words {
        "1" | "Voy" => Some(Answer::OnMyWay),
        "2" | "no puedo" => Some(Answer::CannotHelp),
        _ => None,
    }
}

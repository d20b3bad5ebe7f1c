//! What processes do, and what befalls them.

use std::time::Duration;

use ampara::alerts::engine::run;
use ampara::clock::At;
use ampara::delivery::channels::verdict::Verdict;
use ampara::delivery::model::FailReason;
use ampara::delivery::model::{Channel, NotificationEvent};
use ampara::delivery::receipts::Receipt;
use ampara::delivery::{Sent, Waiting};

use super::dice::Dice;
use super::node::{Begun, Blow, Flight, Node, State, ended};
use super::people::friend_of;
use super::provider::{fate, receipts};
use super::story::When;
use super::world::{Call, Event, World};

impl World {
    /// Lets a process do something. `None`: it died of it.
    pub fn drive<T>(&mut self, node: usize, work: impl Future<Output = T>) -> Option<T> {
        self.nodes[node].clock.advance_to(self.time_of(node));
        self.edges.drives(Some(node));
        let done = ended(work);
        self.edges.drives(None);
        if let Some(back_after) = self.edges.sprung() {
            self.dies(node, back_after);
            return None;
        }
        assert!(
            done.is_some(),
            "a process waits for something that is no provider"
        );
        done
    }

    /// One look of a process's loops: the engine's, and the senders'.
    pub fn looks(&mut self, node: usize) {
        if self.nodes[node].state != State::Up {
            return;
        }
        let (alerts, delivery) = (
            self.nodes[node].alerts.clone(),
            self.nodes[node].delivery.clone(),
        );
        match self.drive(node, async move { run::tick(&alerts).await }) {
            None => return,
            Some(Ok(_)) => {}
            Some(Err(error)) => self.breaks("the database takes it", error.to_string()),
        }
        match self.drive(node, async move { delivery.look().await }) {
            None => return,
            Some(Ok(())) => {}
            Some(Err(error)) => self.breaks("the database takes it", error.to_string()),
        }
        self.sends(node);
    }

    /// Begins to send what this process has leased.
    pub fn sends(&mut self, node: usize) {
        let delivery = self.nodes[node].delivery.clone();
        let Some(waiting) = self.drive(node, async move { delivery.waiting().await }) else {
            return;
        };
        self.begins(node, waiting);
    }

    fn begins(&mut self, node: usize, waiting: Vec<Waiting>) {
        let boot = self.nodes[node].boot;
        for one in waiting {
            if self.nodes[node].boot != boot || self.nodes[node].state == State::Down {
                return;
            }
            if self.nodes[node].state == State::Up
                && let Some(blow) = self.nodes[node].blow_at(When::BeforeSend)
            {
                self.strikes(node, blow);
            }
            match self.nodes[node].state {
                State::Up => self.begins_one(node, one),
                State::Frozen => self.nodes[node].held.push(one),
                State::Down => {}
            }
        }
    }

    fn begins_one(&mut self, node: usize, waiting: Waiting) {
        let begun = {
            self.nodes[node].clock.advance_to(self.time_of(node));
            self.edges.drives(Some(node));
            let begun = self.nodes[node].begin(waiting);
            self.edges.drives(None);
            begun
        };
        if let Some(back_after) = self.edges.sprung() {
            return self.dies(node, back_after);
        }
        match begun {
            Begun::Done(None) => {}
            Begun::Done(Some(unsent)) => self.writes_down(node, *unsent),
            Begun::Flies(flight) => self.calls_provider(node, flight),
        }
    }

    fn calls_provider(&mut self, node: usize, mut flight: Flight) {
        let mut taken = self.nodes[node].line.take();
        assert_eq!(taken.len(), 1, "a send asks its provider once");
        let taken = taken.remove(0);
        let (who, row) = self.told(&taken.message);
        let nth = *self
            .called
            .entry((row.address, row.step))
            .and_modify(|n| *n += 1)
            .or_insert(0);
        let outage = self
            .outages
            .iter()
            .find(|(c, _, until)| *c == taken.message.channel && *until > self.now);
        let dice = self.fate_dice(&who, taken.message.channel, row.step, nth);
        let fate = fate(
            dice,
            taken.message.channel,
            self.story.calm,
            outage.map(|(_, how, _)| *how),
        );
        let call = self.calls.len();
        self.note(format!(
            "node {node} sends {}: {}",
            self.described(&who, &row),
            fate.word
        ));
        self.judge_call(node, &who, &row, &taken.message);
        self.calls.push(Call {
            id: taken.message.notification,
            node,
            boot: self.nodes[node].boot,
            at: self.now,
            message: taken.message,
            reply: Some(taken.reply),
            answer: fate.answer,
            again: false,
        });
        flight.call = call;
        self.nodes[node].flights.push(flight);
        self.after(fate.answers_after, Event::Answered(call));
        if let Some(after) = fate.arrives_after {
            self.after(after, Event::Arrives(call));
        }
    }

    /// What befalls a message depends on whom it is for, over what, and how often that was tried.
    fn fate_dice(&self, who: &str, channel: Channel, step: i64, nth: u64) -> Dice {
        let who = who.bytes().fold(0_u64, |all, b| all * 256 + u64::from(b));
        self.dice
            .with(who)
            .with(channel as u64)
            .with(step.unsigned_abs())
            .with(nth)
    }

    /// A provider's answer comes to the process that asked, if it is still there.
    pub fn answered(&mut self, call: usize) {
        let (node, boot) = (self.calls[call].node, self.calls[call].boot);
        if self.nodes[node].boot != boot || self.nodes[node].state == State::Down {
            return;
        }
        if self.nodes[node].state == State::Frozen {
            return self.nodes[node].late.push(call);
        }
        let Some(place) = self.nodes[node].flights.iter().position(|f| f.call == call) else {
            return;
        };
        let flight = self.nodes[node].flights.remove(place);
        let (answer, reply) = (
            self.calls[call].answer.clone(),
            self.calls[call].reply.take().unwrap(),
        );
        let _ = reply.send(answer);
        let landed = self.drive(node, async move { flight.lands() });
        if let Some(Some(sent)) = landed {
            self.writes_down(node, sent);
        }
    }

    fn writes_down(&mut self, node: usize, sent: Sent) {
        if let Some(blow) = self.nodes[node].blow_at(When::BeforeRecord) {
            self.strikes(node, blow);
        }
        match self.nodes[node].state {
            State::Down => return,
            State::Frozen => return self.nodes[node].unwritten.push(sent),
            State::Up => {}
        }
        let (id, delivery) = (sent.notification(), self.nodes[node].delivery.clone());
        let before = self
            .calls
            .iter()
            .rposition(|c| c.id == id && c.node == node);
        self.drive(node, async move { delivery.write_down(vec![sent]).await });
        if let Some(call) = before {
            self.calls[call].again =
                matches!(self.calls[call].answer.verdict, Verdict::Again { .. });
        }
        self.nodes[node].nudged = true;
    }

    pub fn strikes(&mut self, node: usize, blow: Blow) {
        match blow {
            Blow::Dies { back_after } => self.dies(node, back_after),
            Blow::Freezes { lasts } => self.freezes(node, lasts),
        }
    }

    /// What it had in its hands is gone; what it had begun to send is with the providers.
    pub fn dies(&mut self, node: usize, back_after: Duration) {
        if self.nodes[node].state == State::Down {
            return;
        }
        self.note(format!("node {node} dies"));
        let (n, now) = (&mut self.nodes[node], self.now);
        n.state = State::Down;
        n.flights.clear();
        n.held.clear();
        n.unwritten.clear();
        n.late.clear();
        n.absences.push((now, None));
        let boot = n.boot;
        self.after(back_after, Event::Back(node, boot));
    }

    pub fn comes_back(&mut self, node: usize, boot: u64) {
        if self.nodes[node].boot != boot || self.nodes[node].state != State::Down {
            return;
        }
        self.note(format!("node {node} starts"));
        let (old, now) = (&self.nodes[node], self.now);
        let mut absences = old.absences.clone();
        if let Some((_, to)) = absences.last_mut() {
            *to = Some(now);
        }
        let dice = self.dice.with(node as u64).with(boot + 1);
        let at = self.time_of(node);
        // A machine's clock that is ahead is put right before: forward it ends what ends by time.
        let wall = old.clock.wall().micros() - old.clock.now().micros();
        let wall = At::from_micros(at.micros() + wall.min(0));
        let fresh = Node::start(&self.db, &self.config, dice, (at, wall));
        let off_ms = old.off_ms + fresh.off_ms;
        let off_s = off_ms.unsigned_abs().div_ceil(1_000);
        self.memory.most_off_s = self.memory.most_off_s.max(off_s);
        if off_ms.abs() > 1_000 {
            self.memory
                .unknown_offs
                .push((now, Some(now.plus(Duration::from_secs(3)))));
        }
        self.nodes[node] = Node {
            boot: boot + 1,
            absences,
            off_ms,
            ..fresh
        };
    }

    pub fn freezes(&mut self, node: usize, lasts: Duration) {
        if self.nodes[node].state != State::Up {
            return;
        }
        self.note(format!("node {node} freezes"));
        if self.nodes[node].off_ms.abs() > 1_000 {
            // Frozen, it compares its clock with nobody's: only when it goes on.
            self.memory.unknown_offs.push((
                self.now,
                Some(self.now.plus(lasts + Duration::from_secs(3))),
            ));
        }
        let (n, now) = (&mut self.nodes[node], self.now);
        n.state = State::Frozen;
        n.absences.push((now, None));
        let boot = n.boot;
        self.after(lasts, Event::Thaws(node, boot));
    }

    /// It goes on where it was, and does not know that time has passed.
    pub fn thaws(&mut self, node: usize, boot: u64) {
        if self.nodes[node].boot != boot || self.nodes[node].state != State::Frozen {
            return;
        }
        self.note(format!("node {node} goes on"));
        let (n, now) = (&mut self.nodes[node], self.now);
        n.state = State::Up;
        n.nudged = true;
        if let Some((_, to)) = n.absences.last_mut() {
            *to = Some(now);
        }
        let (unwritten, late, held) = (
            std::mem::take(&mut n.unwritten),
            std::mem::take(&mut n.late),
            std::mem::take(&mut n.held),
        );
        for sent in unwritten {
            self.writes_down(node, sent);
        }
        for call in late {
            self.answered(call);
        }
        self.begins(node, held);
    }

    /// A message is on the phone.
    pub fn arrives(&mut self, call: usize) {
        let (id, message) = (self.calls[call].id, self.calls[call].message.clone());
        let Some((who, row)) = self.told_friend(&message) else {
            return;
        };
        let dice = self.fate_dice(&who, message.channel, row.step, 1_000 + call as u64);
        if message.channel == Channel::Voice {
            return self.rings(call, friend_of(&who).unwrap(), row, dice);
        }
        self.memory.arrived(&who, &message);
        if message.channel == Channel::Email {
            return;
        }
        let text = message.channel == Channel::Sms;
        // The carrier loses some that it took.
        if text && !self.story.calm && dice.with(9).percent(8) {
            self.memory.lost.insert(id);
            return self.after(
                Duration::from_secs(dice.with(8).between(1, 40)),
                Event::Carrier(call, false),
            );
        }
        let said = receipts(dice, self.story.calm);
        for after in said.delivered {
            let event = if text {
                Event::Carrier(call, true)
            } else {
                Event::Receipt(call, Receipt::Delivered)
            };
            self.after(after, event);
        }
        if let (false, Some(after)) = (text, said.seen) {
            self.after(after, Event::Receipt(call, Receipt::Seen));
        }
    }

    pub fn carrier_says(&mut self, call: usize, delivered: bool) {
        let Some(node) = self.somebody(call as u64) else {
            return self.after(Duration::from_secs(5), Event::Carrier(call, delivered));
        };
        let (id, delivery) = (self.calls[call].id, self.nodes[node].delivery.clone());
        let said = if delivered {
            NotificationEvent::Delivered
        } else {
            NotificationEvent::Failed(FailReason::Undelivered)
        };
        self.nodes[node].nudged = true;
        match self.drive(node, async move { delivery.hears_of(id, said).await }) {
            Some(Ok(())) => {}
            Some(Err(error)) => self.breaks("a receipt is taken", error.to_string()),
            None => self.after(Duration::from_secs(5), Event::Carrier(call, delivered)),
        }
    }

    /// A process that takes a request, if there is one.
    pub fn somebody(&self, of: u64) -> Option<usize> {
        let up: Vec<usize> = (0..self.nodes.len())
            .filter(|n| self.nodes[*n].state == State::Up)
            .collect();
        (!up.is_empty()).then(|| self.dice.with(4_242).with(of).pick(&up))
    }

    /// Until when a clock that was off could do harm: it is found out within ten seconds.
    pub fn clocks_were_off_since(&self, at: At) -> bool {
        self.memory
            .unknown_offs
            .iter()
            .any(|(from, to)| *from <= self.now && to.is_none_or(|to| to >= at))
    }
}

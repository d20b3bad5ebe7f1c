//! Virtual time, and all that is to come in it.
//!
//! Time goes from one moment at which something happens to the next: an act, a provider's answer, a
//! receipt, or what the database says is due. At each such moment the processes that live do what
//! their loops would do, and then the invariants are looked at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ampara::clock::At;
use ampara::config::Config;
use ampara::db::Db;
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::channels::verdict::Answer;
use ampara::delivery::model::{Channel, FailReason};
use ampara::delivery::receipts::Receipt;
use ampara::ids::NotificationId;
use tokio::sync::oneshot;

use super::cast::{Her, cast, evening};
use super::dice::Dice;
use super::invariants::Book;
use super::node::{Edges, Node, State, ended};
use super::people::Memory;
use super::rows::Picture;
use super::story::{Failing, Story};

/// How often a process's loops look by themselves.
const LOOK: Duration = Duration::from_millis(500);
/// How often a process says that it lives.
const BEAT: Duration = Duration::from_secs(2);
/// How often it compares its clock.
const COMPARE: Duration = Duration::from_secs(10);
/// After the last act, until all that is owed has had to end.
const AFTERWARDS: Duration = Duration::from_secs(700);
/// More moments than any story has: something spins.
const RESTLESS: usize = 20_000;

/// Something that is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An act of the story, by its place in it, once more where nobody was there to take it.
    Act(usize),
    Answered(usize),
    Arrives(usize),
    /// The carrier reports on a text.
    Carrier(usize, bool),
    /// A friend's phone reports on a push.
    Receipt(usize, Receipt),
    /// Who was called presses a key.
    Key(usize, &'static str),
    /// A call is over, and the gateway may say how.
    HungUp(usize, Option<FailReason>),
    Back(usize, u64),
    Thaws(usize, u64),
    ClockMended(usize, i64),
}

/// A message that a provider was asked to take.
pub struct Call {
    pub id: NotificationId,
    pub node: usize,
    pub boot: u64,
    pub at: At,
    pub message: Shown,
    pub reply: Option<oneshot::Sender<Answer>>,
    pub answer: Answer,
    /// It said "again", and that was written down.
    pub again: bool,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub rule: &'static str,
    pub what: String,
}

/// What came of a story.
pub struct Outcome {
    pub broken: Option<Broken>,
    pub trace: Vec<String>,
    /// Virtual time that passed.
    pub lasted: Duration,
}

pub struct World {
    pub story: Story,
    pub dice: Dice,
    pub now: At,
    pub db: Db,
    pub config: Arc<Config>,
    pub edges: Arc<Edges>,
    pub nodes: Vec<Node>,
    pub agenda: BTreeMap<(At, u64), Event>,
    entered: u64,
    pub calls: Vec<Call>,
    /// Calls to an address so far.
    pub called: BTreeMap<(ampara::ids::AddressId, i64), u64>,
    pub outages: Vec<(Channel, Failing, At)>,
    pub memory: Memory,
    pub book: Book,
    /// As it was at the end of the latest moment, or before the latest act.
    pub picture: Picture,
    pub broken: Option<Broken>,
    pub trace: Vec<String>,
}

impl World {
    pub fn of(story: Story) -> Self {
        let (cast, edges) = (cast(), Arc::new(Edges::default()));
        let alone = story.nodes == 1;
        let mut config = cast.config.clone();
        config.plan.expires_s = story.expires_s;
        // No console beats here: who is on shift is so until the story says otherwise.
        config.escalation.presence_s = 200_000;
        if story.calls {
            "AC".clone_into(&mut config.voice.account_sid);
        }
        let (config, dice) = (Arc::new(config), Dice::of(story.seed).with(7_777));
        let db = Db::in_memory(&cast.template, alone, edges.lives()).unwrap();
        let nodes = (0..story.nodes)
            .map(|n| Node::start(&db, &config, dice.with(n as u64), (evening(), evening())))
            .collect();
        let mut world = Self {
            memory: Memory::default(),
            book: Book::default(),
            picture: Picture::default(),
            dice,
            now: evening(),
            db,
            config,
            edges,
            nodes,
            agenda: BTreeMap::new(),
            entered: 0,
            calls: Vec::new(),
            called: BTreeMap::new(),
            outages: Vec::new(),
            broken: None,
            trace: Vec::new(),
            story,
        };
        world.set_shift(world.story.on_shift);
        for (place, act) in world.story.acts.clone().into_iter().enumerate() {
            world.enter(evening().plus(act.at), Event::Act(place));
        }
        world
    }

    /// Plays a story to its end, or to the first broken rule.
    pub fn play(story: Story) -> Outcome {
        let mut world = Self::of(story);
        let end = evening().plus(world.story.ends + AFTERWARDS);
        for moment in 0.. {
            let Some(next) = world.next_moment().filter(|at| *at <= end) else {
                break;
            };
            world.book.time_passes(world.now, next, world.is_well());
            world.now = next;
            world.happens();
            world.look_around();
            if moment % 5 == 0 {
                (0..world.friends().len()).for_each(|friend| world.judge_what_is_seen(friend));
            }
            if moment == RESTLESS {
                world.breaks(
                    "it comes to rest",
                    "more moments than any story has".to_owned(),
                );
            }
            if world.broken.is_some() {
                break;
            }
        }
        if world.broken.is_none() {
            world.now = end;
            world.look_back();
        }
        Outcome {
            broken: world.broken,
            lasted: world.now.since(evening()),
            trace: world.trace,
        }
    }

    pub fn her(&self) -> &'static Her {
        &cast().hers[self.story.she]
    }

    pub fn enter(&mut self, at: At, event: Event) {
        self.entered += 1;
        self.agenda.insert((at, self.entered), event);
    }

    pub fn after(&mut self, pause: Duration, event: Event) {
        self.enter(self.now.plus(pause), event);
    }

    pub fn note(&mut self, what: impl AsRef<str>) {
        self.trace.push(format!(
            "{:10.3}  {}",
            self.now.since(evening()).as_secs_f64(),
            what.as_ref()
        ));
    }

    /// The first rule that is broken counts.
    pub fn breaks(&mut self, rule: &'static str, what: String) {
        if self.broken.is_none() {
            self.note(format!("BROKEN: {rule}: {what}"));
            self.broken = Some(Broken { rule, what });
        }
    }

    /// Whether some process does its work as it should.
    pub fn is_well(&self) -> bool {
        self.nodes
            .iter()
            .any(|n| n.state == State::Up && (self.db.is_alone() || n.leases()))
    }

    /// A look at the database that is no process's.
    pub fn look(&self) -> Picture {
        self.edges.drives(None);
        ended(self.db.read(Picture::take)).unwrap().unwrap()
    }

    fn next_moment(&self) -> Option<At> {
        let planned = self.agenda.keys().next().map(|(at, _)| *at);
        let due = self.book.next_due().and_then(|due| self.next_look(due));
        let up = (0..self.nodes.len()).filter(|n| self.nodes[*n].state == State::Up);
        let beat = if self.book.any_sending() {
            up.map(|n| self.next_beat(n)).min()
        } else {
            None
        };
        [planned, due, beat].into_iter().flatten().min()
    }

    /// When a process says next that it lives, and looks for the rows of those that do not.
    fn next_beat(&self, node: usize) -> At {
        let (every, phase) = (
            i64::try_from(BEAT.as_micros()).unwrap(),
            230_000 + 900_000 * i64::try_from(node).unwrap(),
        );
        At::from_micros((self.now.micros() - phase).div_euclid(every) * every + every + phase)
    }

    /// When a process that lives looks next once that moment has come by its own clock.
    fn next_look(&self, due: At) -> Option<At> {
        let up = self.nodes.iter().filter(|n| n.state == State::Up);
        let seen = up
            .map(|n| At::from_micros(due.micros() - n.off_ms * 1_000))
            .min()?;
        let look = i64::try_from(LOOK.as_micros()).unwrap();
        let on_grid = |at: i64| At::from_micros(at.div_euclid(look) * look + look);
        Some(on_grid(seen.micros() - 1).max(on_grid(self.now.micros())))
    }

    fn happens(&mut self) {
        self.beats();
        while let Some(((_, _), event)) = self
            .agenda
            .first_key_value()
            .map(|(k, e)| (*k, *e))
            .filter(|(k, _)| k.0 <= self.now)
        {
            self.agenda.pop_first();
            self.take(event);
        }
        let first = usize::try_from(
            self.dice
                .with(u64::try_from(self.now.micros()).unwrap())
                .below(2),
        )
        .unwrap();
        for n in 0..self.nodes.len() {
            let node = (n + first) % self.nodes.len();
            let beats = self.book.any_sending() && self.next_beat(node) == self.now.plus(BEAT);
            if self.nodes[node].nudged || beats || self.book.is_due(self.time_of(node)) {
                self.nodes[node].nudged = false;
                self.looks(node);
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Act(place) => self.acts(place),
            Event::Answered(call) => self.answered(call),
            Event::Arrives(call) => self.arrives(call),
            Event::Carrier(call, delivered) => self.carrier_says(call, delivered),
            Event::Receipt(call, said) => self.phone_says(call, said),
            Event::Key(call, key) => self.presses_key(call, key),
            Event::HungUp(call, said) => self.hangs_up(call, said),
            Event::Back(node, boot) => self.comes_back(node, boot),
            Event::Thaws(node, boot) => self.thaws(node, boot),
            Event::ClockMended(node, by_ms) => {
                self.nodes[node].off_ms -= by_ms;
                self.note(format!("node {node}'s clock is put right"));
            }
        }
    }

    /// What a process's clock says now.
    pub fn time_of(&self, node: usize) -> At {
        At::from_micros(self.now.micros() + self.nodes[node].off_ms * 1_000)
    }

    /// Every process that lives has said so within two seconds, and has compared its clock within
    /// ten.
    fn beats(&mut self) {
        // In the real world a node whose clock is right has said that it lives at most 2 s ago; here none
        // says so while nothing happens.
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by_key(|n| self.nodes[*n].off_ms.abs() > 1_000);
        for n in order {
            let node = &self.nodes[n];
            if node.state != State::Up || node.beat_at.is_some_and(|at| self.now.since(at) < BEAT) {
                continue;
            }
            let compares = node
                .compared_at
                .is_none_or(|at| self.now.since(at) >= COMPARE);
            self.nodes[n].beat_at = Some(self.now);
            let delivery = self.nodes[n].delivery.clone();
            if compares && !self.db.is_alone() {
                self.nodes[n].compared_at = Some(self.now);
                self.nodes[n].clock.advance_to(self.time_of(n));
                delivery.compare_clocks_with(self.now);
            }
            if let Some(Err(error)) = self.drive(n, async move { delivery.says_it_lives().await }) {
                self.breaks("the database takes it", error.to_string());
            }
        }
    }
}

//! Processes: started, driven one step at a time, frozen between two steps, killed at any edge of
//! any write.
//!
//! Nothing in here waits. The database runs on this thread and the providers answer when the world
//! says so, so a future that is polled once is either done, or at a provider, or belongs to a
//! process that has just died.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ampara::alerts::engine::ahead::begin_clock;
use ampara::alerts::{Alerts, OutcomeHook};
use ampara::bus::Bus;
use ampara::clock::{At, Clock};
use ampara::config::Config;
use ampara::db::{Db, Edge, Lives};
use ampara::delivery::{Channels, Delivery, Outbox, Sent, Waiting};
use ampara::escalation::CentreCache;
use ampara::foundation::Foundation;
use ampara::ids::NotificationId;

use super::cast::cast;
use super::dice::Dice;
use super::provider::Line;
use super::story::When;

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Up,
    Down,
    Frozen,
}

/// What is to befall a process at a point of its work.
#[derive(Clone, Copy, Debug)]
pub enum Blow {
    Dies { back_after: Duration },
    Freezes { lasts: Duration },
}

/// A send whose answer has not come.
pub struct Flight {
    pub id: NotificationId,
    pub call: usize,
    future: Pin<Box<dyn Future<Output = Option<Sent>>>>,
}

pub struct Node {
    pub clock: Clock,
    pub alerts: Alerts,
    pub delivery: Delivery,
    pub line: Arc<Line>,
    pub state: State,
    /// Which process of this node.
    pub boot: u64,
    /// How far its clock is ahead, in milliseconds.
    pub off_ms: i64,
    pub flights: Vec<Flight>,
    /// Leased, not begun, when it froze.
    pub held: Vec<Waiting>,
    /// Answered, not written down, when it froze.
    pub unwritten: Vec<Sent>,
    /// Answers that came while it was frozen.
    pub late: Vec<usize>,
    pub blows: Vec<(When, Blow)>,
    pub beat_at: Option<At>,
    pub compared_at: Option<At>,
    /// Something happened here that its loops are told of.
    pub nudged: bool,
    /// Spans in which it was dead or frozen.
    pub absences: Vec<(At, Option<At>)>,
}

impl Node {
    /// Starts at a moment of the clock that it goes by, on a machine whose clock says `wall`.
    pub fn start(db: &Db, config: &Arc<Config>, dice: Dice, (at, wall): (At, At)) -> Self {
        let clock = Clock::manual(at);
        let foundation = Foundation {
            db: db.clone(),
            bus: Bus::default(),
            keys: Arc::clone(&cast().keys),
            clock: clock.clone(),
            config: Arc::clone(config),
            meters: Arc::default(),
        };
        if db.is_alone() {
            clock.put_to(wall);
            ended(begin_clock(&foundation)).unwrap().unwrap();
        }
        clock.put_to(wall);
        let (outbox, line) = (Outbox::new(&config.delivery), Line::new(dice));
        let channels = Channels {
            script: Some(Arc::clone(&line) as _),
            ..Channels::default()
        };
        let outcome_hook = Arc::new(OutcomeHook(foundation.clone()));
        let off_ms = (clock.now().micros() - at.micros()) / 1_000;
        Self {
            clock,
            alerts: Alerts::new(foundation.clone(), outbox.clone(), CentreCache::default()),
            delivery: Delivery::new(foundation, outbox, channels, outcome_hook),
            line,
            state: State::Up,
            boot: 0,
            off_ms,
            flights: Vec::new(),
            held: Vec::new(),
            unwritten: Vec::new(),
            late: Vec::new(),
            blows: Vec::new(),
            beat_at: None,
            compared_at: None,
            nudged: true,
            absences: Vec::new(),
        }
    }

    /// Whether it leases, by design: its clock is near enough.
    pub fn leases(&self) -> bool {
        self.state == State::Up && self.off_ms.abs() <= 1_000
    }

    /// Whether it was dead or frozen at some moment since.
    pub fn was_away_since(&self, at: At) -> bool {
        self.absences
            .iter()
            .any(|(_, to)| to.is_none_or(|to| to >= at))
    }

    /// Whether it has the row in its hands.
    pub fn holds(&self, id: NotificationId) -> bool {
        self.flights.iter().any(|f| f.id == id)
            || self.held.iter().any(|w| w.notification() == id)
            || self.unwritten.iter().any(|s| s.notification() == id)
    }

    /// What befalls it at that point, if anything does.
    pub fn blow_at(&mut self, point: When) -> Option<Blow> {
        let found = self.blows.iter().position(|(when, _)| *when == point)?;
        Some(self.blows.remove(found).1)
    }

    /// Begins a send: done at once, or on its way with a provider.
    pub fn begin(&self, waiting: Waiting) -> Begun {
        let (id, delivery) = (waiting.notification(), self.delivery.clone());
        let mut future: Pin<Box<dyn Future<Output = Option<Sent>>>> =
            Box::pin(async move { delivery.send(waiting).await });
        match poll(future.as_mut()) {
            Poll::Ready(done) => Begun::Done(done.map(Box::new)),
            Poll::Pending => Begun::Flies(Flight {
                id,
                call: usize::MAX,
                future,
            }),
        }
    }
}

pub enum Begun {
    /// Not sent; or the right to it was lost.
    Done(Option<Box<Sent>>),
    Flies(Flight),
}

impl Flight {
    /// After the answer has been given.
    pub fn lands(mut self) -> Option<Sent> {
        match poll(self.future.as_mut()) {
            Poll::Ready(sent) => sent,
            Poll::Pending => panic!("a send waits for more than its provider"),
        }
    }
}

/// Drives a future as far as it goes by itself.
pub fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// As [`poll`], of a future that is dropped where it does not end.
pub fn ended<T>(future: impl Future<Output = T>) -> Option<T> {
    match poll(pin!(future)) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Where in their writes processes die.
#[derive(Default)]
pub struct Edges(Mutex<Armed>);

#[derive(Default)]
struct Armed {
    driving: Option<usize>,
    traps: Vec<(usize, Edge, u32, Duration)>,
    sprung: Option<Duration>,
}

impl Edges {
    pub fn lives(self: &Arc<Self>) -> Lives {
        let edges = Arc::clone(self);
        Arc::new(move |edge| edges.cross(edge))
    }

    pub fn drives(&self, node: Option<usize>) {
        self.0.lock().unwrap().driving = node;
    }

    pub fn arm(&self, node: usize, when: When, back_after: Duration) {
        let (edge, n) = match when {
            When::BeforeWrite(n) => (Edge::Before, n),
            When::AfterWrite(n) => (Edge::After, n),
            _ => return,
        };
        self.0
            .lock()
            .unwrap()
            .traps
            .push((node, edge, n, back_after));
    }

    /// How long the process that was driven is dead, if it has just died.
    pub fn sprung(&self) -> Option<Duration> {
        self.0.lock().unwrap().sprung.take()
    }

    fn cross(&self, edge: Edge) -> bool {
        let mut armed = self.0.lock().unwrap();
        let Some(driving) = armed.driving else {
            return true;
        };
        let mut sprung = None;
        armed.traps.retain_mut(|(node, at, left, back_after)| {
            if *node != driving || *at != edge || sprung.is_some() {
                return true;
            }
            if *left > 0 {
                *left -= 1;
                return true;
            }
            sprung = Some(*back_after);
            false
        });
        armed.sprung = sprung;
        sprung.is_none()
    }
}

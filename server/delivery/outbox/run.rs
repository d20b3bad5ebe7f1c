//! The senders of one process: what runs, and for how long.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::breaker::Breakers;
use super::follow_up::OutcomeHook;
use super::handoff::Outbox;
use super::outcome::Outcome;
use super::stats::Counters;
use crate::clock::At;
use crate::config as settings;
use crate::db::DbError;
use crate::delivery::channels::Channels;
use crate::delivery::model::NotificationState;
use crate::foundation::Foundation;
use crate::watched::watched;

/// How long to wait for room before looking again.
const NO_ROOM: Duration = Duration::from_millis(5);
/// Groups of outcomes that are being written at once.
const GROUPS: usize = 4;
/// How long a group that is not full waits for the other messages of its alert: one commit instead
/// of two or three.
const BATCH_WINDOW: Duration = Duration::from_millis(3);

/// The senders. Clones share them.
#[derive(Clone)]
pub struct Delivery(Arc<Parts>);

/// The times of the settings, as times.
pub(in crate::delivery) struct Times {
    /// How long a send may take: a lease must outlast it.
    pub(in crate::delivery) margin: Duration,
    /// How long a provider has for a whole send, the access token included.
    pub(in crate::delivery) send: Duration,
    /// How long this process is believed to live after a sign of life.
    pub(in crate::delivery) alive: Duration,
    beat: Duration,
    /// How long a provider may do nothing but fail before its breaker opens.
    pub(in crate::delivery) patience: Duration,
    clock_check: Duration,
    pub(in crate::delivery) clock_slack: Duration,
    /// How often a process looks for due rows by itself. A nudge is only quicker; this is what is
    /// relied upon.
    look: Duration,
}

impl Times {
    fn of(settings: &settings::Delivery) -> Self {
        let (secs, millis) = (Duration::from_secs, Duration::from_millis);
        Self {
            margin: secs(settings.lease_margin_s),
            send: millis(settings.total_timeout_ms),
            alive: secs(settings.alive_s),
            beat: secs(settings.alive_period_s.max(1)),
            patience: secs(settings.breaker_open_s)
                .saturating_sub(millis(settings.total_timeout_ms)),
            clock_check: secs(settings.clock_check_s),
            clock_slack: millis(settings.clock_slack_ms),
            look: millis(settings.poll_ms.max(10)),
        }
    }
}

/// What the recorder holds: outside of its loop, so that no outcome is lost if the loop panics.
struct Recording {
    written: UnboundedReceiver<Outcome>,
    /// Outcomes that are taken and not yet being written.
    group: Vec<Outcome>,
    writing: JoinSet<()>,
}

impl Recording {
    fn of(written: UnboundedReceiver<Outcome>) -> Self {
        Self {
            written,
            group: Vec::new(),
            writing: JoinSet::new(),
        }
    }
}

pub(in crate::delivery) struct Parts {
    pub(in crate::delivery) foundation: Foundation,
    pub(in crate::delivery) outbox: Outbox,
    pub(in crate::delivery) channels: Channels,
    pub(in crate::delivery) outcome_hook: Arc<dyn OutcomeHook>,
    pub(in crate::delivery) breakers: Breakers,
    pub(in crate::delivery) counters: Counters,
    /// Sends in flight: begun, and their outcome not yet written.
    pub(in crate::delivery) pushes: Arc<Semaphore>,
    /// Apart from the pushes, so that a gateway that hangs holds up none of them.
    pub(in crate::delivery) texts: Arc<Semaphore>,
    /// And apart from the texts.
    pub(in crate::delivery) calls: Arc<Semaphore>,
    /// Apart from both, for the same reason: a relay and other people's machines.
    pub(in crate::delivery) emails: Arc<Semaphore>,
    times: Times,
    /// Outcomes in one transaction.
    group: usize,
    /// One step at a time.
    stepping: Mutex<()>,
}

impl Delivery {
    /// Senders that do not run yet.
    #[must_use]
    pub fn new(
        foundation: Foundation,
        outbox: Outbox,
        channels: Channels,
        outcome_hook: Arc<dyn OutcomeHook>,
    ) -> Self {
        let settings = &foundation.config.delivery;
        let (in_flight, group, times) = (
            settings.in_flight,
            settings.outcome_group.max(1),
            Times::of(settings),
        );
        Self(Arc::new(Parts {
            foundation,
            outbox,
            channels,
            outcome_hook,
            breakers: Breakers::default(),
            counters: Counters::default(),
            pushes: Arc::new(Semaphore::new(in_flight)),
            texts: Arc::new(Semaphore::new((in_flight / 4).max(1))),
            calls: Arc::new(Semaphore::new((in_flight / 4).max(1))),
            emails: Arc::new(Semaphore::new((in_flight / 4).max(1))),
            times,
            group,
            stepping: Mutex::new(()),
        }))
    }

    pub(in crate::delivery) fn parts(&self) -> &Parts {
        &self.0
    }

    pub(in crate::delivery) fn times(&self) -> &Times {
        &self.0.times
    }

    pub(in crate::delivery) fn now(&self) -> At {
        self.0.foundation.clock.now()
    }

    /// The outbox that rows are handed over to.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// The channels, for `doctor`.
    #[must_use]
    pub fn channels(&self) -> &Channels {
        &self.0.channels
    }

    /// Runs until `stop` turns true, then lets what is in flight end and frees what waits. On a
    /// manual clock it only waits: a test steps.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        if self.0.foundation.clock.is_manual() {
            let _ = stop.wait_for(|s| *s).await;
            return;
        }
        let (outcomes, written) = unbounded_channel();
        let mut loops = JoinSet::new();
        let (this, at) = (self.clone(), stop.clone());
        loops.spawn(watched("delivery signs of life", stop.clone(), move || {
            this.clone().keep_beating(at.clone())
        }));
        let (this, at) = (self.clone(), stop.clone());
        loops.spawn(watched("delivery finder", stop.clone(), move || {
            this.clone().keep_finding(at.clone())
        }));
        let (this, at) = (self.clone(), stop.clone());
        loops.spawn(watched("delivery sender", stop, move || {
            this.clone().keep_sending(outcomes.clone(), at.clone())
        }));
        // Ends when the last send in flight has dropped its end of the channel, which may be after
        // the stop: what is in flight then is recorded even if this loop panics.
        let (this, recording) = (self.clone(), Arc::new(Mutex::new(Recording::of(written))));
        let (done, is_done) = watch::channel(false);
        loops.spawn(watched("delivery recorder", is_done, move || {
            let (this, recording, done) = (this.clone(), Arc::clone(&recording), done.clone());
            async move {
                this.keep_recording(&mut *recording.lock().await).await;
                done.send_replace(true);
            }
        }));
        while loops.join_next().await.is_some() {}
        if let Err(e) = self.give_back().await {
            tracing::warn!(error = %e, "rows not given back at the stop: their leases run out by themselves");
        }
    }

    /// One pass: frees the rows of dead senders, claims what is due, sends it, and waits until all
    /// is recorded. The number of rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn step(&self) -> Result<usize, DbError> {
        use futures_util::StreamExt as _;
        let _alone = self.0.stepping.lock().await;
        self.look().await?;
        let waiting = self.0.outbox.take_waiting().await;
        let outcomes: Vec<Option<Outcome>> = futures_util::stream::iter(waiting)
            .map(|(job, slot)| async {
                // All are recorded at the end of the step: none may wait for another's record.
                self.send_one(job, slot).await.map(|outcome| Outcome {
                    turn: None,
                    ..outcome
                })
            })
            .buffer_unordered(self.0.foundation.config.delivery.in_flight.max(1))
            .collect()
            .await;
        let mut outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
        let sent = outcomes.len();
        while !outcomes.is_empty() {
            let rest = outcomes.split_off(outcomes.len().min(self.0.group));
            self.record(std::mem::replace(&mut outcomes, rest)).await;
        }
        Ok(sent)
    }

    /// Steps until nothing is due, follow-ups included. The number of rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn drain_due(&self) -> Result<usize, DbError> {
        let mut total = 0;
        loop {
            match self.step().await? {
                0 => return Ok(total),
                some => total += some,
            }
        }
    }

    async fn keep_beating(self, mut stop: watch::Receiver<bool>) {
        let mut beats = interval(self.0.times.beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut compared: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return,
                _ = beats.tick() => {}
            }
            if compared.is_none_or(|at| at.elapsed() >= self.0.times.clock_check) {
                compared = Some(Instant::now());
                self.tell(self.compare_clocks().await);
                let this = self.clone();
                tokio::spawn(async move { this.parts().channels.stay_ready().await });
            }
            self.tell(self.beat().await);
            self.tell(self.free_dead().await.map(|_| ()));
        }
    }

    async fn keep_finding(self, mut stop: watch::Receiver<bool>) {
        let mut looks = interval(self.0.times.look);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return,
                _ = looks.tick() => {}
                () = self.0.outbox.nudged() => {}
                () = self.0.foundation.bus.delivery_nudged() => {}
            }
            self.find_all(&stop).await;
        }
    }

    /// Claims until nothing is due, waiting for room where there is none.
    async fn find_all(&self, stop: &watch::Receiver<bool>) {
        while !*stop.borrow() {
            if self.0.outbox.room() == 0 {
                tokio::time::sleep(NO_ROOM).await;
                continue;
            }
            match self.claim_due().await {
                Ok(0) => return,
                Ok(_) => {}
                Err(e) => return self.tell(Err(e)),
            }
        }
    }

    async fn keep_sending(
        self,
        outcomes: UnboundedSender<Outcome>,
        mut stop: watch::Receiver<bool>,
    ) {
        loop {
            let next = tokio::select! {
                biased;
                _ = stop.wait_for(|s| *s) => return,
                next = self.0.outbox.next() => next,
            };
            let Some((job, slot)) = next else { return };
            let (this, outcomes) = (self.clone(), outcomes.clone());
            tokio::spawn(async move {
                if let Some(outcome) = this.send_one(job, slot).await {
                    let _ = outcomes.send(outcome);
                }
            });
        }
    }

    async fn keep_recording(&self, recording: &mut Recording) {
        let most = self.0.group;
        let Recording {
            written,
            group,
            writing,
        } = recording;
        // A group that a panic left behind goes first.
        while !group.is_empty() || written.recv_many(group, most).await > 0 {
            if writing.len() >= GROUPS {
                // What comes in meanwhile makes the next group a full one.
                let _ = writing.join_next().await;
            }
            if group.len() < most && group.iter().all(|o| o.state == NotificationState::Sent) {
                tokio::time::sleep(BATCH_WINDOW).await;
                while group.len() < most
                    && let Ok(more) = written.try_recv()
                {
                    group.push(more);
                }
            }
            let (this, group) = (self.clone(), std::mem::take(group));
            writing.spawn(async move { this.record(group).await });
        }
        while writing.join_next().await.is_some() {}
    }

    /// Frees what was leased and not begun.
    async fn give_back(&self) -> Result<(), DbError> {
        for (job, _place) in self.0.outbox.take_waiting().await {
            self.0.outbox.free_later(job.id, job.fence);
        }
        self.free_handed_back().await
    }

    fn tell(&self, done: Result<(), DbError>) {
        if let Err(e) = done {
            tracing::warn!(error = %e, "delivery waits for the database");
        }
    }
}

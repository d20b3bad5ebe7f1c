//! The loops of the senders: signs of life, finding, sending, recording.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::outcome::Outcome;
use super::sender::Delivery;
use crate::db::DbError;
use crate::delivery::model::NotificationState;
use crate::watched::watched;

/// How long to wait for room before looking again.
const NO_ROOM: Duration = Duration::from_millis(5);
/// Groups of outcomes that are being written at once.
const GROUPS: usize = 4;
/// How long a group that is not full waits for the other messages of its alert: one commit instead
/// of two or three.
const BATCH_WINDOW: Duration = Duration::from_millis(3);

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

impl Delivery {
    /// Runs until `stop` turns true, then lets what is in flight end and frees what waits. On a
    /// manual clock it only waits: a test steps.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        if self.parts().foundation.clock.is_manual() {
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
        let _alone = self.parts().stepping.lock().await;
        self.look().await?;
        let waiting = self.parts().outbox.take_waiting().await;
        let outcomes: Vec<Option<Outcome>> = futures_util::stream::iter(waiting)
            .map(|(job, slot)| async {
                // All are recorded at the end of the step: none may wait for another's record.
                self.send_one(job, slot).await.map(|outcome| Outcome {
                    permit: None,
                    ..outcome
                })
            })
            .buffer_unordered(self.parts().foundation.config.delivery.in_flight.max(1))
            .collect()
            .await;
        let mut outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
        let sent = outcomes.len();
        while !outcomes.is_empty() {
            let rest = outcomes.split_off(outcomes.len().min(self.parts().group));
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
        let mut beats = interval(self.times().beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut compared: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return,
                _ = beats.tick() => {}
            }
            if compared.is_none_or(|at| at.elapsed() >= self.times().clock_check) {
                compared = Some(Instant::now());
                self.tell(self.compare_clocks().await);
                let this = self.clone();
                tokio::spawn(async move { this.parts().channels.stay_ready().await });
            }
            self.tell(self.beat().await);
            self.tell(self.bring_back().await.map(|_| ()));
            self.tell(self.free_dead().await.map(|_| ()));
        }
    }

    async fn keep_finding(self, mut stop: watch::Receiver<bool>) {
        let mut looks = interval(self.times().look);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return,
                _ = looks.tick() => {}
                () = self.parts().outbox.nudged() => {}
                () = self.parts().foundation.bus.delivery_nudged() => {}
            }
            self.find_all(&stop).await;
        }
    }

    /// Claims until nothing is due, waiting for room where there is none.
    async fn find_all(&self, stop: &watch::Receiver<bool>) {
        while !*stop.borrow() {
            if self.parts().outbox.room() == 0 {
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
                next = self.parts().outbox.next() => next,
            };
            let Some(batch) = next else { return };
            let (this, outcomes) = (self.clone(), outcomes.clone());
            tokio::spawn(async move {
                let sends = batch
                    .into_iter()
                    .map(|(job, slot)| this.send_one(job, slot));
                let mut sends: FuturesUnordered<_> = sends.collect();
                while let Some(outcome) = sends.next().await {
                    outcome.into_iter().for_each(|one| {
                        let _ = outcomes.send(one);
                    });
                }
            });
        }
    }

    async fn keep_recording(&self, recording: &mut Recording) {
        let most = self.parts().group;
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
        for (job, _place) in self.parts().outbox.take_waiting().await {
            self.parts().outbox.free_later(job.id, job.fence);
        }
        self.free_handed_back().await
    }

    fn tell(&self, done: Result<(), DbError>) {
        if let Err(e) = done {
            tracing::warn!(error = %e, "delivery waits for the database");
        }
    }
}

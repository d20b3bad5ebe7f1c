//! Writes outcomes down, up to a hundred a transaction, with whatever their owner does about them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::follow_up::{OutcomeHook, Settled};
use super::outcome::Outcome;
use super::sender::Delivery;
use crate::clock::At;
use crate::db::{Conn, DbError, WritePriority};
use crate::delivery::channels::verdict::AddressAction;
use crate::delivery::model::{FailReason, NotificationState, StateWord};
use crate::delivery::stops;
use crate::delivery::store::{addresses, outcomes};
use crate::ids::NotificationId;

/// A group that the database refuses is tried so often, then its outcomes one by one.
const TRIES: u32 = 3;
/// Between two tries.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Whether the code panics on this.
async fn panics(work: impl Future<Output = ()>) -> bool {
    AssertUnwindSafe(work).catch_unwind().await.is_err()
}

impl Delivery {
    /// Records a group. If the database refuses it, it is tried again for as long as the leases
    /// last; after that another node sends the rows again. If the code panics on it, each outcome
    /// is recorded alone, and only the one that it panics on is set aside. What was committed
    /// before the panic is not recorded twice: its fence no longer holds.
    pub(in crate::delivery) async fn record(&self, mut group: Vec<Outcome>) {
        if group.is_empty() {
            return;
        }
        // Groups are written side by side: in one order, so that their owners' rows are locked in
        // one order too.
        group.sort_by_key(|o| o.job.message.key.subject);
        let group = Arc::new(group);
        if panics(self.record_group(&group)).await {
            tracing::error!(
                alarm = true,
                rows = group.len(),
                "the code failed on a group of outcomes: one by one"
            );
            for one in group.iter() {
                if panics(self.record_alone(one.clone())).await {
                    self.set_aside(one.clone()).await;
                }
            }
        }
    }

    async fn record_group(&self, group: &Arc<Vec<Outcome>>) {
        match self.record_stubbornly(group).await {
            Ok(()) => {}
            // Nothing wrong with the group: the database is away, and the leases run out by
            // themselves.
            Err(e) if e.is_passing() => {
                tracing::error!(error = %e, rows = group.len(), "outcomes not recorded");
            }
            Err(e) => {
                tracing::error!(error = %e, rows = group.len(), "outcomes refused as a group: one by one");
                for one in group.iter().cloned() {
                    self.record_alone(one).await;
                }
            }
        }
    }

    /// An outcome whose follow-up fails each time is set aside, so that it holds nothing up.
    async fn record_alone(&self, one: Outcome) {
        let alone = Arc::new(vec![one.clone()]);
        let Err(e) = self.record_stubbornly(&alone).await else {
            return;
        };
        tracing::error!(alarm = true, error = %e, "an outcome cannot be recorded");
        if !e.is_passing() {
            self.set_aside(one).await;
        }
    }

    /// Records an outcome as a dead letter; a message that was sent stays sent.
    async fn set_aside(&self, mut one: Outcome) {
        if one.state != NotificationState::Sent {
            one.state = NotificationState::Failed(FailReason::DeadLetter);
            one.reason = Some(FailReason::DeadLetter);
        }
        let dead = [one];
        let (now, outcome_hook) = (self.now(), Arc::clone(&self.parts().outcome_hook));
        let set_aside = move |conn: &mut Conn| {
            lock_owners(conn, outcome_hook.as_ref(), &dead)?;
            let settled = write(conn, now, &dead)?;
            outcome_hook.set_aside(conn, now, &settled)?;
            Ok::<_, DbError>(settled)
        };
        match self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, set_aside)
            .await
        {
            Ok(settled) => self.after_commit(&settled),
            Err(e) => {
                tracing::error!(alarm = true, error = %e, "an outcome cannot even be set aside");
            }
        }
    }

    async fn record_stubbornly(&self, group: &Arc<Vec<Outcome>>) -> Result<(), DbError> {
        let leased_until = group.iter().map(|o| o.job.lease_until).min();
        let is_manual = self.parts().foundation.clock.is_manual();
        let mut tries = 0;
        loop {
            let Err(error) = self.record_once(Arc::clone(group)).await else {
                return Ok(());
            };
            tries += 1;
            let ours = leased_until.is_some_and(|until| self.now() < until);
            // While the database is away: until others may take the rows. On a manual clock no time
            // passes by itself.
            let goes_on = if error.is_passing() && !is_manual {
                ours
            } else {
                tries < TRIES
            };
            if !goes_on {
                return Err(error);
            }
            if !is_manual {
                tokio::time::sleep(RETRY_PAUSE).await;
            }
        }
    }

    async fn record_once(&self, group: Arc<Vec<Outcome>>) -> Result<(), DbError> {
        let now = self.now();
        let outcome_hook = Arc::clone(&self.parts().outcome_hook);
        let outcomes = Arc::clone(&group);
        let settled = self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                let owners_told = lock_owners(conn, outcome_hook.as_ref(), &outcomes)?;
                let settled = write(conn, now, &outcomes)?;
                // A row that a receipt had moved on before its `sent` came was told of then.
                let concerns_its_owner = |s: &&Settled| {
                    s.state != NotificationState::Sent && owners_told.contains(&s.notification)
                };
                let telling: Vec<Settled> =
                    settled.iter().filter(concerns_its_owner).cloned().collect();
                if !telling.is_empty() {
                    outcome_hook.settle(conn, now, &telling)?;
                }
                Ok::<_, DbError>(settled)
            })
            .await?;
        self.after_commit(&settled);
        for outcome in group.iter() {
            self.parts()
                .counters
                .count(outcome.job.message.channel, outcome.word());
            outcome.log();
        }
        Ok(())
    }
}

/// Locks the rows of those who will be told of an outcome, before the notifications' own: of all
/// outcomes but a plain `sent`. The notifications of which they will be told.
fn lock_owners(
    conn: &mut Conn,
    outcome_hook: &dyn OutcomeHook,
    group: &[Outcome],
) -> Result<HashSet<NotificationId>, DbError> {
    let telling = || {
        group
            .iter()
            .filter(|o| o.state != NotificationState::Sent)
            .map(|o| &o.job)
    };
    let subjects: Vec<_> = telling()
        .map(|job| (&*job.message.subject_kind, job.message.key.subject))
        .collect();
    outcome_hook.lock(conn, &subjects)?;
    Ok(telling().map(|job| job.id).collect())
}

/// Writes outcomes, ends the addresses they speak against, and puts down who said STOP. Only what
/// the fence let pass counts.
fn write(conn: &mut Conn, now: At, group: &[Outcome]) -> Result<Vec<Settled>, DbError> {
    let rows: Vec<outcomes::Row<'_>> = group.iter().map(row).collect();
    let held: HashMap<NotificationId, StateWord> =
        outcomes::settle(conn, &rows)?.into_iter().collect();
    let mut settled = Vec::with_capacity(held.len());
    for outcome in group {
        let Some(state) = held.get(&outcome.job.id) else {
            continue;
        };
        settled.push(Settled {
            notification: outcome.job.id,
            subject_kind: outcome.job.message.subject_kind.clone().into_owned(),
            key: outcome.job.message.key,
            channel: outcome.job.message.channel,
            state: match (state, outcome.reason) {
                // What a carrier refused meanwhile was told of then.
                (StateWord::Failed, None) => outcome.state,
                (state, reason) => NotificationState::of(*state, reason),
            },
            reason: outcome.reason,
        });
    }
    let counted = group.iter().filter(|o| held.contains_key(&o.job.id));
    end_addresses(conn, now, counted)?;
    Ok(settled)
}

/// Addresses by id, then numbers by lookup: other groups may hold some of the same.
fn end_addresses<'o>(
    conn: &mut Conn,
    now: At,
    counted: impl Iterator<Item = &'o Outcome>,
) -> Result<(), DbError> {
    let (mut ended, mut stopped) = (BTreeMap::new(), BTreeMap::new());
    for outcome in counted {
        let why = outcome.reason.map_or("", FailReason::as_str);
        let state = match outcome.fate {
            AddressAction::Keep => None,
            AddressAction::Retire => Some("retired"),
            AddressAction::Disable => Some("disabled"),
            AddressAction::EndTexts => Some(addresses::CALLS_ONLY),
        };
        if let Some(state) = state {
            ended.insert(outcome.job.message.key.address.kept(), (state, why));
        }
        stopped.extend(
            outcome
                .stopped
                .as_deref()
                .map(|it| (it, &outcome.job.message.senders)),
        );
    }
    for (address, (state, why)) in ended {
        addresses::end(conn, address, state, why, now)?;
    }
    stopped
        .into_iter()
        .try_for_each(|(lookup, senders)| stops::stop(conn, lookup, senders, now))
}

fn row(outcome: &Outcome) -> outcomes::Row<'_> {
    outcomes::Row {
        id: outcome.job.id,
        fence: outcome.job.fence,
        state: outcome.state.word(),
        reason: outcome.reason,
        due_at: outcome.due_at,
        attempts: outcome.job.attempts,
        tries: &outcome.tries,
        ended_at: outcome.ended_at,
        provider_ref: outcome.provider_ref(),
    }
}

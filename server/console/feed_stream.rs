//! `GET /v1/escalations/stream`: one connection's feed.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::error::ConsoleError;
use super::feed::{Change, Feed};
use super::looks::{Found, Looker, Looks};
use super::resume_mark;
use crate::bus;
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::escalation::changed::Changed;
use crate::escalation::queue::{self, Standing};
use crate::escalation::shift::{self, Presence};
use crate::escalation::{Viewer, conflict};
use crate::foundation::Foundation;
use crate::http::Event;
use crate::identity::{Operator, operator_session_seen};
use crate::ids::{BootId, RecordId};

/// More nudges than this at once are one look at everything.
const MOST_AT_ONCE: usize = 200;

/// A connection: what it has sent, and when it looks again.
pub struct FeedStream {
    foundation: Foundation,
    looks: Looks,
    looker: Looker,
    feed: Feed,
    pending: VecDeque<Event>,
    nudges: broadcast::Receiver<bus::Event>,
    poll: Interval,
    beat: Interval,
    leaving: Leaving,
}

enum Look {
    All,
    Only(Vec<RecordId>),
    Beat,
}

#[derive(Serialize)]
struct Stands {
    id: RecordId,
    version: i64,
}

#[derive(Serialize)]
struct Gone {
    id: RecordId,
}

#[derive(Serialize)]
struct StandingView {
    records: Vec<Stands>,
}

impl FeedStream {
    /// Says that the operator is there, and takes the first look: everything that stands, or what
    /// changed since `mark` (`Last-Event-ID`) less the overlap.
    ///
    /// # Errors
    /// `Forbidden` for who works no records, or the database.
    pub async fn begin(
        looks: &Looks,
        operator: &Operator,
        training: bool,
        mark: Option<&str>,
    ) -> Result<Self, ConsoleError> {
        let (foundation, viewer) = (looks.foundation(), Viewer::of(operator)?);
        let rules = &foundation.config.escalation;
        let presence = Presence {
            operator: viewer.operator,
            connection: BootId::new(),
            centre: viewer.centre,
            post: viewer.post,
        };
        foundation.meters.feeds.inc();
        let mut watching = Self {
            looks: looks.clone(),
            looker: Looker {
                viewer,
                session: operator.session,
                training,
            },
            feed: Feed::default(),
            pending: VecDeque::new(),
            // Before the first look: what changes meanwhile is heard.
            nudges: foundation.bus.subscribe(),
            poll: every(Duration::from_millis(rules.poll_ms.max(10))),
            beat: every(Duration::from_secs(rules.heartbeat_s.max(1))),
            leaving: Leaving {
                foundation: foundation.clone(),
                presence,
            },
            foundation: foundation.clone(),
        };
        watching.say_here().await?;
        watching.first(mark).await?;
        Ok(watching)
    }

    /// The next event; `None` when the session has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            let look = tokio::select! {
                heard = self.nudges.recv() => self.named_by(heard),
                _ = self.poll.tick() => Look::All,
                _ = self.beat.tick() => Look::Beat,
            };
            let live = match look {
                Look::All => self.look_at_all().await,
                Look::Only(ids) => self.look_at(ids).await,
                Look::Beat => self.say_here().await.map(|()| true),
            };
            match live {
                Ok(true) => {}
                Ok(false) => return None,
                // The connection stays: the next look may succeed, and the client sees the
                // heartbeat go on.
                Err(error) => tracing::warn!(%error, "an operator's feed could not read"),
            }
        }
    }

    /// Which records to read after a nudge, and all others that wait to be heard.
    fn named_by(&mut self, heard: Result<bus::Event, RecvError>) -> Look {
        let mut ids = Vec::new();
        let mut next = heard;
        loop {
            match next {
                Ok(bus::Event::RecordChanged { record, centre }) => {
                    if centre == self.looker.viewer.centre || self.feed.knows(record) {
                        ids.push(record);
                    }
                }
                Ok(_) => {}
                Err(_) => return Look::All,
            }
            match self.nudges.try_recv() {
                Ok(event) if ids.len() < MOST_AT_ONCE => next = Ok(event),
                Ok(_) | Err(broadcast::error::TryRecvError::Lagged(_)) => return Look::All,
                Err(_) => break,
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Look::Only(ids)
    }

    async fn first(&mut self, mark: Option<&str>) -> Result<(), ConsoleError> {
        let now = self.foundation.clock.now();
        let Looker {
            viewer, training, ..
        } = self.looker;
        let config = self.foundation.config.clone();
        let overlap = Duration::from_secs(config.escalation.resume_overlap_s);
        let since = mark
            .and_then(|mark| resume_mark::parsed(mark, now))
            .map(|at| at.minus(overlap));
        let (standing, changed) = self
            .foundation
            .db
            .read(move |conn| {
                let standing = queue::standing(conn, &viewer, training)?;
                let changed = match since {
                    Some(since) => Some(queue::changed_since(
                        conn,
                        &viewer,
                        training,
                        since,
                        &config.plan,
                    )?),
                    None => None,
                };
                Ok::<_, ConsoleError>((standing, changed))
            })
            .await?;
        let stands = standing
            .iter()
            .map(|(id, version)| Stands {
                id: *id,
                version: *version,
            })
            .collect();
        self.push("standing", &StandingView { records: stands }, now);
        match changed {
            // So much changed that a part may be missing: as for a new connection.
            Some(changed) if changed.len() < queue::MOST_CHANGED => {
                let ids: Vec<RecordId> = changed.iter().map(|record| record.id).collect();
                self.feed = Feed::resumed(&standing, &ids);
                let changed = changed.into_iter().map(Arc::new).collect();
                let changes = self.feed.take(&ids, changed, true);
                self.send(changes, now);
            }
            _ => self.read_stale(&standing).await.map(drop)?,
        }
        Ok(())
    }

    async fn look_at_all(&mut self) -> Result<bool, ConsoleError> {
        match self.looks.look(self.looker, None).await? {
            Some(Found::Standing(standing)) => self.read_stale(&standing).await,
            _ => Ok(false),
        }
    }

    async fn read_stale(&mut self, standing: &[Standing]) -> Result<bool, ConsoleError> {
        let ids = self.feed.stale(standing);
        self.look_at(ids).await
    }

    async fn look_at(&mut self, ids: Vec<RecordId>) -> Result<bool, ConsoleError> {
        if ids.is_empty() {
            return Ok(true);
        }
        let asked = Some(ids.clone());
        let Some(Found::Records(found, read_at)) = self.looks.look(self.looker, asked).await?
        else {
            return Ok(false);
        };
        let changes = self.feed.take(&ids, found, false);
        self.send(changes, read_at);
        Ok(true)
    }

    /// The heartbeat: this operator is there, the session is in use, and records in conflict that
    /// waited for the others long enough are opened up.
    async fn say_here(&mut self) -> Result<(), ConsoleError> {
        let now = self.foundation.clock.now();
        let (presence, session, config) = (
            self.leaving.presence,
            self.looker.session,
            self.foundation.config.clone(),
        );
        let opened = self
            .foundation
            .db
            .write(
                WritePriority::Background,
                move |conn: &mut Conn| -> Result<Vec<Changed>, ConsoleError> {
                    let rules = &config.escalation;
                    shift::beat(conn, &presence, now, Duration::from_secs(rules.presence_s))?;
                    operator_session_seen(conn, session, now)?;
                    Ok(conflict::open_up(
                        conn,
                        presence.centre,
                        Duration::from_secs(rules.conflict_wait_s),
                        now,
                    )?)
                },
            )
            .await?;
        opened
            .iter()
            .for_each(|changed| changed.publish(&self.foundation.bus));
        Ok(())
    }

    fn send(&mut self, changes: Vec<Change>, read_at: At) {
        for change in changes {
            match change {
                Change::Record(record) => self.push("record", &*record, read_at),
                Change::Gone(id) => self.push("gone", &Gone { id }, read_at),
            }
        }
    }

    fn push<T: Serialize>(&mut self, name: &'static str, value: &T, read_at: At) {
        match Event::json(name, value) {
            Ok(event) => self
                .pending
                .push_back(event.id(resume_mark::written(read_at))),
            Err(error) => tracing::error!(%error, "an event of the feed could not be written"),
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Says that the operator has left when the connection ends, however it ends.
struct Leaving {
    foundation: Foundation,
    presence: Presence,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let (foundation, presence) = (self.foundation.clone(), self.presence);
        foundation.meters.feeds.dec();
        // Without a runtime the server is going down: the row runs out by itself.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            let now = foundation.clock.now();
            let leave = move |conn: &mut Conn| shift::leave(conn, &presence, now);
            if let Err(error) = foundation.db.write(WritePriority::Background, leave).await {
                tracing::debug!(%error, "a presence row runs out by itself");
            }
        });
    }
}

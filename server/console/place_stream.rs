//! `GET /v1/escalations/{id}/stream`: her place as it comes, to the operator who has the record.
//!
//! Opening it is a reading and stands on the trail. Every look checks the session and the claim
//! anew, in the query that reads the place; the stream ends with either.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::detail::PlaceView;
use super::error::ConsoleError;
use crate::alerts::{self, Alerts};
use crate::bus;
use crate::clock::At;
use crate::db::WritePriority;
use crate::escalation::open::open_record;
use crate::escalation::right::Right;
use crate::escalation::{Viewer, claim, training};
use crate::foundation::Foundation;
use crate::http::Event;
use crate::identity::{Operator, operator_session_is_live};
use crate::ids::{AlertId, OperatorSessionId, RecordId};
use crate::location;
use crate::seal::AlertKey;

/// A follower's connection.
pub(super) struct PlaceStream {
    foundation: Foundation,
    viewer: Viewer,
    session: OperatorSessionId,
    record: RecordId,
    alert: AlertId,
    key: Option<AlertKey>,
    sent: Option<(Option<At>, At, i64)>,
    pending: VecDeque<Event>,
    nudges: broadcast::Receiver<bus::Event>,
    poll: Interval,
}

impl PlaceStream {
    /// Writes the reading down and takes hold of the alert's key.
    pub async fn begin(
        alerts: &Alerts,
        operator: &Operator,
        record: RecordId,
    ) -> Result<Self, ConsoleError> {
        let viewer = Viewer::of(operator)?;
        let (foundation, now) = (alerts.foundation.clone(), alerts.now());
        let nudges = foundation.bus.subscribe();
        let (alert, key) = alerts
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                let opened = open_record(
                    conn,
                    &foundation.keys,
                    &viewer,
                    record,
                    &Right::Follower,
                    now,
                )?;
                let key = if opened.person() == training::NOBODY {
                    None
                } else {
                    alerts::key_for_operator(conn, &foundation, opened.alert())?
                };
                Ok::<_, ConsoleError>((opened.alert(), key))
            })
            .await?;
        let mut poll = interval(Duration::from_millis(
            alerts.foundation.config.escalation.poll_ms.max(10),
        ));
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            foundation: alerts.foundation.clone(),
            viewer,
            session: operator.session,
            record,
            alert,
            key,
            sent: None,
            pending: VecDeque::new(),
            nudges,
            poll,
        })
    }

    /// The next event; `None` when the session or the claim has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            tokio::select! {
                heard = self.nudges.recv() => if !self.concerns(&heard) { continue },
                _ = self.poll.tick() => {}
            }
            match self.look().await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => tracing::warn!(%error, "a live place could not be read"),
            }
        }
    }

    /// Whether there may be a new place; tells the client when something else of the alert has
    /// changed.
    fn concerns(&mut self, heard: &Result<bus::Event, RecvError>) -> bool {
        match heard {
            Ok(bus::Event::Fix { alert }) => *alert == self.alert,
            Ok(bus::Event::AlertChanged { alert }) if *alert == self.alert => {
                if let Ok(event) = Event::json("changed", &json!({ "record": self.record })) {
                    self.pending.push_back(event);
                }
                true
            }
            Ok(_) => false,
            Err(_) => true,
        }
    }

    async fn look(&mut self) -> Result<bool, ConsoleError> {
        let now = self.foundation.clock.now();
        let (viewer, session, record, alert) = (self.viewer, self.session, self.record, self.alert);
        let key = self.key.clone();
        let found = self
            .foundation
            .db
            .read(move |conn| {
                if !operator_session_is_live(conn, session, now)?
                    || !claim::has(conn, &viewer, record)?
                {
                    return Ok(None);
                }
                Ok::<_, ConsoleError>(Some(match key {
                    Some(key) => location::shown(conn, &key, alert, now)?,
                    None => None,
                }))
            })
            .await?;
        let Some(latest) = found else {
            self.pending.clear();
            return Ok(false);
        };
        if let Some(latest) = latest {
            let stamp = (latest.hour(), latest.fix().received_at, latest.fix().seq);
            if self.sent.replace(stamp) != Some(stamp)
                && let Ok(event) = Event::json("place", &PlaceView::from(&latest))
            {
                self.pending.push_back(event);
            }
        }
        Ok(true)
    }
}

//! What they do at 911, each by the verb that the console calls.

use std::time::Duration;

use ampara::alerts::{AlertError, by_operator, is_open};
use ampara::db::{Conn, WritePriority};
use ampara::escalation::close::{Ending, close as close_record};
use ampara::escalation::model::Post;
use ampara::escalation::shift::{self, Presence};
use ampara::escalation::{Disposition, Viewer, claim, hand_on, work};
use ampara::ids::{BootId, RecordId};

use super::cast::cast;
use super::node::ended;
use super::story::Deed;
use super::world::World;

impl World {
    pub fn operates(&mut self, node: usize, number: usize, deed: Deed) {
        let Some(record) = self.picture.records.last().cloned() else {
            return;
        };
        let operator = match record.claimed_by {
            Some(holder) => holder,
            None => self.dice.with(number as u64).pick(&cast().operators[..2]),
        };
        let viewer = Viewer {
            operator,
            centre: cast().centre,
            municipality: cast().town,
            post: Post::Operator,
        };
        let alerts = self.nodes[node].alerts.clone();
        let done = self.drive(node, async move {
            operate(&alerts, record.id, viewer, deed).await
        });
        match done {
            Some(Err(AlertError::Db(error))) => {
                self.breaks("the database takes it", error.to_string());
            }
            Some(Err(refused)) => self.note(format!("refused: {refused}")),
            Some(Ok(())) | None => {}
        }
    }

    pub fn set_shift(&mut self, on: bool) {
        let (now, cast) = (self.now, cast());
        let who = self.memory.shift.take().unwrap_or_else(|| Presence {
            operator: cast.operators[0],
            connection: BootId::new(),
            centre: cast.centre,
            post: Post::Operator,
        });
        self.memory.shift = Some(who);
        let written = self
            .db
            .write(WritePriority::Background, move |conn: &mut Conn| match on {
                true => shift::beat(conn, &who, now, Duration::from_secs(200_000)),
                false => shift::leave(conn, &who, now),
            });
        ended(written).unwrap().unwrap();
    }
}

async fn operate(
    alerts: &ampara::alerts::Alerts,
    record: RecordId,
    viewer: Viewer,
    deed: Deed,
) -> Result<(), AlertError> {
    by_operator(alerts, record, move |conn, foundation, now| {
        let keys = &foundation.keys;
        let changed = match deed {
            Deed::Claims => {
                claim::claim(conn, &viewer, record, &foundation.config.escalation, now)?
            }
            Deed::Dispatches => work::dispatch(conn, keys, &viewer, record, None, now)?,
            Deed::Arrives => work::on_scene(conn, keys, &viewer, record, None, now)?,
            Deed::Releases => hand_on::release(conn, &viewer, record, now)?,
            _ => {
                let ending = Ending {
                    disposition: Disposition::Attended,
                    words: None,
                    alert_open: is_open(conn, record)?,
                };
                close_record(
                    conn,
                    keys,
                    &viewer,
                    record,
                    ending,
                    &foundation.config.escalation,
                    now,
                )?
                .changed()
            }
        };
        Ok(((), changed))
    })
    .await
}

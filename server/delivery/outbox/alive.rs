//! Signs of life, and what a node does about clocks: its own, and moments in rows that cannot be.

use std::time::Duration;

use super::lease::clocks_differ;
use super::sender::Delivery;
use crate::clock::{At, JUMP};
use crate::db::{Conn, DbError, WritePriority, dialect};
use crate::delivery::store::{leases, moments};
use crate::moments::{ALIVE, Moment};

impl Delivery {
    /// Now, and the latest moment at which such a column is believed.
    pub(in crate::delivery) fn until(&self, moment: Moment) -> (At, At) {
        let now = self.now();
        (now, moment.latest(&self.parts().foundation.config, now))
    }

    /// Says that this process lives. A process that cannot say so leases nothing, since others will
    /// take its rows. Whether its clock is off is said too: then it leases nothing either while
    /// another node sends whose clock is not.
    pub(in crate::delivery) async fn beat(&self) -> Result<(), DbError> {
        self.judge_clock();
        let outbox = &self.parts().outbox;
        if self.parts().foundation.db.is_alone() {
            // There is no other node to tell, and none that could send instead.
            outbox.set_alive_until(At::from_micros(i64::MAX));
            return Ok(());
        }
        let (now, boot, alive) = (self.now(), outbox.boot(), self.times().alive);
        let (until, off) = (now.plus(alive), outbox.clock_is_off());
        let theirs = self.their_time();
        let another = self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                leases::beat(conn, boot, (now, until), off)?;
                leases::forget_nodes(conn, now.minus(alive * 600))?;
                match off {
                    true => leases::another_keeps_time(conn, boot, theirs),
                    false => Ok(false),
                }
            })
            .await?;
        outbox.set_alive_until(until);
        if off && another && outbox.is_leasing() {
            tracing::error!(
                alarm = true,
                "this node's clock is too far from the database's: it sends nothing, another node does"
            );
        }
        outbox.set_leasing(!(off && another));
        Ok(())
    }

    /// Now, and the latest sign of life that is believed, by the time of the other nodes: a node's own
    /// time says nothing of who lives.
    fn their_time(&self) -> (At, At) {
        let theirs = self.parts().outbox.shared(self.now());
        let latest = ALIVE.latest(&self.parts().foundation.config, theirs);
        (theirs, latest)
    }

    /// Compares this node's clock with the one that it goes by: the database's, which all nodes
    /// share; on SQLite the machine's. It moves towards that one, by 1 % at most.
    pub(in crate::delivery) async fn compare_clocks(&self) -> Result<(), DbError> {
        let clock = &self.parts().foundation.clock;
        if clock.is_manual() {
            return Ok(());
        }
        let asked = clock.now();
        let theirs = self
            .parts()
            .foundation
            .db
            .read(dialect::clock_of_database)
            .await?;
        // What passed between asking and answering is no difference.
        let ours = asked.plus(clock.now().since(asked) / 2);
        if let Some(theirs) = theirs {
            self.clocks_read(ours, theirs);
        }
        clock.follow(theirs.unwrap_or_else(|| clock.wall()));
        Ok(())
    }

    pub(in crate::delivery) fn clocks_read(&self, ours: At, theirs: At) {
        let off = clocks_differ(ours, theirs, self.times().clock_slack);
        let apart = theirs.micros().saturating_sub(ours.micros());
        let was_off = self.parts().outbox.set_clock(apart, off);
        if off && !was_off {
            tracing::error!(
                alarm = true,
                seconds = apart / 1_000_000,
                "this node's clock is too far from the database's: it sends as long as no other node sends whose clock is not"
            );
        }
    }

    /// Tells ops when the machine's clock jumps, and when it is back.
    fn judge_clock(&self) {
        let clock = &self.parts().foundation.clock;
        let (now, wall) = (clock.now(), clock.wall());
        let jumped = now.apart(wall) > JUMP;
        let had = self.parts().outbox.set_jumped(jumped);
        let seconds = (wall.micros().saturating_sub(now.micros())) / 1_000_000;
        match (had, jumped) {
            (false, true) => tracing::error!(
                alarm = true,
                seconds,
                "the machine's clock has jumped: this process counts on from before; where the machine's clock is right, restart the server"
            ),
            (true, false) => {
                tracing::info!("the machine's clock is again what this process counts");
            }
            _ => {}
        }
    }

    /// How far the clock that this node should go by is ahead of its own, and the machine's, the
    /// further of the two; zero where both are near enough.
    #[must_use]
    pub fn clock_off(&self) -> Option<Duration> {
        let (clock, outbox) = (&self.parts().foundation.clock, &self.parts().outbox);
        let wall = clock.now().apart(clock.wall());
        let database = outbox
            .clock_is_off()
            .then(|| Duration::from_micros(outbox.clock_apart().unsigned_abs()));
        database.max((wall > JUMP).then_some(wall))
    }

    /// Whether this node sends nothing: its clock is off and another node sends instead, or it could
    /// not say in time that it lives, so that other nodes may have taken its rows.
    #[must_use]
    pub fn sender_paused(&self) -> bool {
        let outbox = &self.parts().outbox;
        !outbox.is_leasing() || !outbox.is_alive(self.now())
    }

    /// Whether another node lives. Of those that live at least one sends: a node leaves that to
    /// others for its clock only while one of them lives whose clock is right.
    ///
    /// # Errors
    /// The database.
    pub fn another_lives(&self, conn: &mut Conn) -> Result<bool, DbError> {
        let living = leases::living(conn, self.their_time())?;
        Ok(living.into_iter().any(|boot| boot != self.outbox().boot()))
    }

    /// Makes messages due that are due later than they can be: their moments were written by a clock
    /// that was ahead. How many.
    pub(in crate::delivery) async fn bring_back(&self) -> Result<usize, DbError> {
        let now = self.now();
        let latest = now.plus(JUMP);
        let db = &self.parts().foundation.db;
        let ahead = db.read(move |conn| moments::ahead(conn, latest)).await?;
        if ahead.is_empty() {
            return Ok(0);
        }
        let back = move |conn: &mut Conn| moments::make_due(conn, (now, latest));
        let back = db.write(WritePriority::Alert, back).await?;
        tracing::error!(
            alarm = true,
            rows = back,
            "messages were queued by a clock that was ahead: they are due now"
        );
        self.parts().outbox.nudge();
        Ok(back)
    }
}

//! What must hold of drills: told to those who take part and to nobody else, and never to 911.

use std::time::Duration;

use ampara::db::schema::alerts;
use ampara::db::{Conn, DbError};
use ampara::ids::AlertId;
use ampara::on;
use ampara::plan::model::Step;
use diesel::prelude::*;

use super::invariants::{Book, Check, broken};
use super::judge::GRACE;
use super::node::ended;
use super::people::friend_of;
use super::rows::{AlertRow, Picture, Row};
use super::world::World;

impl World {
    pub fn check_drill(&self, book: &Book, drill: &AlertRow, picture: &Picture) -> Check {
        if picture.records.iter().any(|r| r.alert == drill.id) {
            return broken("a drill never reaches 911", "it has a record");
        }
        if drill.state != "open" {
            return Ok(());
        }
        let first = book.alerts[&drill.id].first;
        for (n, friend) in self.friends().iter().enumerate() {
            let told = |r: &Row| r.subject.alert() == drill.id && r.recipient == friend.id.into();
            let accepted = self
                .memory
                .accepted
                .get(&n)
                .is_some_and(|at| *at <= first.at);
            if friend.drills
                && (friend.active || accepted)
                && !self.memory.removed.contains_key(&n)
                && self.ways_of(n, picture) > 0
                && !picture.rows.iter().any(told)
                && book.for_how_long(first, self.now) > self.slack()
            {
                return broken(
                    "who takes part is told of a drill",
                    format!("F{n} was never told"),
                );
            }
        }
        Ok(())
    }

    /// Of a message that has just begun to leave.
    pub fn judge_drill(&mut self, node: usize, who: &str, row: &Row, name: &str) {
        if self.memory.drills.is_empty() {
            return;
        }
        let (is_drill, of_drill) = (
            self.alert(row.subject.alert()).drill,
            row.step == Step::Drill.number(),
        );
        let takes_part = friend_of(who).is_some_and(|f| self.takes_part(f, row.subject.alert()));
        if is_drill && !(of_drill && takes_part) {
            self.breaks("a drill reaches only who takes part", name.to_owned());
        }
        let real = self
            .book
            .alerts
            .get(&row.subject.alert())
            .filter(|a| !a.drill)
            .map(|a| a.real.at);
        let clock_is_off =
            self.nodes[node].off_ms.abs() > Duration::from_secs(1).as_millis() as i64;
        if of_drill && !clock_is_off && real.is_some_and(|at| at.plus(GRACE) < self.now) {
            self.breaks("what is an alarm now is told as no drill", name.to_owned());
        }
    }

    /// In drills those take part who chose so, of those who had said yes before it began.
    pub fn takes_part(&self, friend: usize, drill: AlertId) -> bool {
        let began = self
            .book
            .alerts
            .get(&drill)
            .map_or(self.now, |seen| seen.first.at);
        let accepted = self
            .memory
            .accepted
            .get(&friend)
            .is_some_and(|at| *at <= began);
        self.friends()
            .get(friend)
            .is_some_and(|f| f.drills && (f.active || accepted))
    }

    /// Whether a friend had been told that it is a drill.
    pub fn was_told_of_a_drill(&self, friend: usize, alert: AlertId) -> bool {
        let id = self.friends()[friend].id;
        let of_drill = |r: &Row| r.step == Step::Drill.number() && r.subject.alert() == alert;
        !self.memory.drills.is_empty()
            && self
                .look()
                .rows
                .iter()
                .any(|r| of_drill(r) && r.recipient == id.into())
    }

    fn alert(&self, id: AlertId) -> AlertRow {
        let read = move |conn: &mut Conn| -> Result<AlertRow, DbError> {
            Ok(on!(conn, |c| alerts::table
                .find(id)
                .select(AlertRow::as_select())
                .first(c))?)
        };
        ended(self.db.read(read)).unwrap().unwrap()
    }
}

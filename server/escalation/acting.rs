//! Who can act on a record now: the one answer that the plan, her readiness, the heartbeat and the
//! opening up of records in conflict are given.
//!
//! Operators and supervisors who are connected and on whose feed it stands, or would once it is on
//! feeds; and the supervisors who may be alarmed over channels of their own: those of its centre,
//! and of the backup once that sees it. Officers she named are in neither. The rule for one person
//! is `sight`'s, which the feeds ask too.

use std::collections::HashMap;

use super::centres;
use super::error::EscalationError;
use super::mark;
use super::model::{Post, ShiftFacts};
use super::sight::{self, Onlooker};
use super::store::{self, SightRow};
use crate::clock::At;
use crate::db::Conn;
use crate::identity::{self, SupervisorToAlarm};
use crate::ids::{AlertId, CentreId, OperatorId, PersonId, RecordId};

/// Who can act on one record, as of the moment it was read.
pub struct Acting {
    record: SightRow,
    backup: Option<CentreId>,
    named: Vec<OperatorId>,
    there: HashMap<OperatorId, Post>,
}

/// A supervisor who may be alarmed.
#[derive(Debug, Clone)]
pub struct ToAlarm {
    /// The supervisor.
    pub supervisor: SupervisorToAlarm,
    /// Of the backup, which does not see the record yet.
    pub once_widened: bool,
}

impl Acting {
    /// Reads it. `backup`: the backup of the record's centre; `named`: the officers she named.
    ///
    /// # Errors
    /// The database.
    pub fn on(
        conn: &mut Conn,
        record: SightRow,
        backup: Option<CentreId>,
        named: Vec<OperatorId>,
        now: At,
    ) -> Result<Self, EscalationError> {
        let told = backup.filter(|_| sight::backup_is_told(&record));
        let mut acting = Self {
            there: HashMap::new(),
            record,
            backup,
            named,
        };
        let (centre, other) = (acting.record.centre, acting.record.other_centre);
        for centre in [Some(centre), other, told].into_iter().flatten() {
            for (operator, role) in store::present(conn, centre, now)? {
                if let Some(post) = Post::parse(&role)
                    && sight::shows(&acting.record, &acting.onlooker(operator, centre, post))
                {
                    acting.there.insert(operator, post);
                }
            }
        }
        Ok(acting)
    }

    /// On a record that she would raise at this centre now.
    ///
    /// # Errors
    /// The database.
    pub fn on_one_of(
        conn: &mut Conn,
        person: PersonId,
        centre: CentreId,
        now: At,
    ) -> Result<Self, EscalationError> {
        let mut row = blank(person, centre, now);
        mark::conflict(conn, &mut row)?;
        let backup = centres::by_id(conn, centre)?.and_then(|c| c.backup);
        let named = identity::operators_named_by(conn, person)?;
        Self::on(conn, row.sight(), backup, named, now)
    }

    /// On a record of a person who named no officer, at this centre.
    ///
    /// # Errors
    /// The database.
    pub fn at(conn: &mut Conn, centre: CentreId, now: At) -> Result<Self, EscalationError> {
        let row = blank(PersonId::new(), centre, now);
        Self::on(conn, row.sight(), None, Vec::new(), now)
    }

    /// Those who are connected.
    #[must_use]
    pub fn on_shift(&self) -> ShiftFacts {
        let mut facts = ShiftFacts::default();
        self.there.values().for_each(|post| facts.count(*post));
        facts
    }

    /// Whether no person who is connected sees it.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.there.is_empty()
    }

    /// The supervisors who may be alarmed, and those of the backup who may be once it sees the
    /// record. One from whom it is hidden for now is among them only where no person who is
    /// connected sees it: then it is about to be opened up.
    ///
    /// # Errors
    /// The database.
    pub fn supervisors(&self, conn: &mut Conn) -> Result<Vec<ToAlarm>, EscalationError> {
        let told = sight::backup_is_told(&self.record);
        let mut all = Vec::new();
        for centre in [Some(self.record.centre), self.backup]
            .into_iter()
            .flatten()
        {
            let at_home = centre == self.record.centre;
            for supervisor in identity::supervisors_to_alarm(conn, centre)? {
                let post = match supervisor.unlisted {
                    true => Post::Unlisted,
                    false => Post::Supervisor,
                };
                let who = self.onlooker(supervisor.operator, centre, post);
                let may = sight::shows(&self.record, &who) || self.is_nobody() || !at_home;
                if may && !who.named {
                    let once_widened = !at_home && !told;
                    all.push(ToAlarm {
                        supervisor,
                        once_widened,
                    });
                }
            }
        }
        Ok(all)
    }

    fn onlooker(&self, operator: OperatorId, centre: CentreId, post: Post) -> Onlooker {
        Onlooker {
            operator,
            centre,
            post,
            named: self.named.contains(&operator),
            backs: self.backup == Some(centre),
        }
    }
}

fn blank(person: PersonId, centre: CentreId, now: At) -> store::RecordRow {
    let municipality = crate::ids::MunicipalityId::new();
    let mut row = store::blank(RecordId::new(), AlertId::new(), person, municipality, now);
    row.centre = centre;
    row
}

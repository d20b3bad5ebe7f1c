//! What alerts do about the outcome of a delivery: the next channel is queued in the transaction in
//! which this one failed.

use std::collections::BTreeSet;

use super::context::{Extent, StepContext};
use super::messages::SUBJECT;
use super::step::step;
use crate::alerts::{AlertError, store};
use crate::bus::Event;
use crate::clock::At;
use crate::db::{Conn, DbError, take_alerts};
use crate::delivery::model::{Medium, NotificationState};
use crate::delivery::outbox::follow_up;
use crate::delivery::outbox::follow_up::Settled;
use crate::foundation::Foundation;
use crate::ids::{AlertId, SubjectId};
use crate::plan::model::Step;

/// What alerts do about a delivery's outcome, in the outcome's own transaction.
pub struct OutcomeHook(pub Foundation);

impl follow_up::OutcomeHook for OutcomeHook {
    fn lock(&self, conn: &mut Conn, subjects: &[(&str, SubjectId)]) -> Result<(), DbError> {
        let alerts: BTreeSet<AlertId> = subjects
            .iter()
            .filter(|(kind, _)| *kind == SUBJECT)
            .map(|(_, subject)| subject.alert())
            .collect();
        take_alerts(conn, &alerts.into_iter().collect::<Vec<_>>())
    }

    fn settle(&self, conn: &mut Conn, now: At, settled: &[Settled]) -> Result<(), DbError> {
        let ctx = StepContext {
            foundation: self.0.clone(),
            lease: None,
            extent: Extent::Whole,
        };
        // Taken by `lock`.
        alerts_of(settled)
            .into_iter()
            .try_for_each(|alert| step(conn, &ctx, alert, now).map(drop).map_err(into_db))
    }

    fn set_aside(&self, conn: &mut Conn, now: At, settled: &[Settled]) -> Result<(), DbError> {
        alerts_of(settled)
            .into_iter()
            .try_for_each(|alert| store::ask_now(conn, alert, now))
    }

    fn published(&self, settled: &[Settled]) {
        let taken = settled
            .iter()
            .filter(|s| s.subject_kind == SUBJECT && is_first_push(s));
        taken.for_each(|s| self.0.meters.push_taken(s.key.subject, self.0.clock.now()));
        for alert in alerts_of(settled) {
            self.0.bus.publish(Event::AlertChanged { alert });
        }
    }
}

/// Whether a provider took a push that told a contact of the press.
fn is_first_push(settled: &Settled) -> bool {
    let taken = settled.state == NotificationState::Sent || settled.state.reached();
    taken && settled.key.step == Step::Push.number() && settled.channel.medium() == Medium::Push
}

fn alerts_of(settled: &[Settled]) -> BTreeSet<AlertId> {
    settled
        .iter()
        .filter(|s| s.subject_kind == SUBJECT)
        .map(|s| s.key.subject.alert())
        .collect()
}

fn into_db(error: AlertError) -> DbError {
    match error {
        AlertError::Db(error) => error,
        AlertError::Step(error) => into_db(*error),
        other => DbError::Other(other.to_string()),
    }
}

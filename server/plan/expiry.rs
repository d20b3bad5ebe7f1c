//! The end of an alert that nobody ended: a day after the last press or place; of a drill, a
//! quarter of an hour.
//!
//! Contacts then read "no news since …", never "it is over", and the record stays with whoever has
//! it.

use super::draft::Pen;
use crate::clock::At;
use crate::plan::decision::Action;
use crate::plan::model::AlertState;
use crate::plan::situation::{Alert, Situation};

/// However short `join_within_s` is, an open alert is not looked at more often for its sake.
const SOON_ENOUGH_S: u64 = 10;

/// The rule.
pub(super) fn rules(pen: &mut Pen<'_>, situation: &Situation) {
    if situation.alert.state != AlertState::Open {
        return;
    }
    let at = expires_at(pen, &situation.alert);
    if at <= pen.now {
        pen.act(Action::Expire);
    } else {
        pen.ask_at(at);
        // Nobody asks the plan when somebody accepts: it finds who did, in time for the step that
        // is due then.
        let joins_within = pen.config.join_within_s.max(SOON_ENOUGH_S);
        pen.ask_in(pen.config.ask_again_s.min(joins_within).max(1));
    }
}

fn expires_at(pen: &Pen<'_>, alert: &Alert) -> At {
    if alert.drill {
        return pen.after(
            alert.last_press_at.max(alert.raised_at),
            pen.config.drill_ends_s,
        );
    }
    let last = alert
        .last_fix_at
        .map_or(alert.last_press_at, |fix| fix.max(alert.last_press_at));
    pen.after(last.max(alert.raised_at), pen.config.expires_s)
}

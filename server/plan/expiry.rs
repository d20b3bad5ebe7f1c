//! The end of an alert that she did not end: a day after the last press or place; of a drill, a
//! quarter of an hour.
//!
//! Contacts then read "no news since …", never "it is over", and the record stays with its
//! operator.

use super::draft::DecisionDraft;
use crate::clock::At;
use crate::plan::decision::Action;
use crate::plan::model::AlertState;
use crate::plan::situation::{Alert, Situation};

/// However short `join_within_s` is, an open alert is not looked at more often for its sake.
const SOON_ENOUGH_S: u64 = 10;

/// The rule.
pub(super) fn rules(draft: &mut DecisionDraft<'_>, situation: &Situation) {
    if situation.alert.state != AlertState::Open {
        return;
    }
    let at = expires_at(draft, &situation.alert);
    if at <= draft.now {
        draft.act(Action::Expire);
    } else {
        draft.ask_at(at);
        // The plan is not asked when a contact accepts: it finds who did, in time for the step that
        // is due then.
        let joins_within = draft.config.join_within_s.max(SOON_ENOUGH_S);
        draft.ask_in(draft.config.ask_again_s.min(joins_within).max(1));
    }
}

fn expires_at(draft: &DecisionDraft<'_>, alert: &Alert) -> At {
    if alert.drill {
        return draft.after(
            alert.last_press_at.max(alert.raised_at),
            draft.config.drill_ends_s,
        );
    }
    let last = alert
        .last_fix_at
        .map_or(alert.last_press_at, |fix| fix.max(alert.last_press_at));
    draft.after(last.max(alert.raised_at), draft.config.expires_s)
}

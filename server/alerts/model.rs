//! What an alert can be, and what a press means. Pure.

pub use crate::identity::model::{Hold, Policy};
pub use crate::plan::model::{AlertState, CloseKind};

use crate::ids::AlertId;

/// An alert that a press may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Ours.
    pub alert: AlertId,
    /// Whether it is open to her. One hidden by duress is not.
    pub state: AlertState,
    /// Whether it is a drill.
    pub drill: bool,
}

/// What a press comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// A new alert: 201.
    Raises,
    /// The phone sends the same press again (or a queue was flushed): the same alert, 200.
    Retries {
        /// Which.
        alert: AlertId,
        /// The drill becomes an alarm. Its `raised_at` is this press: the plan starts anew.
        becomes_real: bool,
    },
    /// She pressed again: another name of the open alert, 200, on the timeline, louder, contacts
    /// told again.
    Again {
        /// Which.
        alert: AlertId,
        /// The drill becomes an alarm. Its `raised_at` is this press: the plan starts anew.
        becomes_real: bool,
    },
    /// This id was closed: 200 with the closed state, and nothing moves.
    Closed {
        /// Which.
        alert: AlertId,
    },
}

impl Press {
    /// Whether contacts are told of an alarm that was none before.
    #[must_use]
    pub const fn is_new_alarm(self, drill: bool) -> bool {
        match self {
            Self::Raises => !drill,
            Self::Retries { becomes_real, .. } | Self::Again { becomes_real, .. } => becomes_real,
            Self::Closed { .. } => false,
        }
    }
}

/// What a press means. `same_id`: the alert that already has the phone's id, as first id or as
/// another name. `open`: an alert she has open. A drill may become an alarm; an alarm never becomes
/// a drill, whatever a phone says.
#[must_use]
pub fn pressed(same_id: Option<Known>, open: Option<Known>, drill: bool) -> Press {
    let becomes_real = |known: Known| known.drill && !drill;
    match (same_id, open) {
        (Some(known), _) if known.state == AlertState::Open => Press::Retries {
            alert: known.alert,
            becomes_real: becomes_real(known),
        },
        (Some(known), _) => Press::Closed { alert: known.alert },
        (None, Some(known)) if known.state == AlertState::Open => Press::Again {
            alert: known.alert,
            becomes_real: becomes_real(known),
        },
        (None, _) => Press::Raises,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(state: AlertState, drill: bool) -> Known {
        Known {
            alert: AlertId::new(),
            state,
            drill,
        }
    }

    #[test]
    fn a_new_id_raises_unless_she_has_an_open_alert() {
        assert_eq!(pressed(None, None, false), Press::Raises);
        assert_eq!(
            pressed(None, Some(known(AlertState::Closed, false)), false),
            Press::Raises
        );
        let open = known(AlertState::Open, false);
        assert_eq!(
            pressed(None, Some(open), false),
            Press::Again {
                alert: open.alert,
                becomes_real: false
            }
        );
    }

    #[test]
    fn the_same_id_is_the_same_alert_open_or_closed() {
        let (open, closed) = (
            known(AlertState::Open, false),
            known(AlertState::Closed, false),
        );
        assert_eq!(
            pressed(Some(open), Some(open), false),
            Press::Retries {
                alert: open.alert,
                becomes_real: false
            }
        );
        assert_eq!(
            pressed(Some(closed), Some(open), false),
            Press::Closed {
                alert: closed.alert
            }
        );
    }

    #[test]
    fn a_drill_may_become_an_alarm_and_an_alarm_never_a_drill() {
        let drill = known(AlertState::Open, true);
        let alarm = known(AlertState::Open, false);
        assert_eq!(
            pressed(Some(drill), None, false),
            Press::Retries {
                alert: drill.alert,
                becomes_real: true
            }
        );
        assert_eq!(
            pressed(None, Some(drill), false),
            Press::Again {
                alert: drill.alert,
                becomes_real: true
            }
        );
        assert_eq!(
            pressed(None, Some(alarm), true),
            Press::Again {
                alert: alarm.alert,
                becomes_real: false
            }
        );
        assert_eq!(
            pressed(None, Some(drill), true),
            Press::Again {
                alert: drill.alert,
                becomes_real: false
            }
        );
    }
}

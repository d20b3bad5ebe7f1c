//! How far ahead of now a stored moment may be.
//!
//! What: [`Moment`] is a column that holds a moment which is still to come, with the longest distance
//! from now at which it can have been written. Invariant: no such column is believed beyond that: a
//! moment further off was written by a clock that was wrong, or before this one was put right, and
//! waiting for it would be silence. What follows instead is in [`ALL`], for each column, and in
//! `docs/clocks.md`. Path: a store reads a row, or filters by one, with [`Moment::latest`]. On
//! failure: a column without an entry fails the test that reads the schemas.

use std::time::Duration;

use crate::clock::{At, JUMP};
use crate::config::Config;

/// A column, and how far ahead of now it is believed.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Where it is: `table.column`.
    pub column: &'static str,
    /// The longest distance.
    pub longest: Longest,
    /// What follows where it is further off.
    pub beyond: &'static str,
}

/// The longest distance from now.
#[derive(Debug, Clone, Copy)]
pub enum Longest {
    /// By a setting or a constant, in seconds.
    Seconds(fn(&Config) -> u64),
    /// By the row itself.
    Row(&'static str),
    /// It is believed as it stands, for this reason.
    Stands(&'static str),
}

impl Moment {
    /// How far from now it is believed. Clocks of two nodes may differ by [`JUMP`]. Without a distance
    /// of its own a column is believed whatever it holds.
    #[must_use]
    pub fn distance(&self, config: &Config) -> Duration {
        match self.longest {
            Longest::Seconds(of) => Duration::from_secs(of(config)).saturating_add(JUMP),
            Longest::Row(_) | Longest::Stands(_) => Duration::MAX,
        }
    }

    /// The latest moment that is believed.
    #[must_use]
    pub fn latest(&self, config: &Config, now: At) -> At {
        now.plus(self.distance(config))
    }

    /// Whether what it stands for is still to come: it is after now, and can be.
    #[must_use]
    pub fn is_ahead(&self, stored: At, config: &Config, now: At) -> bool {
        stored > now && stored <= self.latest(config, now)
    }
}

macro_rules! moments {
    ($($name:ident: $column:literal, $longest:expr, $beyond:literal;)+) => {
        $(#[doc = concat!("`", $column, "`: beyond it ", $beyond, ".")]
        pub const $name: Moment = Moment { column: $column, longest: $longest, beyond: $beyond };)+

        /// All of them.
        pub const ALL: &[Moment] = &[$($name),+];
    };
}

use Longest::{Row, Seconds, Stands};

const DAY_S: u64 = 24 * 60 * 60;

moments! {
    PLAN_DUE: "alerts.plan_due_at", Seconds(|c| c.plan.longest_period_s()),
        "the plan is asked now";
    TOLD_AGAIN: "alerts.told_again_at", Seconds(|_| 0),
        "contacts count as not yet told that she pressed again";
    POSTPONED: "alerts.postponed_until", Seconds(|c| c.plan.postpone_max_s),
        "911 is told now";
    DUE: "notifications.due_at", Row("its deadline, less when it was queued"),
        "the message is due now";
    DEADLINE: "notifications.deadline", Row("from when it was queued, which is now at the latest"),
        "it moves with the moment at which it was queued";
    LEASE: "notifications.lease_until", Seconds(|c| c.delivery.lease_s),
        "the lease is void, and the message is free";
    ALIVE: "nodes.alive_until", Seconds(|c| c.delivery.alive_s),
        "the node counts as dead";
    PRESENCE: "presence.until", Seconds(|c| c.escalation.presence_s),
        "the operator counts as not connected";
    REMINDER_DUE: "people.reminder_due_at", Seconds(|c| u64::from(c.readiness.reminder_days).max(30) * DAY_S + DAY_S),
        "she is looked at now";
    STEPPED_UP: "sessions.stepped_up_until", Seconds(|c| c.identity.step_up_minutes * 60),
        "the session is not stepped up";
    CODE: "sign_in_codes.expires_at", Seconds(|c| c.identity.code_minutes * 60),
        "the code has expired";
    LOCKED: "operators.locked_until", Seconds(|_| LONGEST_LOCK_S),
        "the account is not locked";
    TOTP_STEP: "operators.totp_last_step", Row("one step of 30 s after this one"),
        "no code counts as used";
    TRUSTED: "devices.trusted_at", Stands("a device that waits longer can press meanwhile; one that waits less could be a thief's"), "";
    SESSION: "operator_sessions.expires_at", Stands("an operator who is signed out at night takes no record; an idle session ends before"), "";
    INVITATION: "invitations.expires_at", Stands("a link that lives longer harms less than one that is dead"), "";
    MAIL: "mail_confirmations.expires_at", Stands("as an invitation's"), "";
    SIGNS_FROM: "signing_keys.signs_from", Stands("where no key signs now, one is made"), "";
    SIGNS_UNTIL: "signing_keys.signs_until", Stands("tokens last for minutes"), "";
    VERIFIES_UNTIL: "signing_keys.verifies_until", Stands("tokens last for minutes"), "";
}

/// The longest that wrong passwords lock an operator's account, in seconds.
pub const LONGEST_LOCK_S: u64 = 15 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_ahead_only_as_far_as_it_can_be() {
        let config = Config::embedded().unwrap();
        let now = At::from_micros(1_800_000_000_000_000);
        let in_s = |s| now.plus(Duration::from_secs(s));
        assert!(!LEASE.is_ahead(now, &config, now));
        assert!(LEASE.is_ahead(in_s(30), &config, now));
        assert!(!LEASE.is_ahead(in_s(33), &config, now));
        assert!(!TOLD_AGAIN.is_ahead(in_s(3), &config, now));
        assert!(SESSION.is_ahead(in_s(400 * DAY_S), &config, now));
    }
}

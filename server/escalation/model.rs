//! What the 911 record can be, and who may move it. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::At;
pub use crate::identity::model::Role;
use crate::ids::OperatorId;
use crate::words;

words! {
    /// Where a record stands. One is born with every alert, whatever her policy.
    pub enum RecordState {
        /// By her policy not for 911: on no feed, in no count, readable by nobody.
        Withheld = "withheld",
        /// For 911 unless her contacts answer in time.
        Waiting = "waiting",
        /// On the feed, nobody's yet.
        Queued = "queued",
        /// An operator has it.
        Claimed = "claimed",
        /// A unit is under way.
        Dispatched = "dispatched",
        /// The unit is with her.
        OnScene = "on_scene",
        /// Worked, with a disposition.
        Closed = "closed",
        /// She ended the alert before anybody had claimed the record.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What can happen to a record.
    pub enum RecordEvent {
        /// The plan puts it on the feed.
        Queue = "queue",
        /// She ended the alert by her PIN.
        Withdraw = "withdraw",
        /// An operator takes it.
        Claim = "claim",
        /// Its operator gives it back.
        Release = "release",
        /// Another operator takes it from one who has gone quiet. What was done stays done.
        TakeOver = "take_over",
        /// It goes to another centre's queue.
        Transfer = "transfer",
        /// A unit is sent.
        Dispatch = "dispatch",
        /// The unit has arrived.
        OnScene = "on_scene",
        /// Worked to its end.
        Close = "close",
        /// She pressed again.
        PressedAgain = "pressed_again",
    }
}

impl RecordState {
    /// Whether operators see it as work: on the feed and not at its end.
    #[must_use]
    pub const fn at_work(self) -> bool {
        matches!(self, Self::Queued | Self::Claimed | Self::Dispatched | Self::OnScene)
    }

    /// Whether an operator holds it.
    #[must_use]
    pub const fn held(self) -> bool {
        matches!(self, Self::Claimed | Self::Dispatched | Self::OnScene)
    }

    /// Whether 911 may know of it at all.
    #[must_use]
    pub const fn on_feed(self) -> bool {
        !matches!(self, Self::Withheld | Self::Waiting)
    }

    /// The state after `event`, or `None` if it may not happen here. `ever_claimed`: whether anybody has held it, after
    /// which it can no longer be withdrawn.
    #[must_use]
    pub const fn after(self, event: RecordEvent, ever_claimed: bool) -> Option<Self> {
        use RecordEvent as E;
        match (self, event) {
            (Self::Withheld | Self::Waiting, E::Queue) => Some(Self::Queued),
            (Self::Withheld | Self::Waiting | Self::Queued, E::Withdraw) if !ever_claimed => Some(Self::Withdrawn),
            (Self::Queued, E::Claim) => Some(Self::Claimed),
            (Self::Claimed | Self::Dispatched | Self::OnScene, E::Release) => Some(Self::Queued),
            (Self::Claimed | Self::Dispatched | Self::OnScene, E::TakeOver) => Some(self),
            (Self::Queued | Self::Claimed | Self::Dispatched | Self::OnScene, E::Transfer) => Some(Self::Queued),
            (Self::Claimed, E::Dispatch) => Some(Self::Dispatched),
            (Self::Claimed | Self::Dispatched, E::OnScene) => Some(Self::OnScene),
            (Self::Claimed | Self::Dispatched | Self::OnScene, E::Close) => Some(Self::Closed),
            (Self::Closed, E::PressedAgain | E::Queue) => Some(Self::Queued),
            // Louder, but where it stands.
            (Self::Queued | Self::Claimed | Self::Dispatched | Self::OnScene, E::PressedAgain) => Some(self),
            _ => None,
        }
    }
}

impl RecordState {
    /// Whether some event leads from here to `next`.
    #[must_use]
    pub fn may_become(self, next: Self, ever_claimed: bool) -> bool {
        RecordEvent::ALL.iter().any(|event| self.after(*event, ever_claimed) == Some(next))
    }
}

/// How loud the feed shows a record: 0 (as it came) to 3 (nobody may overlook it).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Level(i64);

impl Level {
    /// As it came.
    pub const QUIET: Self = Self(0);
    /// The loudest.
    pub const LOUDEST: Self = Self(3);

    /// That level, or the nearest there is.
    #[must_use]
    pub const fn new(level: i64) -> Self {
        Self(if level < 0 {
            0
        } else if level > 3 {
            3
        } else {
            level
        })
    }

    /// 0 to 3: the column.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// So many levels louder, 3 at most.
    #[must_use]
    pub const fn louder(self, by: i64) -> Self {
        Self::new(self.0.saturating_add(by))
    }
}

words! {
    /// How a record ended, as its operator says.
    pub enum Disposition {
        /// A unit reached her and she was helped.
        Assisted = "assisted",
        /// She was spoken to and needs no unit.
        Safe = "safe",
        /// Handed on to care: IMM, DIF, CAPPSI.
        Referred = "referred",
        /// She was not found.
        NotLocated = "not_located",
        /// She pressed by mistake. Takes a second person.
        FalseAlarm = "false_alarm",
        /// Another record has the same event.
        Duplicate = "duplicate",
        /// A training record.
        Training = "training",
    }
}

words! {
    /// Priority in the incident catalogue.
    pub enum Priority {
        /// High.
        Alta = "alta",
        /// Medium.
        Media = "media",
        /// Low.
        Baja = "baja",
    }
}

impl Priority {
    /// The number that EIDO carries (0–10, 10 the highest).
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Alta => 10,
            Self::Media => 5,
            Self::Baja => 1,
        }
    }
}

/// A code of the national incident catalogue (CNIE), with what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Five digits.
    pub code: &'static str,
    /// Its priority there.
    pub priority: Priority,
    /// In Spanish, as operators know it.
    pub es: &'static str,
    /// In English.
    pub en: &'static str,
}

/// The edition that [`KINDS`] is taken from; in force since June 2024.
pub const KINDS_EDITION: &str = "CNIE 3.0";

/// "Panic button, nature unknown" has no code of its own: a press starts as violence against women, and the operator
/// codes it anew.
pub const KIND_OF_A_PRESS: &str = "30903";

/// The code of a record that only trains.
pub const KIND_OF_TRAINING: &str = "60210";

const fn kind(code: &'static str, priority: Priority, es: &'static str, en: &'static str) -> Kind {
    Kind { code, priority, es, en }
}

/// The codes an operator is offered. Data, not a type: a code that is not here is kept as it is.
pub const KINDS: &[Kind] = &[
    kind("30502", Priority::Alta, "Violencia de pareja", "Violence by a partner"),
    kind("30503", Priority::Alta, "Violencia familiar", "Violence in the family"),
    kind("30903", Priority::Alta, "Violencia contra las mujeres", "Violence against women"),
    kind("30701", Priority::Alta, "Abuso sexual", "Sexual abuse"),
    kind("30707", Priority::Alta, "Violación", "Rape"),
    kind("30603", Priority::Alta, "Privación de la libertad", "Deprivation of liberty"),
    kind("30602", Priority::Alta, "Persona no localizada", "Missing person"),
    kind("30909", Priority::Alta, "Agresión física", "Physical assault"),
    kind("30709", Priority::Alta, "Trata de personas", "Trafficking in persons"),
    kind("30702", Priority::Media, "Acoso u hostigamiento sexual", "Sexual harassment"),
    kind("31002", Priority::Media, "Amenaza", "Threat"),
    kind("31001", Priority::Media, "Allanamiento", "Break-in"),
    kind("60210", Priority::Baja, "Simulacro", "Drill"),
    kind("60201", Priority::Baja, "Llamada de prueba", "Test call"),
    kind("70104", Priority::Baja, "Llamada muda", "Silent call"),
];

impl Kind {
    /// The known kind of that code.
    #[must_use]
    pub fn known(code: &str) -> Option<&'static Self> {
        KINDS.iter().find(|k| k.code == code)
    }

    /// Whether the text can be a code: five digits, known here or not.
    #[must_use]
    pub fn is_code(text: &str) -> bool {
        text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit())
    }

    /// The priority of a code. One that is not known here is high: nobody waits because a list is old.
    #[must_use]
    pub fn priority_of(code: &str) -> Priority {
        Self::known(code).map_or(Priority::Alta, |k| k.priority)
    }
}

/// Whether closing takes a second person: as a false alarm always, and within `quick` of the claim whatever it was.
#[must_use]
pub fn close_takes_two(disposition: Disposition, claimed_at: Option<At>, now: At, quick: Duration) -> bool {
    disposition == Disposition::FalseAlarm || claimed_at.is_none_or(|claimed| now.since(claimed) < quick)
}

/// Whether the operator may claim: not one who lost this record less than `wait` ago.
#[must_use]
pub fn may_claim(operator: OperatorId, lost: Option<(OperatorId, At)>, now: At, wait: Duration) -> bool {
    lost.is_none_or(|(by, at)| by != operator || now.since(at) >= wait)
}

/// Whether a held record has gone quiet, so that anyone of the centre may take it over: no step for `idle` once
/// claimed, for `unit_idle` with a unit under way or on the scene.
#[must_use]
pub fn may_take_over(state: RecordState, last_step_at: At, now: At, idle: Duration, unit_idle: Duration) -> bool {
    match state {
        RecordState::Claimed => now.since(last_step_at) >= idle,
        RecordState::Dispatched | RecordState::OnScene => now.since(last_step_at) >= unit_idle,
        _ => false,
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;

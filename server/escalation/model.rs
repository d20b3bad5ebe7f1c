//! What a record is, and what may become of it. Pure.

use serde::{Deserialize, Serialize};

use super::centres::CentreTimes;
use crate::clock::At;
use crate::ids::{CentreId, RecordId};
use crate::words;

words! {
    /// Where a record is. An unknown state reads as queued, so that an operator sees the record.
    pub enum RecordState, unknown Queued {
        /// Her policy keeps 911 out: on no feed, in no count, readable by no operator.
        Withheld = "withheld",
        /// 911 is told unless a contact answers in time.
        Waiting = "waiting",
        /// It has a folio and stands in its centre's queue.
        Queued = "queued",
        /// An operator has it.
        Claimed = "claimed",
        /// A unit was sent.
        Dispatched = "dispatched",
        /// A unit is with her.
        OnScene = "on_scene",
        /// Worked, with a disposition.
        Closed = "closed",
        /// She ended the alert before a claim.
        Withdrawn = "withdrawn",
    }
}

/// What can happen to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordEvent {
    /// The plan, or she, tells 911; of a closed record, again.
    Queue,
    /// An operator takes it.
    Claim,
    /// Its operator puts it back.
    Release,
    /// Another operator takes it from one who is idle.
    TakeOver,
    /// It goes to another centre's queue.
    Transfer,
    /// A unit is sent, or another one.
    Dispatch,
    /// A unit has arrived.
    Arrive,
    /// It is done.
    Close,
    /// She called it off.
    Withdraw,
    /// She pressed again.
    PressedAgain,
}

impl RecordState {
    /// Whether 911 may know of it at all.
    #[must_use]
    pub const fn on_feed(self) -> bool {
        !matches!(self, Self::Withheld | Self::Waiting)
    }

    /// The state after that event, or `None` if it cannot happen here. `ever_claimed`: whether any
    /// operator has had it; from then on it cannot be withdrawn, only closed.
    #[must_use]
    pub const fn after(self, event: RecordEvent, ever_claimed: bool) -> Option<Self> {
        use RecordEvent as E;
        match (self, event) {
            (Self::Withheld | Self::Waiting | Self::Closed, E::Queue)
            | (Self::Claimed | Self::Dispatched | Self::OnScene, E::Release)
            | (Self::Queued | Self::Claimed | Self::Dispatched | Self::OnScene, E::Transfer)
            | (Self::Closed | Self::Queued, E::PressedAgain) => Some(Self::Queued),
            (Self::Queued, E::Claim) => Some(Self::Claimed),
            (Self::Claimed | Self::Dispatched, E::Dispatch) => Some(Self::Dispatched),
            (Self::Dispatched, E::Arrive) => Some(Self::OnScene),
            (Self::Claimed | Self::Dispatched | Self::OnScene, E::TakeOver | E::PressedAgain)
            | (Self::OnScene, E::Dispatch) => Some(self),
            (Self::Claimed | Self::Dispatched | Self::OnScene, E::Close) => Some(Self::Closed),
            (Self::Withheld | Self::Waiting | Self::Queued, E::Withdraw) if !ever_claimed => {
                Some(Self::Withdrawn)
            }
            _ => None,
        }
    }

    /// Whether an operator has it.
    #[must_use]
    pub const fn is_worked(self) -> bool {
        matches!(self, Self::Claimed | Self::Dispatched | Self::OnScene)
    }

    /// Whether it stands on its centre's feed: from the queue to the scene.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued) || self.is_worked()
    }

    /// Whether nothing more is expected; a closed one may queue again when she presses or asks for 911.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Withdrawn)
    }
}

words! {
    /// How urgent a record is; CNIE's ALTA, MEDIA and BAJA.
    pub enum Priority, unknown High {
        /// ALTA.
        High = "high",
        /// MEDIA.
        Medium = "medium",
        /// BAJA: tests and training.
        Low = "low",
    }
}

words! {
    /// How a record ended.
    pub enum Disposition {
        /// A unit was with her and helped.
        Attended = "attended",
        /// Handed on to another institution (canalización).
        Referred = "referred",
        /// She was not found where she was looked for.
        NotLocated = "not_located",
        /// No contact could be made; it stays for a call-back.
        NoContact = "no_contact",
        /// The same event as another record.
        Duplicate = "duplicate",
        /// No danger. Needs a second person.
        FalseAlarm = "false_alarm",
        /// It was training.
        Training = "training",
    }
}

/// The loudest a feed shows a record: 0 is as it came, 3 is the loudest.
pub const LOUDEST: i64 = 3;

/// How loud the feed shows a record: 0 (as it came) to 3 (it must not be overlooked).
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
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

/// What the plan and the alert ask of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordFacts {
    /// Which.
    pub id: RecordId,
    /// Where it stands.
    pub state: RecordState,
    /// How loud it is, 0 to [`LOUDEST`].
    pub level: i64,
    /// Its version, from 1, without gaps.
    pub version: i64,
    /// Its folio, once it has queued.
    pub folio: Option<String>,
    /// For training: in its own queue.
    pub training: bool,
    /// The centre that is to work it.
    pub centre: CentreId,
    /// Another centre that sees it.
    pub other_centre: Option<CentreId>,
    /// Whether its centre has a backup named.
    pub has_backup: bool,
    /// Where its centre differs from the settings.
    pub times: CentreTimes,
    /// Whether the backup sees it.
    pub widened: bool,
    /// When it last came into the queue.
    pub queued_at: Option<At>,
    /// When the present operator took it.
    pub claimed_at: Option<At>,
    /// When the first operator took it; from then on 911 "has it".
    pub first_claimed_at: Option<At>,
    /// The last step of the operator who has it.
    pub last_step_at: Option<At>,
    /// When it was closed or withdrawn.
    pub closed_at: Option<At>,
    /// Codes that make it stand out.
    pub flags: Vec<String>,
}

/// Who is connected at a centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShiftFacts {
    /// Operators with a live feed.
    pub operators: i64,
    /// Supervisors with a live feed.
    pub supervisors: i64,
}

impl ShiftFacts {
    /// No operator there can claim.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.operators == 0 && self.supervisors == 0
    }
}

words! {
    /// In which role an operator is connected.
    pub enum Post {
        /// An operator.
        Operator = "operator",
        /// A supervisor.
        Supervisor = "supervisor",
        /// A supervisor who is on no list that officers see: the first to see records in conflict.
        Unlisted = "unlisted",
    }
}

impl ShiftFacts {
    /// Counts one more operator or supervisor.
    pub fn count(&mut self, post: Post) {
        match post {
            Post::Operator => self.operators += 1,
            Post::Supervisor | Post::Unlisted => self.supervisors += 1,
        }
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;

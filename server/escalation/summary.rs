//! What a record shows before a claim, and to operators who have not claimed it.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::flags;
use super::kinds;
use super::model::{Disposition, Priority, RecordState};
use super::sight::Sight;
use super::store::RecordRow;
use crate::clock::At;
use crate::config;
use crate::ids::{CentreId, RecordId};

/// A kind of event, by its CNIE code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KindView {
    /// Five digits.
    #[schema(example = "30903")]
    pub code: String,
    /// Its name in Spanish.
    #[schema(example = "Violencia contra las mujeres")]
    pub es: String,
    /// Its name in English.
    #[schema(example = "Violence against women")]
    pub en: String,
}

impl KindView {
    fn of(code: &str) -> Self {
        let (es, en) = kinds::of(code).map_or(("", ""), |k| (k.es, k.en));
        Self {
            code: code.to_owned(),
            es: es.to_owned(),
            en: en.to_owned(),
        }
    }
}

/// A record as the queue shows it. Nothing in here says who she is or exactly where.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RecordSummary {
    /// The record.
    pub id: RecordId,
    /// What people say on the phone.
    #[schema(example = "CUU-26-000123")]
    pub folio: Option<String>,
    /// Grows by one with each change, without gaps.
    #[schema(example = 3)]
    pub version: i64,
    /// Where it stands.
    pub state: RecordState,
    /// How loud to show it: 0 as it came, 3 the loudest.
    #[schema(example = 0)]
    pub level: i64,
    /// How urgent its kind is.
    pub priority: Priority,
    /// What it is, as far as it is known.
    pub kind: KindView,
    /// For training.
    pub training: bool,
    /// The centre that is to work it.
    pub centre: CentreId,
    /// Another centre that sees it.
    pub other_centre: Option<CentreId>,
    /// Why it is at that centre.
    #[schema(example = "home")]
    pub placed_by: String,
    /// Her place to about 1 km: the corner nearest to zero of a hundredth of a degree, WGS 84.
    #[schema(example = "28.63,-106.08")]
    pub cell: Option<String>,
    /// Radius of that fix in metres, 68 % confidence.
    #[schema(example = 18.0)]
    pub accuracy_m: Option<f64>,
    /// When she was there, up to a minute behind while she stays in that cell. Null beside a `cell`:
    /// the hour is unknown; say so.
    pub fix_at: Option<At>,
    /// When she pressed: its age counts from here.
    pub raised_at: At,
    /// When it last came into the queue.
    pub queued_at: Option<At>,
    /// Whether you have claimed it.
    pub yours: bool,
    /// When another operator may take it over, unless its operator takes a step first. Absent while no
    /// operator has it.
    pub take_over_from: Option<At>,
    /// A close that waits for a second person: how it is to end.
    pub close_proposed: Option<Disposition>,
    /// How it ended.
    pub disposition: Option<Disposition>,
    /// It was closed while her alert was open, and no supervisor has looked: it stands before
    /// supervisors, and only they read `true`.
    pub closed_while_open: bool,
    /// Codes that make it stand out: `pressed_again`, `reopened`, `unit_sent`, `outside`, `restored`, …
    pub flags: Vec<String>,
}

impl RecordSummary {
    /// Whether nothing more is expected of it, not even a supervisor's look.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.state.is_over() && !self.closed_while_open
    }

    pub(super) fn of(row: &RecordRow, sight: &Sight, rules: &config::PlanConfig) -> Self {
        let state = row.state;
        let disposition = row.disposition.as_deref().and_then(Disposition::parse);
        let idle_since = row
            .last_step_at
            .or(row.claimed_at)
            .filter(|_| state.is_worked());
        Self {
            id: row.id,
            folio: row.folio.clone(),
            version: row.version,
            state,
            level: row.level,
            priority: row.priority,
            kind: KindView::of(&row.kind),
            training: row.training,
            centre: row.centre,
            other_centre: row.other_centre,
            placed_by: row.placed_by.clone(),
            cell: row.cell.clone(),
            accuracy_m: row.accuracy_m,
            fix_at: row.fix_at,
            raised_at: row.raised_at,
            queued_at: row.queued_at,
            yours: state.is_worked() && row.claimed_by == Some(sight.viewer.operator),
            take_over_from: idle_since
                .map(|at| at.plus(Duration::from_secs(sight.idle_s(row.centre, rules)))),
            close_proposed: disposition
                .filter(|_| row.close_proposed_by.is_some() && !state.is_over()),
            disposition: disposition.filter(|_| state.is_over()),
            closed_while_open: row.closed_early_at.is_some() && sight.viewer.supervises(),
            flags: flags::shown(&row.flags),
        }
    }
}

//! The engine: asks the plan and writes what it decides.
//!
//! **What.** Gather, decide, write. [`situation`] gathers what the plan is asked about, from rows
//! that are stored or that a press is about to write, with what her other alarms bear on this one
//! ([`other_alarms`]); `plan::next` decides; one match in [`effects`]
//! turns the decision into rows, with [`messages`] for the words and [`particulars`] for what only
//! the words need. A press writes those rows in one batch with the alert itself, a tick one by one.
//! [`end`] is what changes when an alert ends, by her or by time. [`step`] does a tick's three
//! stages for one alert; [`run`] asks on a nudge and on a period, [`follow_up`] when a delivery has
//! an outcome. [`ahead`] is what a clock that was wrong has left.
//!
//! **Invariant.** A press and a tick have one interpreter: a press whose plan is asked a moment later
//! leaves the same rows. A step runs in the transaction of the change that led to it, with the rows
//! of the person, the alert and the record locked.
//!
//! **Path.** `situation::gather` → `Loaded::decide` → `Particulars::read` → `Effects::of` →
//! `write_new` (press) or `write_step` (tick); after the commit the messages are handed over.
//!
//! **On failure.** A plan that fails is asked again every five seconds and counted; it delays no
//! other alert.

pub mod ahead;
pub(crate) mod context;
pub(in crate::alerts) mod effects;
pub(in crate::alerts) mod end;
pub(crate) mod follow_up;
pub(in crate::alerts) mod messages;
pub(in crate::alerts) mod other_alarms;
pub(in crate::alerts) mod particulars;
pub(in crate::alerts) mod plan_input;
pub mod run;
pub(in crate::alerts) mod situation;
pub(in crate::alerts) mod step;

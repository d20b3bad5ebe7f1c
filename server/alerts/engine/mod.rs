//! The engine: asks the plan and writes what it decides.
//!
//! What: [`situation`] gathers what the plan is asked about, [`apply`] writes its decision,
//! [`messages`] puts a notice into words; [`step`] does the three for one alert. [`run`] asks on a
//! nudge and on a period, [`follow_up`] when a delivery has an outcome. Invariant: a
//! step runs in the transaction of the change that led to it, with the alert's row taken. Path:
//! gather, decide (`plan::next`), write; after the commit the messages are handed over. On failure:
//! a plan that fails is asked again every five seconds and counted; it holds up no other alert.

pub(crate) mod context;
pub(in crate::alerts) mod effects;
pub(in crate::alerts) mod end;
pub(crate) mod follow_up;
pub(in crate::alerts) mod messages;
pub mod run;
pub(in crate::alerts) mod situation;
pub(in crate::alerts) mod step;

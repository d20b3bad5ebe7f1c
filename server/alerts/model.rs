//! The words of an alert. They stand in `plan`, which decides by them; here they have their home name.

pub use crate::plan::model::{AlertEvent, AlertState, CloseKind, Purpose};

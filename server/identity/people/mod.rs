//! People: who they are, what they chose, their PIN, and the officers they named.
//!
//! What: registration, `GET/PATCH /v1/me`, the PIN, conflicts, and what alerts and escalation ask
//! of a person within their own transactions. Invariant: while an alert is open, hidden ones
//! counted, the PIN stays and the policy can only rise; the condition is part of the very statement
//! that changes the row. Path: a verb here is called by a route, or by a room above inside its
//! write. On failure: nothing is half changed; each verb is one closure.

mod at_press;
mod conflicts;
mod guarded;
mod me;
mod pin;
mod register;
mod reminders;
pub(super) mod routes;
mod store;

pub use at_press::{
    Home, PersonAtPress, PersonCard, alert_closed, alert_opened, home_of, municipality_of, name_of,
    people_by_phone_lookup, person_by_phone, person_card, person_for_raise, phone_lookup_of,
    take_person,
};
pub use conflicts::{Officer, conflicts_of, excluded_people, operators_named_by, set_conflicts};
pub(super) use conflicts::{badge_lookup, corporation_as_kept, name_lookup};
pub use guarded::{Guarded, guarded};
pub use me::{Me, MeChange, change_me, me};
pub use pin::{PinVerdict, check_pin, set_pin};
pub(super) use register::accept_notice;
pub use register::{NewPerson, register};
pub use reminders::{DueReminder, remind_at, reminders_due, take_reminder};

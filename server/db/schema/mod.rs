//! The tables as diesel sees them. Only a room's `store.rs` may name what is in here.
#![expect(
    missing_docs,
    reason = "the migrations say what each table and column is for"
)]

mod delivery;
mod escalation;
mod events;
mod identity;
mod municipality;
mod network;
mod raised;

pub use delivery::*;
pub use escalation::*;
pub use events::*;
pub use identity::*;
pub use municipality::*;
pub use network::*;
pub use raised::*;

diesel::allow_tables_to_appear_in_same_query!(people, devices, sessions);
diesel::allow_tables_to_appear_in_same_query!(operators, operator_sessions);
diesel::allow_tables_to_appear_in_same_query!(contacts, invitations, mail_confirmations);
diesel::allow_tables_to_appear_in_same_query!(centres, centre_times);
diesel::allow_tables_to_appear_in_same_query!(notifications, attempts);
diesel::allow_tables_to_appear_in_same_query!(alerts, alert_names);
diesel::allow_tables_to_appear_in_same_query!(people, conflicts);
diesel::allow_tables_to_appear_in_same_query!(people, change_marks);

//! Her network: the contacts that she chose.
//!
//! What: inviting a contact by name and number, their yes or no, who her contacts are, and how a
//! contact stops being one, from either side. A contact is a person with an account and devices, or
//! a phone alone. Invariant: no contact is told anything before saying yes; contacts never learn of
//! one another; a number gets at most three invitations a day from all women together, and none
//! after STOP or a block; an ended contact stays ended, and is forgotten on schedule
//! ([`retention`]); no alarm goes to a mailbox whose owner has not confirmed it; whether drills
//! reach a contact is the contact's own choice. Path: `invite` writes the contact, a link of 256
//! random bits (stored hashed) and the SMS that carries it in one transaction; `respond` spends the
//! link; `email` asks whether a mailbox is the contact's own; `chosen` is what a press reads; `end`
//! is for both sides. On failure: the SMS is a row of the outbox like any other, so she sees
//! whether her invitation arrived; an invitation that runs out is shown as such and may be sent
//! again.

mod chosen;
mod drills;
mod email;
mod end;
mod error;
mod invite;
pub mod model;
mod respond;
pub mod retention;
pub(crate) mod routes;
mod store;

pub use chosen::{
    ChosenContact, HerAsKnown, NamedContact, Reachable, Watched, active, called_by, names,
    reachable, standing, still_active, watched_by, watching_with,
};
pub use drills::choose_by_link;
pub use email::{confirm_email, forget_unconfirmed, to_confirm};
pub use end::{Accepted, Removed, accepted, leave, leave_by_link, remove};
pub use error::NetworkError;
pub use invite::{Invitation, Invited, invite};
pub use respond::{Invitee, Response, invitee, respond};

//! Text messages through a gateway that speaks as Twilio does.
//!
//! What: [`client`] sends one; [`callback`] checks and reads what comes back; [`errors`] is the
//! table of answers. Invariant: nothing goes to a number that said STOP but a sign-in code it asked
//! for; nothing the gateway sends is believed unsigned. Path: the worker hands a job over and
//! records the answer; receipts and replies come in by [`routes`](crate::delivery::routes). On
//! failure: a verdict for the schedule; a receipt that says "undelivered" fails the notification in the same
//! transaction in which what follows is decided.

pub(crate) mod callback;
pub(crate) mod client;
pub(crate) mod errors;

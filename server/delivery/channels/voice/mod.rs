//! Calls through a gateway that speaks as Twilio does: the words are read out twice, and a key is
//! asked for.
//!
//! What: [`client`] places one; [`twiml`] is what the gateway reads out; [`callback`] reads what
//! comes back; [`errors`] is the table of answers. Invariant: only a pressed key counts as reached,
//! since a mailbox picks up too; no name and no place is ever spoken; nothing goes to a number that
//! said STOP; no answer about a call ends the number, to which texts may still arrive. Path: the
//! worker hands a job over and records the answer; the end of the call and the key come in by
//! [`routes`](crate::delivery::routes). A key is a row of [`inbound`](crate::delivery::inbound), which says what it
//! answers. On failure: a verdict for the schedule; a call that was not taken fails the
//! notification in the same transaction in which what follows is decided.

pub(crate) mod callback;
pub(crate) mod client;
pub(crate) mod errors;
pub(crate) mod twiml;

//! Signed requests to machines: the pagers of operators and supervisors, and the alarms of ops.
//!
//! What: [`client`] posts one; [`signature`] is how a receiver verifies the sender; [`guard`] keeps us
//! from being sent where only this server can go, and [`ranges`] says which addresses those are;
//! [`target`] is a secret and where it goes; [`errors`] is the table of answers. Invariant: a
//! request goes only to an address that was judged for this very request, whatever the name resolves to a
//! moment later; never inside this network unless the settings name it, never to where an answer
//! points. It carries no name, phone or place. It reaches no person: no contact is told over it.
//! Path: the target is judged when it is written down and at every send. On failure: a verdict for
//! the schedule; 410 ends the target. Of an answer the status is read and nothing else, so that no
//! answer is too long.

pub(crate) mod client;
pub(crate) mod errors;
pub mod guard;
pub(crate) mod ranges;
pub(crate) mod signature;
pub mod target;

//! Emails, over the relay that the settings name.
//!
//! What: [`client`] hands one email over; [`mailbox`] says what an address may be; [`errors`] is
//! the table of replies. Invariant: nothing but a greeting goes over the wire before TLS with a
//! certificate that is trusted; a relay without STARTTLS gets no email. An email is plain text
//! without a place, a name or anything that tells when it was opened. Taken by the relay is `sent`,
//! never `delivered`: only who opens its link has been reached. Path: the worker hands a job over;
//! each email has a connection of its own, so that one that was cut off in the middle leaves no
//! half-spoken connection behind for the next. On failure: a verdict by the stage of the
//! conversation and the reply's codes. A reply that cannot be told from silence is asked again
//! under the same `Message-ID`, by which mailboxes drop the second.

pub mod client;
pub mod errors;
pub mod mailbox;

//! Operators, supervisors, administrators and auditors.
//!
//! What: accounts, sign-in by password and TOTP, the cookie's session, and who they are to other
//! rooms. Invariant: no answer tells a wrong name from a wrong password, a wrong code or a locked
//! account; a TOTP step is used once; a request that changes something carries the CSRF token
//! besides the cookie. Badge and name are keyed hashes, so that a conflict is matched without being
//! read. Path: `accounts::add` (command line, administrator) → `sign_in` → `caller` on each
//! request. On failure: disabling ends sessions and alarms in one transaction; streams notice
//! within a second.

mod accounts;
mod caller;
mod change;
mod channels;
mod places;
pub(super) mod routes;
mod sign_in;
mod store;
mod totp;
mod who;

pub use accounts::{Credentials, NewOperator, add, disable, find, reset, totp_at, totp_now};
pub use caller::{Administrator, Operator, operator_session_is_live, operator_session_seen};
pub use change::{OperatorChange, change};
pub use channels::{remove_channel, set_email, set_webhook};
pub use places::centres_named_by;
pub use sign_in::{OperatorSignIn, SignedIn, sign_in};
pub use who::{
    OperatorCard, SupervisorToAlarm, list, operator_card, role_of, supervisors_to_alarm,
};
pub(super) use who::{known_as, known_by};

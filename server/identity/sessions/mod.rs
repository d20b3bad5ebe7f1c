//! Sign-in, tokens, devices and sessions of people.
//!
//! What: the code over SMS, the session it opens, the three tokens, the 72-hour rule, step-up, push
//! tokens. Invariant: a person's first device is trusted at once and any later one after 72 hours
//! or when an older one confirms it; revoking a session kills its device's alert token, but for an
//! alert that this device has open; a replayed refresh token ends the session and never the alert
//! token. Path: `sign_in` → `verify` → `caller` on each request → `refresh` every 15 minutes. On
//! failure: a lost reply costs nothing (the same refresh token gives the same successor; a device
//! that signs in again with its alert token keeps its trust and its alert token).

mod access_token;
mod caller;
mod code;
mod list;
mod open;
mod push;
mod refresh;
mod refresh_token;
mod revoke;
pub(super) mod routes;
mod sign_in;
mod signing;
mod step_up;
mod store;
mod verify;

pub use caller::{AlertCaller, AlertToken, Caller, SteppedUpCaller, TrustedCaller};
pub use list::{SessionView, Sessions, list, live_devices};
pub use open::{NewDevice, Opened, Platform, open};
pub use push::{PushToken, put_push};
pub use refresh::{Refreshed, refresh};
pub use revoke::{confirm, revoke};
pub use sign_in::{ask_for_code, phone_of};
pub use signing::{JwkSet, Signer};
pub use step_up::{Proof, step_up};
pub use verify::{Tokens, Verify, verify};

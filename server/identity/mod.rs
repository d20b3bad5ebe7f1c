//! Callers: people with their devices and sessions, and operators.
//!
//! What: sign-in by a code over SMS, access, refresh and alert tokens, PINs, the officers she
//! named, push tokens, and operators with password and TOTP. Other rooms know a caller by an
//! extractor in a handler's signature: [`Caller`], [`TrustedCaller`], [`SteppedUpCaller`],
//! [`AlertCaller`], [`AlertToken`], [`Operator`], [`Administrator`].
//!
//! Invariant: an alert token outlives everything but its owner's own revocation, so that a phone
//! which slept for a month can call for help; nothing else works with it. Sessions are read on
//! every request, so nothing leaves after the commit of a revocation. Another's object is the same
//! 404 as none, and no answer tells whether a number, a name or a PIN exists. Secrets are stored
//! hashed, codes keyed, names and numbers sealed.
//!
//! Path: `POST /v1/sign-in` writes a code and queues its SMS in one transaction → `…/verify` takes
//! a try, uses the code, makes the person, device and session in one transaction → each request:
//! token → session's row → `Caller`. PINs and passwords are hashed outside any transaction; a write
//! decides again by what it reads.
//!
//! On failure: a refused caller gets a problem that says what to do ([`IdentityError`]); without
//! the database no caller is known, and a press answers 503 rather than pretend.

mod error;
pub mod model;
pub mod operators;
pub mod people;
pub mod routes;
mod rules;
pub mod sessions;
mod slow_hash;

pub use error::IdentityError;
pub use operators::{
    Administrator, Operator, OperatorCard, SupervisorToAlarm, centres_named_by, operator_card,
    operator_session_is_live, operator_session_seen, supervisors_to_alarm,
};
pub use people::{
    DueReminder, Guarded, Home, Officer, PersonAtPress, PersonCard, PinVerdict, alert_closed,
    alert_opened, check_pin, conflicts_of, excluded_people, guarded, home_of, municipality_of,
    name_of, operators_named_by, people_by_phone_lookup, person_by_phone, person_card,
    person_for_raise, phone_lookup_of, remind_at, reminders_due, take_person, take_reminder,
};
pub use sessions::{
    AlertCaller, AlertToken, Caller, Signer, SteppedUpCaller, TrustedCaller, live_devices,
};

use crate::delivery::Outbox;
use crate::delivery::channels::terminal::fictional::FictionalNumbers;
use crate::foundation::Foundation;

/// What the routes and extractors of this room stand on: one `web::Data<Identity>` a server.
#[derive(Clone)]
pub struct Identity {
    foundation: Foundation,
    outbox: Outbox,
    signer: Signer,
    rules: rules::Rules,
    fictional: Option<FictionalNumbers>,
}

impl Identity {
    /// Reads the signing keys, and makes the first where there is none. `outbox` carries the codes'
    /// messages.
    ///
    /// # Errors
    /// [`IdentityError::Db`], or [`IdentityError::Seal`] where the key directory lacks a key.
    pub async fn open(foundation: Foundation, outbox: Outbox) -> Result<Self, IdentityError> {
        let rules = rules::Rules::of(&foundation.config);
        let signer = Signer::open(foundation.clone(), rules).await?;
        Ok(Self {
            foundation,
            outbox,
            signer,
            rules,
            fictional: None,
        })
    }

    /// The same, where numbers of a demo sign in by a code that is known.
    #[must_use]
    pub fn with_fictional(self, fictional: Option<FictionalNumbers>) -> Self {
        Self { fictional, ..self }
    }

    /// What it stands on.
    #[must_use]
    pub fn foundation(&self) -> &Foundation {
        &self.foundation
    }

    /// Signs with the server's shared keys (access tokens, the heartbeat).
    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    fn now(&self) -> crate::clock::At {
        self.foundation.clock.now()
    }
}

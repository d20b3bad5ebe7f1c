//! A code is presented: the number is proved, and where it is new its owner is registered.

use serde::{Deserialize, Serialize};

use super::open::{self, NewDevice, Opened};
use super::refresh_token::RefreshToken;
use super::{access_token, sign_in};
use crate::bounds;
use crate::db::{Conn, WritePriority};
use crate::delivery::PHONE_LOOKUP;
use crate::http::Code;
use crate::identity::{Identity, IdentityError, people};
use crate::ids::{DeviceId, MunicipalityId, PersonId, SessionId};
use crate::language::Language;
use crate::municipality;
use crate::phone::Phone;

/// What proves a number and, the first time, registers its owner.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The number, as at sign-in.
    #[schema(example = "+526145550101")]
    pub phone: String,
    /// The six digits of the newest message.
    #[schema(example = "428913")]
    pub code: String,
    /// The device that signs in.
    pub device: NewDevice,
    /// The code of the municipality she picked.
    #[schema(example = "chihuahua")]
    pub municipality: String,
    /// The version of its privacy notice that she accepted.
    #[schema(example = "2026-11")]
    pub privacy_notice: String,
}

/// What a device is given at sign-in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Tokens {
    /// Bearer token for everything but a press; good for `access_expires_in_s`.
    pub access: String,
    /// How many seconds the access token is good.
    #[schema(example = 900)]
    pub access_expires_in_s: u64,
    /// Gets the next access token at `POST /v1/sessions/refresh`; used once.
    pub refresh: String,
    /// Bearer token for alerts of this device; never expires. Keep it where the app can read it
    /// while the phone is locked.
    pub alert_token: String,
    /// Her id.
    pub person: PersonId,
    /// This device's id.
    pub device: DeviceId,
    /// This session's id.
    pub session: SessionId,
    /// Whose person she is.
    pub municipality: MunicipalityId,
    /// Whether the number was new.
    pub registered: bool,
}

enum Outcome {
    Wrong,
    In {
        person: PersonId,
        municipality: MunicipalityId,
        registered: bool,
        device: DeviceId,
        known: bool,
    },
}

/// Uses the code, makes the person where there is none, and opens a session: one transaction.
///
/// # Errors
/// [`IdentityError::CodeWrong`]; [`IdentityError::NoticeOutdated`]; [`IdentityError::Field`] for a
/// number or municipality that is none, or a label that is too long.
pub async fn verify(
    identity: &Identity,
    body: Verify,
    language: Language,
) -> Result<Tokens, IdentityError> {
    if body
        .device
        .label
        .as_ref()
        .is_some_and(|label| !bounds::is_line(label, &bounds::DEVICE_LABEL))
    {
        return Err(IdentityError::Field("device.label", Code::BAD_VALUE));
    }
    let (phone, _) =
        sign_in::phone_of(identity, &body.phone, Some(body.municipality.clone())).await?;
    let now = identity.now();
    let drawn = Opened::new();
    let refresh = RefreshToken::first(&identity.foundation.keys, drawn.session);
    let attempt = Attempt {
        identity: identity.clone(),
        body,
        phone,
        language,
        drawn,
        refresh_hash: refresh.hash(),
    };
    let attempt = std::sync::Arc::new(attempt);
    let in_write = attempt.clone();
    let outcome = identity
        .foundation
        .db
        .write(WritePriority::Background, move |conn| {
            in_write.run(conn, now)
        })
        .await?;
    let Outcome::In {
        person,
        municipality,
        registered,
        device,
        known,
    } = outcome
    else {
        return Err(IdentityError::CodeWrong);
    };
    let session = attempt.drawn.session;
    let good_for = identity.rules.access;
    let access = access_token::issue(&identity.signer, person, session, good_for, now).await?;
    let alert_token = match &attempt.body.device.alert_token {
        // The device keeps the token it has: were a new one lost on its way, it could not call for
        // help.
        Some(token) if known => token.clone(),
        _ => attempt.drawn.alert_token.expose().to_owned(),
    };
    Ok(Tokens {
        access,
        access_expires_in_s: good_for.as_secs(),
        refresh: refresh.expose(),
        alert_token,
        person,
        device,
        session,
        municipality,
        registered,
    })
}

struct Attempt {
    identity: Identity,
    body: Verify,
    phone: Phone,
    language: Language,
    drawn: Opened,
    refresh_hash: Vec<u8>,
}

impl Attempt {
    fn run(&self, conn: &mut Conn, now: crate::clock::At) -> Result<Outcome, IdentityError> {
        let (keys, rules) = (&self.identity.foundation.keys, self.identity.rules);
        // Before the code, so that a mistake here does not cost it.
        let municipality = municipality::find(conn, &self.body.municipality)?
            .ok_or(IdentityError::Field("municipality", Code::BAD_VALUE))?;
        if municipality.notice_version != self.body.privacy_notice {
            return Err(IdentityError::NoticeOutdated(municipality.notice_version));
        }
        let lookup = keys.lookup(PHONE_LOOKUP, self.phone.as_str());
        if !sign_in::use_code(conn, keys, &lookup, &self.body.code, rules, now)? {
            return Ok(Outcome::Wrong);
        }
        let new = people::NewPerson {
            phone: self.phone.clone(),
            municipality: municipality.id,
            language: self.language,
            notice_version: municipality.notice_version,
        };
        let (person, hers, registered) = people::register(conn, keys, &new, now)?;
        if hers == municipality.id {
            people::accept_notice(conn, person, &new.notice_version, now)?;
        }
        let (device, known) = open::add(
            conn,
            person,
            &self.body.device,
            &self.drawn,
            self.refresh_hash.clone(),
            rules,
            now,
        )?;
        Ok(Outcome::In {
            person,
            municipality: hers,
            registered,
            device,
            known,
        })
    }
}

//! A session shows for ten minutes that she herself holds the phone.

use serde::Deserialize;

use super::{Caller, sign_in, store};
use crate::clock::At;
use crate::db::WritePriority;
use crate::identity::people::{self, PinVerdict};
use crate::identity::{Identity, IdentityError};

/// What shows that it is she: exactly one of `pin` and `code`. Null counts as left out.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Proof)]
pub(super) struct ProofBody {
    /// Her PIN.
    #[schema(min_length = 4, max_length = 8, example = "4821")]
    pin: Option<String>,
    /// The six digits of the newest message, which `POST /v1/sign-in` sends to her number.
    #[schema(min_length = 6, max_length = 6)]
    code: Option<String>,
}

impl TryFrom<ProofBody> for Proof {
    /// In the words of serde, by which the refusal gets its code.
    type Error = &'static str;

    fn try_from(body: ProofBody) -> Result<Self, Self::Error> {
        match (body.pin, body.code) {
            (Some(pin), None) => Ok(Self::Pin(pin)),
            (None, Some(code)) => Ok(Self::Code(code)),
            (None, None) => Err("missing field `pin`"),
            (Some(_), Some(_)) => Err("both a PIN and a code"),
        }
    }
}

/// What shows that it is she, read.
#[derive(Clone, Deserialize)]
#[serde(try_from = "ProofBody")]
pub enum Proof {
    /// Her PIN.
    Pin(String),
    /// The six digits of the newest message.
    Code(String),
}

/// Steps the caller's session up; until when.
///
/// # Errors
/// [`IdentityError::PinWrong`] (also where none is set: ask for a code then);
/// [`IdentityError::CodeWrong`].
pub async fn step_up(
    identity: &Identity,
    caller: &Caller,
    proof: Proof,
) -> Result<At, IdentityError> {
    let now = identity.now();
    let until = now.plus(identity.rules.step_up);
    let session = caller.session;
    match proof {
        Proof::Pin(pin) => {
            match people::check_pin(&identity.foundation, caller.person, &pin).await? {
                // A person who forces her must see no difference.
                PinVerdict::Right | PinVerdict::Duress => {
                    let write =
                        move |conn: &mut crate::db::Conn| Ok(store::step_up(conn, session, until)?);
                    identity
                        .foundation
                        .db
                        .write::<_, IdentityError>(WritePriority::Background, write)
                        .await?;
                }
                PinVerdict::Wrong | PinVerdict::NoneSet => return Err(IdentityError::PinWrong),
            }
        }
        Proof::Code(code) => {
            let (keys, rules, person) = (
                identity.foundation.keys.clone(),
                identity.rules,
                caller.person,
            );
            let right = identity
                .foundation
                .db
                .write(WritePriority::Background, move |conn| {
                    let lookup = people::phone_lookup_of(conn, person)?;
                    let right = sign_in::use_code(conn, &keys, &lookup, &code, rules, now)?;
                    if right {
                        store::step_up(conn, session, until)?;
                    }
                    Ok::<_, IdentityError>(right)
                })
                .await?;
            if !right {
                return Err(IdentityError::CodeWrong);
            }
        }
    }
    Ok(until)
}

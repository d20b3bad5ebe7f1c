//! A session shows for ten minutes that she herself holds the phone.

use serde::Deserialize;

use super::{Caller, sign_in, store};
use crate::clock::At;
use crate::db::WritePriority;
use crate::identity::people::{self, PinVerdict};
use crate::identity::{Identity, IdentityError};

/// What shows it: the PIN, or a code sent to her number by `POST /v1/sign-in`.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
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
                    let right =
                        sign_in::use_code(conn, &keys, &lookup, &code, rules.code_tries, now)?;
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

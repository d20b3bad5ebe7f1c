//! Whether the people of a centre can be texted.

use crate::db::Conn;
use crate::delivery::model::Medium;
use crate::delivery::{PHONE_LOOKUP, addresses, stops};
use crate::ids::OperatorId;
use crate::seal::Keyring;

/// An operator's own phone.
pub(super) enum Phone {
    /// There is none.
    None,
    /// It said STOP.
    Stopped,
    /// It takes texts.
    Reached,
}

/// Whether an alarm by text reaches an operator whose municipality sends by `senders`.
pub(super) fn phone(
    conn: &mut Conn,
    keys: &Keyring,
    operator: OperatorId,
    senders: &[String],
) -> anyhow::Result<Phone> {
    let mut found = Phone::None;
    for address in addresses::ways(addresses::live_for(conn, &[operator.into()])?, false) {
        if address.channel.medium() == Medium::Text {
            // One that does not open reaches no one.
            let Ok(number) = address.destination(keys) else {
                continue;
            };
            let lookup = keys.lookup(PHONE_LOOKUP, number.expose());
            if !stops::is_stopped(conn, &lookup, senders)? {
                return Ok(Phone::Reached);
            }
            found = Phone::Stopped;
        }
    }
    Ok(found)
}

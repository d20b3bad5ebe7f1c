//! The channels of an operator's own beside the phone: a mailbox, a pager's webhook.

use crate::db::{Conn, WritePriority};
use crate::delivery::addresses::{self, OwnerKind};
use crate::delivery::channels::email::mailbox::Mailbox;
use crate::delivery::channels::webhook::target::Target;
use crate::delivery::model::Channel;
use crate::foundation::Foundation;
use crate::identity::IdentityError;
use crate::ids::{OperatorId, RecipientId};

/// Alarms go to this mailbox too, in the place of any that the operator had.
///
/// # Errors
/// What the database says.
pub async fn set_email(
    foundation: &Foundation,
    operator: OperatorId,
    mailbox: Mailbox,
) -> Result<(), IdentityError> {
    let (keys, now, owner) = (
        foundation.keys.clone(),
        foundation.clock.now(),
        RecipientId::from(operator),
    );
    let write = move |conn: &mut Conn| {
        addresses::retire_channel(conn, owner, Channel::Email, "replaced", now)?;
        addresses::put_email(conn, &keys, OwnerKind::Operator, owner, &mailbox, now)?;
        Ok(())
    };
    foundation.db.write(WritePriority::Background, write).await
}

/// Alarms go to this webhook too, in the place of any that the operator had. The guard has judged
/// it.
///
/// # Errors
/// What the database says.
pub async fn set_webhook(
    foundation: &Foundation,
    operator: OperatorId,
    target: Target,
) -> Result<(), IdentityError> {
    let (keys, now, owner) = (
        foundation.keys.clone(),
        foundation.clock.now(),
        RecipientId::from(operator),
    );
    let write = move |conn: &mut Conn| {
        Ok(addresses::put_webhook(conn, &keys, owner, &target, now).map(drop)?)
    };
    foundation.db.write(WritePriority::Background, write).await
}

/// Alarms no longer go over that channel.
///
/// # Errors
/// [`IdentityError::NotFound`] where the operator had none; what the database says.
pub async fn remove_channel(
    foundation: &Foundation,
    operator: OperatorId,
    channel: Channel,
) -> Result<(), IdentityError> {
    let (now, owner) = (foundation.clock.now(), RecipientId::from(operator));
    let write = move |conn: &mut Conn| match addresses::retire_channel(
        conn, owner, channel, "removed", now,
    )? {
        0 => Err(IdentityError::NotFound),
        _ => Ok(()),
    };
    foundation.db.write(WritePriority::Background, write).await
}

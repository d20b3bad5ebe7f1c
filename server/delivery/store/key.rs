//! What makes a notification the message that it is.

use diesel::prelude::*;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromStaticSqlRow};
use diesel::expression::Selectable;
use diesel::sql_types::{BigInt, Binary};

use crate::db::Lenient;
use crate::db::schema::notifications;
use crate::ids::{AddressId, RecipientId, SubjectId};

/// What makes a message the one that it is. The table holds it unique: a message with the key of one
/// that is queued, sent or over is not queued again, so that the plan may be asked any number of
/// times. The recipient belongs to it: a person chosen twice, under two numbers, has one
/// phone, and is told as each of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Insertable, Queryable, Selectable)]
#[diesel(table_name = notifications)]
pub struct MessageKey {
    /// On whose behalf.
    pub subject: SubjectId,
    /// The recipient.
    pub recipient: RecipientId,
    /// The address it goes to.
    pub address: AddressId,
    /// Step of the plan.
    #[diesel(column_name = rung)]
    pub step: i64,
    /// Repetition within the step, from 0.
    #[diesel(column_name = rep)]
    pub repeat: i64,
}

/// A key as a row has it. Where an id in it is not 16 bytes, that row alone cannot be read.
#[derive(Debug, Clone, Copy)]
pub(in crate::delivery) struct StoredKey(Option<MessageKey>);

impl StoredKey {
    /// The key; `None`, with an alarm, where it cannot be read.
    pub(in crate::delivery) fn read(self) -> Option<MessageKey> {
        if self.0.is_none() {
            tracing::error!(
                alarm = true,
                "a message whose recipient, subject or address is no id is left out"
            );
        }
        self.0
    }
}

type KeyColumns = (Binary, Binary, Binary, BigInt, BigInt);
type LenientKey = (
    Lenient<SubjectId>,
    Lenient<RecipientId>,
    Lenient<AddressId>,
    i64,
    i64,
);

impl<DB: Backend> Queryable<KeyColumns, DB> for StoredKey
where
    LenientKey: FromStaticSqlRow<KeyColumns, DB>,
{
    type Row = LenientKey;

    fn build((subject, recipient, address, step, repeat): LenientKey) -> deserialize::Result<Self> {
        let ids = subject.0.zip(recipient.0).zip(address.0);
        Ok(Self(ids.map(|((subject, recipient), address)| {
            MessageKey {
                subject,
                recipient,
                address,
                step,
                repeat,
            }
        })))
    }
}

impl<DB: Backend> Selectable<DB> for StoredKey {
    type SelectExpression = <MessageKey as Selectable<DB>>::SelectExpression;

    fn construct_selection() -> Self::SelectExpression {
        <MessageKey as Selectable<DB>>::construct_selection()
    }
}

//! What the invariants read of the database, past the server.

use ampara::clock::At;
use ampara::db::schema::{addresses, alerts, inbound, notifications, records};
use ampara::db::{Conn, DbError};
use ampara::ids::{
    AddressId, AlertId, ClientId, InboundId, NotificationId, OperatorId, RecipientId, RecordId,
    SubjectId,
};
use ampara::on;
use diesel::prelude::*;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = notifications)]
pub struct Row {
    pub id: NotificationId,
    pub subject: SubjectId,
    pub recipient: RecipientId,
    pub address: AddressId,
    pub channel: String,
    #[diesel(column_name = rung)]
    pub step: i64,
    #[diesel(column_name = rep)]
    pub repeat: i64,
    pub state: String,
    pub reason: Option<String>,
    pub deadline: At,
    pub due_at: At,
    pub created_at: At,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = alerts)]
pub struct AlertRow {
    pub id: AlertId,
    pub client_id: ClientId,
    pub state: String,
    pub close_kind: Option<String>,
    pub drill: bool,
    pub call_911: bool,
    pub plan_due_at: Option<At>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct RecordRow {
    pub id: RecordId,
    pub alert: AlertId,
    pub state: String,
    pub level: i64,
    pub queued_at: Option<At>,
    pub claimed_by: Option<OperatorId>,
}

/// What somebody said by a text or a key.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = inbound)]
pub struct InboundRow {
    pub id: InboundId,
    /// Of a key: the call's.
    pub notification: Option<NotificationId>,
    pub at: At,
    pub read_at: Option<At>,
}

/// Everything, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    pub rows: Vec<Row>,
    pub alerts: Vec<AlertRow>,
    pub records: Vec<RecordRow>,
    pub inbound: Vec<InboundRow>,
    /// Addresses that are not live any more.
    pub dead: Vec<AddressId>,
}

impl Picture {
    pub fn take(conn: &mut Conn) -> Result<Self, DbError> {
        Ok(Self {
            rows: on!(conn, |c| notifications::table
                .order(notifications::id)
                .select(Row::as_select())
                .load(c))?,
            alerts: on!(conn, |c| alerts::table
                .order(alerts::id)
                .select(AlertRow::as_select())
                .load(c))?,
            records: on!(conn, |c| records::table
                .order(records::id)
                .select(RecordRow::as_select())
                .load(c))?,
            inbound: on!(conn, |c| inbound::table
                .order(inbound::at)
                .select(InboundRow::as_select())
                .load(c))?,
            dead: on!(conn, |c| addresses::table
                .filter(addresses::state.ne("live"))
                .order(addresses::id)
                .select(addresses::id)
                .load(c))?,
        })
    }
}

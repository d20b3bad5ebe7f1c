//! The schemas of what the server sends by itself: events, webhooks, pushes and the heartbeat's
//! claims. They are written elsewhere; these describe them, and the tests hold what is sent to them.
#![expect(dead_code, reason = "describes what others write")]

use serde_json::Value;
use utoipa::ToSchema;

use crate::clock::At;
use crate::ids::{AlertId, ClientId, NotificationId, RecordId};

/// Records that were in view when the stream began.
#[derive(ToSchema)]
pub(super) struct FeedStanding {
    /// Each with its version. Drop every record that is not among them.
    records: Vec<StandingRecord>,
}

/// A record in view.
#[derive(ToSchema)]
pub(super) struct StandingRecord {
    /// The record.
    id: RecordId,
    /// Its version.
    version: i64,
}

/// A record that left the operator's sight.
#[derive(ToSchema)]
pub(super) struct FeedGone {
    /// The record.
    id: RecordId,
}

/// Something of her alert changed: read the record again.
#[derive(ToSchema)]
pub(super) struct RecordChanged {
    /// The record.
    record: RecordId,
}

/// What a pager is told. Never a name, a number or a place.
#[derive(ToSchema)]
pub(super) struct RecordWebhook {
    /// The same at each try.
    id: NotificationId,
    /// What happened.
    r#type: RecordWebhookType,
    /// When.
    at: At,
    /// Under which number operators find the record.
    #[schema(example = "CUU-26-000123")]
    folio: String,
    /// The code of its centre.
    #[schema(example = "CUU")]
    centre: String,
    /// How loud it is.
    #[schema(minimum = 0, maximum = 3)]
    level: i64,
}

/// Why a record needs an operator.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum RecordWebhookType {
    /// No operator is on shift.
    EmptyShift,
    /// No operator has claimed it.
    Unclaimed,
    /// Claimed, and no step since.
    Idle,
}

/// What ops is told.
#[derive(ToSchema)]
pub(super) struct OpsAlarm {
    /// The same at each try.
    id: NotificationId,
    /// `alarm`.
    #[schema(pattern = "^alarm$")]
    r#type: String,
    /// When it was sent.
    at: At,
    /// The public URL of the server.
    server: String,
    /// A word for machines.
    code: String,
    /// What is wrong, in English.
    what: String,
    /// Which channel, reason, app or loop.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    about: Value,
    /// When it first came since it was last told.
    since: At,
    /// How often it came since.
    #[schema(minimum = 1)]
    count: u64,
    /// How many alarms of any kind there was no room for.
    dropped: u64,
}

/// A try whether ops can be reached.
#[derive(ToSchema)]
pub(super) struct OpsPing {
    /// The same at each try.
    id: NotificationId,
    /// `ping`.
    #[schema(pattern = "^ping$")]
    r#type: String,
    /// When it was sent.
    at: At,
    /// The public URL of the server.
    server: String,
}

/// The data of a push, which the app gets from FCM: every value is a text. Never a name or a place.
#[derive(ToSchema)]
pub(super) struct PushData {
    /// What it is about.
    kind: PushKind,
    /// For the receipt; the same id twice is the same message.
    notification: NotificationId,
    /// Secret for the receipt of this notification alone, where the server gives one.
    receipt: Option<String>,
    /// What a lock screen may say. Without it, show nothing.
    words: Option<String>,
    /// To a contact: the alert, for `GET /v1/watching/{id}`.
    watching: Option<AlertId>,
    /// To a contact: `true` for a drill, else `false`.
    #[schema(pattern = "^(true|false)$")]
    drill: Option<String>,
    /// To the phone that raised it: her own id of the alert.
    alert: Option<ClientId>,
}

/// What a push is about.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum PushKind {
    /// She pressed.
    Alarm,
    /// She pressed again.
    PressedAgain,
    /// No operator has taken it: call 911.
    #[schema(rename = "call_911")]
    Call911,
    /// The alert went silent.
    NoNews,
    /// It is over.
    Over,
    /// She rehearses.
    Drill,
    /// To her own phone: read the alert, and show nothing on the lock screen.
    AlertChanged,
    /// To her own phones: the monthly reminder.
    Reminder,
    /// Ops try whether pushes reach this phone: show the words.
    Trial,
}

/// What the heartbeat says, once its signature is believed (RFC 7519). What is missing counts as
/// `false`.
#[derive(ToSchema)]
pub(super) struct HeartbeatClaims {
    /// `ampara`.
    #[schema(pattern = "^ampara$")]
    iss: String,
    /// `ampara-heartbeat`.
    #[schema(pattern = "^ampara-heartbeat$")]
    aud: String,
    /// When it was made, in seconds since 1970.
    iat: i64,
    /// Until when it is good, in seconds since 1970.
    exp: i64,
    /// The server can durably take an alert, and asks what follows from it in time.
    alerts: bool,
    /// By `app_id`: pushes leave.
    push: std::collections::BTreeMap<String, bool>,
    /// Text messages leave.
    sms: bool,
    /// Calls leave.
    #[serde(default)]
    voice: bool,
    /// By the municipality's code: an operator is on shift for it.
    nine11: std::collections::BTreeMap<String, bool>,
}

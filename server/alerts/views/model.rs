//! What her phone is told of her alert. Pure.

use serde::Serialize;
use utoipa::ToSchema;

use super::reach::ContactView;
use crate::alerts::model::{AlertState, CloseKind};
use crate::clock::At;
use crate::identity::model::Policy;
use crate::ids::{AlertId, ClientId};
use crate::municipality::HelpLineView;

/// Where 911 stands, as she may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Nine11 {
    /// 911 was not told: a drill, or her policy.
    NotTold,
    /// It will be, unless a contact answers first.
    Waiting,
    /// Told; no operator has claimed it yet.
    Told,
    /// An operator has claimed it.
    HasIt,
    /// A unit was sent.
    UnitSent,
    /// A unit is there.
    OnScene,
    /// 911 has finished its part.
    Done,
}

/// An alert, as her phone shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertView {
    /// The server's id: what contacts' pushes name as `watching`.
    pub id: AlertId,
    /// The phone's own id.
    pub client_id: ClientId,
    /// Open or closed.
    pub state: AlertState,
    /// How it was closed.
    pub close_kind: Option<CloseKind>,
    /// A rehearsal.
    pub drill: bool,
    /// Her policy for this alert.
    pub policy: Policy,
    /// When the server took it.
    pub raised_at: At,
    /// How often she pressed.
    pub presses: i64,
    /// Her contacts at the press, in her order; after them those who said yes since and were told.
    pub contacts: Vec<ContactView>,
    /// Contacts on whose phone it is, or better.
    pub reached: usize,
    /// Contacts in all; in a drill those who take part.
    pub total: usize,
    /// Where 911 stands.
    pub nine11: Nine11,
    /// Since when.
    pub nine11_since: Option<At>,
    /// No operator has claimed it: call 911 yourself.
    pub call_911: bool,
    /// Help lines, where no contact can be notified. Else empty.
    pub help_lines: Vec<HelpLineView>,
    /// How it stands in her language, times by the town's clocks: for inside the app alone.
    #[schema(
        example = "Tu aviso llegó a 2 de 3. Alguien va en camino. El 911 lo tiene desde las 21:40:33."
    )]
    pub summary: String,
    /// Seconds until the next fix is wanted.
    pub next_interval_s: u32,
    /// Parts of the press that could not be understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<crate::location::model::Warning>,
}

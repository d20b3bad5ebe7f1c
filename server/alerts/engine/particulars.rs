//! What the words of a decision need besides the situation.

use super::situation::{Loaded, senders_of};
use crate::alerts::AlertError;
use crate::db::Conn;
use crate::delivery::addresses::{self, LiveAddress};
use crate::delivery::model::{Channel, Medium};
use crate::escalation::records::{FolioSource, RecordEdit};
use crate::municipality::Senders;
use crate::plan::{Action, Alarm, Decision, Notice};

/// What the words of a decision need besides the situation, read only where it asks for it.
pub struct Particulars {
    /// The record's folio, once it has one.
    pub folio: Option<String>,
    /// The municipality's senders.
    pub senders: Senders,
    /// Where the phone that raised the alert takes pushes; read only to tell her to call 911.
    pub her_phone: Option<LiveAddress>,
}

impl Particulars {
    /// Reads them. A record that comes to the queue gets its folio here, so that the supervisors who
    /// are alarmed by the same decision are told it.
    ///
    /// # Errors
    /// The database.
    pub fn read(
        conn: &mut Conn,
        loaded: &mut Loaded,
        decision: &Decision,
        folios: FolioSource<'_>,
    ) -> Result<Self, AlertError> {
        let now = loaded.situation.now;
        if let Some(record) = loaded.record.as_mut().filter(|_| decision.queues_record()) {
            record.draw_folio(conn, folios, now)?;
        }
        let folio = loaded.record.as_ref().and_then(RecordEdit::folio);
        let folio = folio.map(str::to_owned);
        let over_number = decision.actions.iter().any(|action| match action {
            Action::Notify(Notice { channel, .. })
            | Action::AlarmSupervisor(Alarm { channel, .. }) => {
                matches!(channel.medium(), Medium::Text | Medium::Call)
            }
            _ => false,
        });
        let senders = match &loaded.senders {
            Some(senders) => senders.clone(),
            None if over_number => senders_of(conn, loaded.row.municipality)?,
            None => Senders::default(),
        };
        let her_phone = match decision.actions.contains(&Action::TellCall911) {
            true => addresses::live_of_device(conn, loaded.row.device)?,
            false => None,
        };
        Ok(Self {
            folio,
            senders,
            her_phone,
        })
    }

    /// The municipality's senders for that channel; empty where it has none to choose.
    #[must_use]
    pub fn senders_of(&self, channel: Channel) -> &[String] {
        match channel.medium() {
            Medium::Text => &self.senders.texts,
            Medium::Call => &self.senders.calls,
            Medium::Push | Medium::Email | Medium::Webhook => &[],
        }
    }
}

//! What the entries of timelines and of the read-audit are made of.

use serde_json::Value;

use crate::clock::At;
use crate::ids::{
    CentreId, ContactId, EntryId, MunicipalityId, OperatorId, PersonId, RecordId, SubjectId,
};
use crate::words;

words! {
    /// What happened.
    pub enum Kind {
        /// She pressed; the alert is open.
        Raised = "raised",
        /// She pressed again while it was open.
        PressedAgain = "pressed_again",
        /// The press came late: her phone had it in a queue.
        Late = "late",
        /// A drill became a real alert.
        DrillBecameReal = "drill_became_real",
        /// Another alert of hers, hidden by duress, belongs with this one. For operators only.
        Linked = "linked",
        /// She asked for 911.
        Escalated = "escalated",
        /// 911 was put off by an answer.
        Postponed = "postponed",
        /// A message to a contact was queued.
        ContactTold = "contact_told",
        /// A contact's phone has it.
        ContactReached = "contact_reached",
        /// A contact has opened it.
        ContactSeen = "contact_seen",
        /// A message to a contact failed for good.
        ContactFailed = "contact_failed",
        /// A message to a contact came too late to be sent.
        ContactExpired = "contact_expired",
        /// A contact answered.
        Answered = "answered",
        /// A contact replied by SMS with a word that is no answer.
        Replied = "replied",
        /// A contact was removed, or left, while it was open.
        ContactRemoved = "contact_removed",
        /// A contact accepted while it was open.
        ContactJoined = "contact_joined",
        /// She and her contacts were told to call 911 themselves.
        CallYourselves = "call_yourselves",
        /// A PIN that is not hers.
        WrongPin = "wrong_pin",
        /// She cancelled.
        Cancelled = "cancelled",
        /// She said that it is over.
        Resolved = "resolved",
        /// No press and no place for a day.
        Expired = "expired",
        /// It was closed with the duress PIN. For operators only.
        Duress = "duress",
        /// A record exists and waits, or is withheld.
        RecordBorn = "record_born",
        /// The record stands in the queue.
        RecordQueued = "record_queued",
        /// The record was withdrawn before a claim.
        RecordWithdrawn = "record_withdrawn",
        /// The record became louder.
        Louder = "louder",
        /// Her place added a centre.
        CentreAdded = "centre_added",
        /// Supervisors were called.
        SupervisorsTold = "supervisors_told",
        /// The backup centre sees the record.
        BackupTold = "backup_told",
        /// An operator took it.
        Claimed = "claimed",
        /// The operator let it go.
        Released = "released",
        /// Another operator took it over.
        TakenOver = "taken_over",
        /// It went to another centre.
        Transferred = "transferred",
        /// A unit was sent.
        Dispatched = "dispatched",
        /// A unit is there.
        OnScene = "on_scene",
        /// An operator noted something.
        Noted = "noted",
        /// An operator asked to close; a second person is needed.
        CloseProposed = "close_proposed",
        /// The record is closed.
        RecordClosed = "record_closed",
        /// A supervisor has looked at a record that was closed while her alert was open.
        CloseSeen = "close_seen",
        /// A closed record stands in the queue again.
        Reopened = "reopened",
        /// An operator read her data; the read-audit has it too.
        Opened = "opened",
        /// An operator asked to read without a claim.
        BreakGlassAsked = "break_glass_asked",
        /// A second person allowed it.
        BreakGlassGranted = "break_glass_granted",
        /// Her trail was destroyed on schedule.
        TrailDestroyed = "trail_destroyed",
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// She herself, by a phone of hers.
    Her,
    /// A person she chose.
    Contact(ContactId),
    /// An operator or supervisor.
    Operator(OperatorId),
    /// The plan, or time.
    System,
}

impl Actor {
    /// The word that is stored and sent: `her`, `contact`, `operator`, `system`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Her => "her",
            Self::Contact(_) => "contact",
            Self::Operator(_) => "operator",
            Self::System => "system",
        }
    }
}

/// An entry to append.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Whose timeline: an alert's.
    pub subject: SubjectId,
    /// When.
    pub at: At,
    /// What.
    pub kind: Kind,
    /// Who.
    pub actor: Actor,
    /// Codes and ids that belong to it; never a name, a number or a place. Null for none.
    pub detail: Value,
    /// Words of a person, sealed by the caller with its alert's key.
    pub sealed_note: Option<Vec<u8>>,
}

impl NewEntry {
    /// An entry without detail and note.
    #[must_use]
    pub fn new(subject: impl Into<SubjectId>, at: At, kind: Kind, actor: Actor) -> Self {
        Self {
            subject: subject.into(),
            at,
            kind,
            actor,
            detail: Value::Null,
            sealed_note: None,
        }
    }

    /// With codes and ids.
    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// With a person's sealed words.
    #[must_use]
    pub fn noting(mut self, sealed_note: Vec<u8>) -> Self {
        self.sealed_note = Some(sealed_note);
        self
    }
}

/// An entry as it was appended.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id; later entries have greater ones. Sealed notes are sealed for it only if the caller
    /// chose it.
    pub id: EntryId,
    /// When.
    pub at: At,
    /// What. `None`: a newer release wrote a kind that this one does not know.
    pub kind: Option<Kind>,
    /// Who.
    pub actor: Actor,
    /// Codes and ids.
    pub detail: Value,
    /// A person's words, still sealed.
    pub sealed_note: Option<Vec<u8>>,
}

words! {
    /// How her data came to be opened.
    pub enum Action {
        /// By the operator who claimed the record.
        Claimed = "claimed",
        /// By the claimer, again.
        Opened = "opened",
        /// By a supervisor, with a written reason.
        Supervised = "supervised",
        /// Without a claim, by two people.
        BreakGlass = "break_glass",
        /// The live place, followed as it came.
        Followed = "followed",
        /// The places of the alert, page by page: one line for half an hour of paging.
        Trail = "trail",
        /// Printed, by who might read it at that moment.
        Printed = "printed",
        /// A copy left this server.
        Exported = "exported",
    }
}

/// A read to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The record that was opened.
    pub record: RecordId,
    /// Whose data it is.
    pub person: PersonId,
    /// Her municipality.
    pub municipality: MunicipalityId,
    /// The reader's centre.
    pub centre: CentreId,
    /// When.
    pub at: At,
    /// Who read.
    pub operator: OperatorId,
    /// How.
    pub action: Action,
    /// Why, sealed, where a reason was asked for.
    pub sealed_reason: Option<Vec<u8>>,
}

/// An entry of the audit, with its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadEntry {
    /// Its number within the record, from 1, without gaps.
    pub seq: i64,
    /// What was written.
    pub read: Read,
}

/// How far a lister has come, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMark {
    /// Time of the last entry listed.
    pub at: At,
    /// Its record.
    pub record: RecordId,
    /// Its number.
    pub seq: i64,
}

impl ReadEntry {
    /// The mark after which the next page begins.
    #[must_use]
    pub fn mark(&self) -> ReadMark {
        ReadMark {
            at: self.read.at,
            record: self.read.record,
            seq: self.seq,
        }
    }
}

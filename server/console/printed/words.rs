//! What the page says: Spanish, English.

use crate::alerts::Reach;
use crate::alerts::model::CloseKind;
use crate::escalation::{Disposition, Priority, RecordState};
use crate::network::model::Answer;
use crate::timeline::Kind;
use crate::timeline::reads::Action;

/// Spanish, English.
type Both = (&'static str, &'static str);

pub(super) const fn state(state: RecordState) -> Both {
    match state {
        RecordState::Withheld => ("Retenido", "Withheld"),
        RecordState::Waiting => ("En espera", "Waiting"),
        RecordState::Queued => ("En cola", "Queued"),
        RecordState::Claimed => ("Tomado", "Claimed"),
        RecordState::Dispatched => ("Unidad enviada", "Unit sent"),
        RecordState::OnScene => ("Unidad en el lugar", "Unit on scene"),
        RecordState::Closed => ("Cerrado", "Closed"),
        RecordState::Withdrawn => ("Retirado por ella", "Withdrawn by her"),
    }
}

pub(super) const fn priority(priority: Priority) -> Both {
    match priority {
        Priority::High => ("Alta", "High"),
        Priority::Medium => ("Media", "Medium"),
        Priority::Low => ("Baja", "Low"),
    }
}

pub(super) const fn disposition(how: Disposition) -> Both {
    match how {
        Disposition::Attended => ("Atendido", "Attended"),
        Disposition::Referred => ("Canalizado", "Referred"),
        Disposition::NotLocated => ("No localizada", "Not located"),
        Disposition::NoContact => (
            "Sin contacto: queda para volver a llamar",
            "No contact: stays for a call-back",
        ),
        Disposition::Duplicate => ("Duplicado", "Duplicate"),
        Disposition::FalseAlarm => ("Falsa alarma", "False alarm"),
        Disposition::Training => ("Capacitación", "Training"),
    }
}

pub(super) fn disposition_of(word: &str) -> Option<Both> {
    Disposition::parse(word).map(disposition)
}

pub(super) const fn close_kind(how: CloseKind) -> Both {
    match how {
        CloseKind::Cancelled => ("Cancelado", "Cancelled"),
        CloseKind::Resolved => ("Cerrado por ella", "Closed by her"),
        CloseKind::Expired => ("Sin noticias desde entonces", "No news since"),
    }
}

pub(super) const fn reach(reach: Reach) -> Both {
    match reach {
        Reach::Failed => ("No se le pudo avisar", "Could not be reached"),
        Reach::Expired => ("No le llegó a tiempo", "Did not arrive in time"),
        Reach::Sending => ("Enviando", "Being sent"),
        Reach::Sent => ("Enviado, sin confirmar", "Sent, not confirmed"),
        Reach::Delivered => ("En su teléfono", "On the phone"),
        Reach::Seen => ("Visto", "Seen"),
        Reach::Answered => ("Contestó", "Answered"),
        // Drills have no record.
        Reach::NotInDrills => ("No participa en simulacros", "Does not take part in drills"),
    }
}

pub(super) const fn answer(answer: Answer) -> Both {
    match answer {
        Answer::OnMyWay => ("Va en camino", "On the way"),
        Answer::WithHer => ("Está con ella", "With her"),
        Answer::CannotHelp => ("No puede", "Cannot help"),
    }
}

pub(super) fn answer_of(word: &str) -> Option<Both> {
    Answer::parse(word).map(answer)
}

/// How an operator read it.
pub(super) fn opening_of(word: &str) -> Option<Both> {
    Some(match Action::parse(word)? {
        Action::Claimed | Action::Opened => ("por quien lo tiene", "by the operator who has it"),
        Action::Supervised => (
            "por supervisión, con motivo escrito",
            "by a supervisor, with a written reason",
        ),
        Action::BreakGlass => (
            "con permiso de otra persona",
            "with a second person's grant",
        ),
        Action::Followed => ("ubicación en vivo", "live location"),
        Action::Trail => ("recorrido", "the trail"),
        Action::Printed => ("impreso", "printed"),
        Action::Exported => ("copia fuera del sistema", "a copy outside the system"),
    })
}

#[expect(
    clippy::too_many_lines,
    reason = "a table of words, a line or two for each kind; the compiler ensures that it is whole"
)]
pub(super) const fn kind(kind: Kind) -> Both {
    match kind {
        Kind::Raised => ("Pidió ayuda", "Pressed"),
        Kind::PressedAgain => ("Volvió a pedir ayuda", "Pressed again"),
        Kind::Late => (
            "El aviso llegó tarde, o el reloj de su teléfono falla",
            "It came late, or her phone's clock is wrong",
        ),
        Kind::DrillBecameReal => ("El simulacro pasó a ser real", "The drill became real"),
        Kind::Linked => (
            "Otro aviso de ella va con este",
            "Another alert of hers belongs with this one",
        ),
        Kind::Escalated => ("Pidió que entre el 911", "Asked for 911"),
        Kind::Postponed => (
            "911 pospuesto por una respuesta",
            "911 put off by an answer",
        ),
        Kind::ContactTold => ("Se avisó a", "Notified"),
        Kind::ContactReached => ("Le llegó al contacto", "Arrived on the contact's phone"),
        Kind::ContactSeen => ("El contacto lo vio", "Seen by the contact"),
        Kind::ContactFailed => (
            "No se pudo avisar al contacto",
            "The contact could not be told",
        ),
        Kind::ContactExpired => (
            "El aviso al contacto venció",
            "The notice to the contact expired",
        ),
        Kind::Answered => ("Contestó", "Answered"),
        Kind::ContactRemoved => ("Dejó de ser contacto", "No longer a contact"),
        Kind::ContactJoined => ("Se sumó como contacto", "Joined as a contact"),
        Kind::CallYourselves => (
            "Se dijo a ella y a sus contactos que llamen al 911",
            "She and her contacts were told to call 911",
        ),
        Kind::WrongPin => ("PIN equivocado", "Wrong PIN"),
        Kind::Cancelled => ("Canceló", "Cancelled"),
        Kind::Resolved => ("Dijo que terminó", "Said it is over"),
        Kind::Expired => ("Un día sin noticias de ella", "A day without news from her"),
        Kind::Duress => ("Cerrado bajo coacción", "Closed under duress"),
        Kind::RecordBorn => ("Se abrió el expediente", "The record was opened"),
        Kind::RecordQueued => ("Entró a la cola del 911", "Queued at 911"),
        Kind::RecordWithdrawn => (
            "Retirado antes de que alguien lo tomara",
            "Withdrawn before a claim",
        ),
        Kind::Louder => ("Más urgente, nivel", "More urgent, level"),
        Kind::CentreAdded => (
            "Su ubicación sumó otro centro",
            "Her location added a centre",
        ),
        Kind::SupervisorsTold => ("Se avisó a supervisión", "Supervisors were notified"),
        Kind::BackupTold => ("Lo ve el centro de respaldo", "The backup centre sees it"),
        Kind::Claimed => ("Lo tomó", "Claimed"),
        Kind::Released => ("Lo soltó", "Released"),
        Kind::TakenOver => ("Lo tomó de otra persona", "Took it over"),
        Kind::Transferred => ("Lo pasó a otro centro", "Transferred to another centre"),
        Kind::Dispatched => ("Envió una unidad", "Sent a unit"),
        Kind::OnScene => ("La unidad llegó", "The unit arrived"),
        Kind::Noted => ("Anotó", "Added a note"),
        Kind::CloseProposed => ("Propuso cerrarlo", "Proposed to close it"),
        Kind::RecordClosed => ("Lo cerró", "Closed it"),
        Kind::CloseSeen => ("Supervisión vio el cierre", "A supervisor saw the close"),
        Kind::Reopened => ("Volvió a la cola", "Queued again"),
        Kind::Opened => ("Se leyó", "Read"),
        Kind::BreakGlassAsked => (
            "Se pidió leerlo sin tomarlo",
            "Asked to read without a claim",
        ),
        Kind::BreakGlassGranted => (
            "Se permitió leerlo sin tomarlo",
            "Reading without a claim was granted",
        ),
        Kind::Replied => (
            "Escribió algo que no es una respuesta",
            "Wrote something that is no answer",
        ),
        Kind::TrailDestroyed => (
            "Su recorrido se destruyó, como está previsto",
            "Her trail was destroyed on schedule",
        ),
    }
}

//! The sentences, and that every reason has words.

use super::*;
use crate::delivery::model::{FailReason, Medium};
use crate::identity::model::Policy;
use crate::ids::{AlertId, ClientId, ContactId};

const SPANISH: Speaker = Speaker {
    language: Language::Es,
    zone: Tz::America__Chihuahua,
};
const ENGLISH: Speaker = Speaker {
    language: Language::En,
    zone: Tz::America__Chihuahua,
};

fn at(time: &str) -> Option<At> {
    Some(At::parse(&format!("2026-11-24T{time}-06:00")).unwrap())
}

fn contact(reach: Reach, answer: Option<Answer>) -> ContactView {
    ContactView {
        contact: ContactId::new(),
        reach,
        over: vec![],
        reason: None,
        answer,
        answered_at: at("21:40:41"),
        channels: vec![],
        words: String::new(),
    }
}

fn view(contacts: Vec<ContactView>, nine11: Nine11) -> AlertView {
    AlertView {
        id: AlertId::new(),
        client_id: ClientId(uuid::Uuid::nil()),
        state: AlertState::Open,
        close_kind: None,
        drill: false,
        policy: Policy::Now,
        raised_at: at("21:40:00").unwrap(),
        presses: 1,
        total: contacts.len(),
        reached: contacts
            .iter()
            .filter(|c| c.reach >= Reach::Delivered)
            .count(),
        contacts,
        nine11,
        nine11_since: at("21:40:07"),
        call_911: false,
        help_lines: vec![],
        summary: String::new(),
        next_interval_s: 10,
        warnings: vec![],
    }
}

fn three() -> Vec<ContactView> {
    vec![
        contact(Reach::Answered, Some(Answer::OnMyWay)),
        contact(Reach::Seen, None),
        contact(Reach::Failed, None),
    ]
}

#[test]
fn one_sentence_says_who_has_it_who_comes_and_where_911_stands() {
    let waits = view(three(), Nine11::Told);
    assert_eq!(
        ENGLISH.summary(&waits),
        "Your alert reached 2 of 3 contacts. One person is on the way. Waiting for a 911 operator to take it."
    );
    let has_it = view(three(), Nine11::HasIt);
    let said = "Tu aviso llegó a 2 de 3. Alguien va en camino. El 911 lo tiene desde las 21:40:07.";
    assert_eq!(SPANISH.summary(&has_it), said);
    let nobody_took_it = AlertView {
        call_911: true,
        ..view(three(), Nine11::Told)
    };
    assert!(
        SPANISH
            .summary(&nobody_took_it)
            .ends_with("Nadie en el 911 lo ha tomado: llama al 911.")
    );
    let with_her = view(
        vec![contact(Reach::Answered, Some(Answer::WithHer)); 2],
        Nine11::UnitSent,
    );
    let said = "Your alert reached 2 of 2 contacts. 2 people say they are with you. 911 sent a unit at 21:40:07.";
    assert_eq!(ENGLISH.summary(&with_her), said);
    let alone = AlertView {
        call_911: true,
        ..view(vec![], Nine11::NotTold)
    };
    assert_eq!(
        SPANISH.summary(&alone),
        "No hay a quién avisar de tu red. Llama al 911."
    );
}

#[test]
fn a_drill_is_called_one_and_says_nothing_of_911() {
    let drill = AlertView {
        drill: true,
        ..view(three(), Nine11::NotTold)
    };
    assert_eq!(
        SPANISH.summary(&drill),
        "Simulacro. Tu aviso llegó a 2 de 3. Alguien va en camino."
    );
}

#[test]
fn after_the_end_nothing_is_said_of_911_whatever_it_does() {
    for (kind, said) in [
        (CloseKind::Cancelled, "Cancelaste tu aviso."),
        (CloseKind::Resolved, "Cerraste tu aviso."),
    ] {
        for nine11 in [Nine11::HasIt, Nine11::Done, Nine11::Told, Nine11::NotTold] {
            let over = AlertView {
                state: AlertState::Closed,
                close_kind: Some(kind),
                ..view(three(), nine11)
            };
            assert_eq!(SPANISH.summary(&over), said);
        }
    }
}

#[test]
fn a_contact_and_each_way_to_it_have_words() {
    let way = |state, reason: Option<FailReason>| ChannelView {
        channel: Medium::Text,
        state,
        reason: reason.map(|r| r.as_str().to_owned()),
        at: at("21:40:09"),
        words: String::new(),
    };
    assert_eq!(
        SPANISH.channel(&way(Reach::Delivered, None)),
        "SMS: llegó a las 21:40:09"
    );
    let stopped = SPANISH.channel(&way(Reach::Failed, Some(FailReason::OptedOut)));
    assert_eq!(
        stopped,
        "SMS: no llegó: ese número pidió no recibir mensajes"
    );
    let trying = ENGLISH.channel(&way(Reach::Sending, Some(FailReason::Unavailable)));
    assert_eq!(
        trying,
        "SMS: not sent yet (the message service does not respond); still trying"
    );
    let coming = contact(Reach::Answered, Some(Answer::OnMyWay));
    assert_eq!(
        SPANISH.contact(&coming),
        "Va en camino. Contestó a las 21:40:41."
    );
    assert_eq!(
        ENGLISH.contact(&contact(Reach::Sent, None)),
        "Sent. The phone has not confirmed it yet."
    );
}

#[test]
fn every_reason_for_a_failure_has_words_of_its_own() {
    for reason in FailReason::ALL {
        for language in [Language::Es, Language::En] {
            assert!(
                known(language, &format!("cause-{reason}")),
                "cause-{reason} is missing in {}",
                language.tag()
            );
        }
    }
}

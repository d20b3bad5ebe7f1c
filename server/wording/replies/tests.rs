//! Sentences that people and phones write.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn all_mean(meaning: Meaning, texts: &[&str]) {
    let wrong: Vec<(&str, Meaning)> = texts
        .iter()
        .map(|text| (*text, read(text).meaning))
        .filter(|(_, got)| *got != meaning)
        .collect();
    assert!(wrong.is_empty(), "not {meaning}: {wrong:?}");
}

#[test]
fn a_yes_is_understood_as_people_write_it() {
    all_mean(
        Meaning::OnMyWay,
        &[
            "1",
            " 1. ",
            "1️⃣",
            "１",
            "uno",
            "Sí",
            "si",
            "SIII",
            "sí voy",
            "Si, voy!",
            "Voy",
            "VOY!!!",
            "ya voy",
            "Ya voy 🏃‍♀️",
            "Voy para allá",
            "voy pa’llá",
            "Ahorita voy",
            "ok voy",
            "Ok, ya voy para allá",
            "No te preocupes, ya voy",
            "no te preocupes ya voy",
            "No tardo, voy en camino",
            "Estoy en camino",
            "voy para alla en 10 minutos",
            "Llego en 5 min",
            "No puedo hablar, voy para allá",
            "Ya salí",
            "salgo para alla",
            "Claro que sí, voy",
            "Arre, voy",
            "Vamos para allá con mi hermano",
            "voy por ella, no cuelgues",
            "Hola, sí voy, gracias",
            "¡Voy!",
            "\u{feff}Voy",
            "voy\u{200b}",
            "yes",
            "YES!",
            "Yes I'm coming",
            "I’m on my way",
            "omw",
            "On my way, be there in 10",
            "coming now",
            "Don't worry, I'm coming",
            "1 voy",
            "1, voy para allá",
            "Voy en camino pero no sé bien dónde es",
        ],
    );
}

#[test]
fn being_with_her_is_understood() {
    all_mean(
        Meaning::WithHer,
        &[
            "Estoy con ella",
            "Ya estoy con ella, gracias",
            "ya llegué",
            "Ya llegué con ella",
            "Está conmigo",
            "I'm with her",
            "She's with me",
            "estoy con ella en el hospital",
        ],
    );
}

#[test]
fn a_refusal_is_one_only_where_nothing_else_is_said() {
    all_mean(
        Meaning::CannotHelp,
        &[
            "2",
            "2.",
            "no",
            "No.",
            "NO!",
            "nooo",
            "No, gracias",
            "No puedo",
            "no puedo ir",
            "No puedo, lo siento",
            "no puedo estoy en Juárez",
            "No puedo ir porque trabajo",
            "Perdón, no puedo ir. Estoy en Delicias",
            "can't",
            "I can't come",
            "I can't make it, sorry",
            "No voy a poder",
        ],
    );
    for text in [
        "no sé dónde es",
        "No entiendo",
        "no soy quien buscas",
        "No te muevas",
        "no puedo ir más rápido",
        "no contesta",
        "No, ya voy",
        "2 personas vamos a verla",
        "2 minutos",
        "no estoy segura de quién eres",
        "No cuelgues",
        "no me llegó el enlace",
        "nothing happened?",
        "no way!! what happened",
    ] {
        assert_eq!(read(text).meaning, Meaning::Question, "{text}");
    }
}

#[test]
fn stop_is_one_only_where_nothing_else_is_said() {
    all_mean(
        Meaning::Stop,
        &[
            "STOP",
            " stop.",
            "Alto",
            "BAJA",
            "baja!",
            "BAJA ya por favor",
            "Stop please",
            "unsubscribe",
            "QUIT",
            "dar de baja",
            "STOP STOP",
            "No me manden más mensajes",
        ],
    );
    for text in [
        "baja tú, te espero afuera",
        "Alto ahí, ¿quién eres?",
        "Stop by her house",
        "stop?",
        "baja la voz",
        "alto riesgo",
        "quit scaring me",
        "Stop, voy",
        "Cancelar",
        "end of the street",
    ] {
        assert_eq!(read(text).meaning, Meaning::Question, "{text}");
    }
}

#[test]
fn start_and_its_brothers_let_messages_through_again() {
    for text in ["START", "start.", "ALTA", "Unstop", "alta por favor"] {
        assert!(
            read(text).meaning == Meaning::Start && read(text).revives,
            "{text}"
        );
    }
    assert!(read("YES").revives && read("YES").meaning == Meaning::OnMyWay);
    for text in ["sí", "1", "start the car", "yes I'm coming", "la alta"] {
        assert!(!read(text).revives, "{text}");
    }
}

#[test]
fn what_doubts_asks_or_contradicts_itself_is_asked_back() {
    all_mean(
        Meaning::Question,
        &[
            "",
            "   ",
            "...",
            "👍",
            "ok",
            "Ok gracias",
            "?",
            "¿Quién eres?",
            "¿voy?",
            "1?",
            "Si puedo voy",
            "voy si puedo",
            "Tal vez voy",
            "a lo mejor voy para allá",
            "voy mañana",
            "luego voy",
            "voy a ver si puedo",
            "voy a llamar al 911",
            "ya voy a dormir",
            "Mi hermano va en camino",
            "1 2",
            "sí, no puedo",
            "3",
            "11",
            "1:30",
            "1.5",
            "¿ya viene alguien en camino?",
            "no estoy con ella",
            "no voy en camino",
            "I was on my way but",
            "maybe I'm on my way",
            "cancelar la alarma",
            "llámame",
            "🤷‍♀️",
            "да",
            "救命",
        ],
    );
}

#[test]
fn what_a_phone_writes_by_itself_is_nobodys_answer() {
    all_mean(
        Meaning::Machine,
        &[
            "Liked “Tu vecina te necesita. Responde 1 si vas, 2 si no puedes”",
            "Loved \"Responde 1 si vas\"",
            "Le gustó “Tienes un aviso urgente”",
            "Se rió con “Tienes un aviso urgente. Responde 1 si vas”",
            "👍 to “Responde 1 si vas, 2 si no puedes”",
            "Reaccionó con 👍 a “Tienes un aviso urgente”",
            "Reacted ❤️ to “Tienes un aviso urgente”",
            "No le gustó «Tienes un aviso urgente»",
            "Estoy conduciendo con No molestar al conducir activado. Veré tu mensaje cuando llegue a mi destino.",
            "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get where I'm going.",
            "(I'm not receiving notifications. If this is urgent, reply \"urgent\" to send a notification through.)",
            "Respuesta automática: estoy fuera de la oficina, voy a contestar el lunes",
            "Auto-Reply: I can't talk",
            "I'm driving right now.",
        ],
    );
}

#[test]
fn a_letter_says_which_alarm_is_answered() {
    for (text, meaning, nth) in [
        ("1A", Meaning::OnMyWay, 0),
        ("1 b", Meaning::OnMyWay, 1),
        ("2b.", Meaning::CannotHelp, 1),
        ("A1", Meaning::OnMyWay, 0),
        ("c, 2", Meaning::CannotHelp, 2),
    ] {
        let reply = read(text);
        assert_eq!(
            (reply.meaning, reply.choice),
            (meaning, Some(nth)),
            "{text}"
        );
    }
    for text in ["3a", "a", "ab", "1ab", "1a?", "11"] {
        assert_eq!(read(text).choice, None, "{text}");
        assert_eq!(read(text).meaning, Meaning::Question, "{text}");
    }
}

#[test]
fn a_text_longer_than_is_read_neither_refuses_nor_stops() {
    for word in ["no", "stop"] {
        let long = format!("{word}{}y luego algo más", " ".repeat(LONGEST));
        assert_eq!(read(&long).meaning, Meaning::Question, "{word}");
    }
}

#[test]
fn a_letter_said_many_times_names_no_alert() {
    for text in ["2 zzzz", "zzzz 2", "1 aaa", "bbbbb 1"] {
        assert_eq!(read(text).meaning, Meaning::Question, "{text}");
    }
    for (text, meaning) in [("siiii", Meaning::OnMyWay), ("noooo", Meaning::CannotHelp)] {
        assert_eq!(read(text).meaning, meaning, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_meaning(text in any::<String>()) {
        let reply = read(&text);
        prop_assert!(Meaning::ALL.contains(&reply.meaning));
    }

    #[test]
    fn neither_case_accents_nor_punctuation_around_it_change_a_meaning(
        which in 0..8_usize, upper in any::<bool>(), around in "[ .!\u{200b}\n]{0,3}",
    ) {
        let (text, meaning) = [
            ("sí voy", Meaning::OnMyWay), ("no", Meaning::CannotHelp), ("stop", Meaning::Stop),
            ("ya llegué", Meaning::WithHer), ("alta", Meaning::Start), ("1", Meaning::OnMyWay),
            ("2", Meaning::CannotHelp), ("quién eres", Meaning::Question),
        ][which];
        let text = if upper { text.to_uppercase() } else { text.to_owned() };
        prop_assert_eq!(read(&format!("{around}{text}{around}")).meaning, meaning);
    }

    #[test]
    fn no_stop_no_refusal_where_anything_unknown_is_said(word in "[bcdfgjkpqz]{4,9}", first in any::<bool>()) {
        for brief in ["no", "stop", "baja", "alto", "2"] {
            let text = if first { format!("{word} {brief}") } else { format!("{brief} {word}") };
            prop_assert_eq!(read(&text).meaning, Meaning::Question);
        }
    }
}

//! What the pages say. One field a phrase, so that a template cannot name a phrase that a language
//! lacks.

use crate::language::Language;

macro_rules! phrases {
    ($($name:ident: $es:literal, $en:literal;)*) => {
        /// The phrases of one language.
        #[derive(Clone, Copy)]
        pub(super) struct Words { $(pub $name: &'static str),* }

        impl Words {
            /// The phrases of `language`.
            pub(super) fn of(language: Language) -> Self {
                match language {
                    Language::Es => Self { $($name: $es),* },
                    Language::En => Self { $($name: $en),* },
                }
            }
        }

        /// Every phrase: its name, and in both languages.
        pub(super) const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $es, $en)),*];
    };
}

phrases! {
    lang: "es", "en";
    other_lang: "en", "es";
    other_language: "Read this in English", "Leer en español";
    title: "Ampara", "Ampara";
    emergency: "Si hay peligro ahora:", "If you are in danger now:";
    call_911: "Llama al 911", "Call 911";
    no_link: "Este enlace ya no sirve", "This link no longer works";
    no_link_text: "Ya se usó, venció o está incompleto. Si lo recibiste por mensaje, ábrelo otra vez desde ahí.",
        "It has been used, has expired or is incomplete. If you got it in a message, open it again from there.";
    too_many: "Demasiados enlaces que no sirven", "Too many links that do not work";
    too_many_text: "Desde tu red se abrieron muchos enlaces incompletos. Abre otra vez el enlace completo del mensaje: si sirve, abre siempre. Si no, espera un minuto.",
        "Many incomplete links were opened from your network. Open the whole link in the message again: a good link always opens. If it does not, wait a minute.";
    gone: "Esta invitación ya no vale", "This invitation is no longer valid";
    gone_text: "Si ya la contestaste, tu respuesta cuenta. Si no, pide a quien te invitó que te mande otra.",
        "If you have answered it, your answer counts. If not, ask the person who invited you for a new one.";
    failed: "Ahora no se pudo", "That did not work just now";
    failed_text: "Espera un momento y vuelve a abrir el enlace.", "Wait a moment and open the link again.";

    heading: "Te quieren como contacto de confianza", "You have been asked to be a trusted contact";
    somebody: "Alguien que te conoce", "A person who knows you";
    asks: "te pide ser su contacto de confianza.", "is asking you to be a trusted contact.";
    what_it_means: "Si aceptas y un día pide ayuda, te llegará un aviso para que veas dónde está y puedas acudir o llamar al 911. No verás su ubicación en ningún otro momento. Puedes dejar de serlo cuando quieras.",
        "If you accept, you will get an alert when help is needed. You will see where, so that you can go there or call 911. You will not see a location at any other time. You can stop whenever you want.";
    how_it_looks: "Así se verá un aviso", "What an alert looks like";
    lock_label: "Ejemplo de pantalla bloqueada", "Example of a lock screen";
    lock_sample: "Tu vecina te necesita. Abre el mensaje.", "Your neighbour needs you. Open the message.";
    lock_explained: "En la pantalla no sale su nombre ni su ubicación, solo el apodo que tú elijas.",
        "The screen shows neither a name nor a location, only the alias you choose.";
    alias_label: "Apodo para tu pantalla (opcional)", "Alias for your screen (optional)";
    alias_sample: "Tu vecina", "Your neighbour";
    alias_hint: "Que tú lo entiendas y nadie más. Hasta 30 letras.", "One that only you understand. Up to 30 characters.";
    alias_wrong: "El apodo es demasiado largo o tiene signos que no se pueden mostrar.", "The alias is too long or has characters that cannot be shown.";
    email_label: "Correo, además del teléfono (opcional)", "Email, as well as the phone (optional)";
    email_hint: "Te llegará una carta para confirmarlo. Sin confirmar no se usa.", "You will get an email to confirm it. Until then it is not used.";
    email_wrong: "Ese correo no parece estar completo.", "That email address looks incomplete.";
    drills_question: "¿Quieres recibir simulacros?", "Do you want to receive drills?";
    drills_hint: "Un simulacro es una prueba, dice que lo es y sirve para saber que un aviso de verdad te llegaría.", "A drill is a test, and says so. It shows whether a real alert would reach you.";
    drills_yes: "Sí, quiero recibirlos", "Yes, send them to me";
    drills_no: "No, solo avisos de verdad", "No, only real alerts";
    drills_reach_you: "Ahora recibes simulacros.", "You now receive drills.";
    drills_do_not: "Ahora no recibes simulacros.", "You do not receive drills now.";
    drills_begin: "Quiero recibirlos", "Send them to me";
    drills_stop: "Ya no quiero recibirlos", "Stop sending me drills";
    accept: "Acepto", "I accept";
    decline: "No acepto", "I decline";
    notice: "Aviso de privacidad", "Privacy notice";
    accepted: "Gracias. Ya eres su contacto", "Thank you. You are now a trusted contact";
    accepted_text: "Si pide ayuda te llegará un aviso. Guarda este número entre tus contactos para que no se pierda. Con este mismo enlace puedes dejar de ser su contacto cuando quieras.",
        "If help is needed, you will get an alert. Save the sender's number in your contacts so that you do not miss it. You can use this same link to stop being a contact whenever you want.";
    declined: "Está bien", "That is fine";
    declined_text: "No te llegarán avisos. Nadie más lo sabrá.", "You will not get alerts. No one else will know.";

    heading_mail: "Confirma tu correo", "Confirm your email address";
    mail_explained: "Si confirmas, los avisos urgentes de quien te eligió como contacto de confianza llegarán también a este correo.",
        "If you confirm, urgent alerts from the person who chose you as a trusted contact will also come to this address.";
    mail_yes: "Sí, es mi correo", "Yes, this is my email address";
    mail_confirmed: "Listo", "Done";
    mail_confirmed_text: "Los avisos llegarán también a tu correo. Para que dejen de llegar, abre el enlace de tu invitación.",
        "Alerts will also come to your email address. To stop them, open the link in your invitation.";

    heading_leave: "Aceptaste ser contacto de confianza", "You agreed to be a trusted contact";
    leave_explained: "Si pide ayuda, te llega un aviso. Si ya no quieres ser su contacto, dilo aquí: saldrás de su lista y podrá elegir a otra persona.",
        "If help is needed, you get an alert. If you no longer want to be a contact, say so here: you will be taken off the list, and another person can be chosen.";
    leave: "Ya no quiero ser su contacto", "I no longer want to be a contact";
    left: "Ya no eres su contacto", "You are no longer a contact";
    left_text: "No te llegarán más avisos. Si un día quieres volver, pide que te invite otra vez.",
        "You will get no more alerts. If you ever want to come back, ask for a new invitation.";

    heading_door: "Un aviso urgente para ti", "An urgent alert for you";
    door: "Toca «Ver» para saber quién te necesita y cómo ayudar.", "Tap \"See\" to find out who needs you and how to help.";
    see: "Ver", "See";
    drill: "SIMULACRO: es una prueba, nadie corre peligro. No llames al 911 por esto.", "DRILL: this is a test, no one is in danger. Do not call 911 about it.";
    rehearses: "está practicando", "is running a drill";
    has_rehearsed: "terminó de practicar", "has finished the drill";
    since_now_drill: "Empezó hace un momento.", "Started a moment ago.";
    since_drill: "Empezó hace {}.", "Started {} ago.";
    answered_drill: "Quedó anotado. Era un simulacro: gracias por contestar.", "Recorded. It was a drill: thank you for answering.";
    no_drill: "Esto ya NO es un simulacro. Contesta otra vez.", "This is NOT a drill any more. Please answer again.";
    who_else: "Alguien que te eligió", "A person who chose you";
    needs_you: "te necesita", "needs you";
    is_over: "ya cerró su aviso", "has closed the alert";
    no_news: "no ha dado noticias", "has not been heard from";
    since_now: "Pidió ayuda hace un momento.", "Asked for help a moment ago.";
    since: "Pidió ayuda hace {}.", "Asked for help {} ago.";
    nobody_at_911: "Nadie en el 911 ha tomado este aviso todavía: llama tú al 911.", "Call 911 yourself. No operator has taken this alert yet.";
    place: "Última ubicación", "Last known location";
    open_map: "Abrir en el mapa", "Open in a map";
    place_hint: "Si no se abre, copia estos números en tu mapa:", "If it does not open, copy these numbers into your map:";
    no_place: "Todavía no hay ubicación. Toca «Actualizar» dentro de un momento.", "There is no location yet. Tap \"Refresh\" in a moment.";
    place_now: "de hace un momento", "from a moment ago";
    place_ago: "de hace {}", "from {} ago";
    hour_unknown: "hora desconocida", "hour unknown";
    within: "con un margen de", "within";
    answer: "¿Qué vas a hacer?", "What will you do?";
    on_my_way: "Voy en camino", "I am on my way";
    with_her: "Estoy con ella", "I am with her";
    cannot_help: "No puedo", "I cannot";
    anything_new: "¿Cambió algo?", "Has anything changed?";
    answer_hint: "Contestes lo que contestes, a las demás personas también se les avisa.", "Whatever you answer, the other contacts are notified too.";
    answered_on_my_way: "Quedó anotado: vas en camino.", "Recorded: you are on your way.";
    answered_with_her: "Quedó anotado: estás con ella.", "Recorded: you are with her.";
    answered_cannot_help: "Quedó anotado: no puedes. Se sigue avisando a las demás personas.", "Recorded: you cannot. The other contacts are still being notified.";
    refresh: "Actualizar", "Refresh";
    metres: "m", "m";
    kilometres: "km", "km";
}

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
    emergency: "Si hay peligro ahora:", "If there is danger now:";
    call_911: "Llama al 911", "Call 911";
    no_link: "Este enlace ya no sirve", "This link is no longer good";
    no_link_text: "Ya se usó, venció o está incompleto. Si lo recibiste por mensaje, ábrelo otra vez desde ahí.",
        "It was used, has run out, or is incomplete. If you got it in a message, open it from there again.";
    gone: "Esta invitación ya no vale", "This invitation is no longer good";
    gone_text: "Si ya la contestaste, tu respuesta cuenta. Si no, pide a quien te invitó que te mande otra.",
        "If you have answered it, your answer counts. If not, ask who invited you to send you another.";
    failed: "Ahora no se pudo", "It did not work just now";
    failed_text: "Espera un momento y vuelve a abrir el enlace.", "Wait a moment and open the link again.";

    heading: "Te quieren como contacto de confianza", "You are wanted as a trusted contact";
    somebody: "Alguien que te conoce", "Somebody who knows you";
    asks: "te pide ser su contacto de confianza.", "asks you to be a trusted contact.";
    what_it_means: "Si aceptas y un día pide ayuda, te llegará un aviso para que veas dónde está y puedas acudir o llamar al 911. No verás su ubicación en ningún otro momento. Puedes dejar de serlo cuando quieras.",
        "If you accept and one day help is asked for, you get a notice, see where, and can go there or call 911. At no other time do you see a place. You can stop whenever you want.";
    how_it_looks: "Así se verá un aviso", "What a notice will look like";
    lock_label: "Ejemplo de pantalla bloqueada", "Example of a lock screen";
    lock_sample: "Tu vecina te necesita. Abre el mensaje.", "Your neighbour needs you. Open the message.";
    lock_explained: "En la pantalla no sale su nombre ni su ubicación, solo el apodo que tú elijas.",
        "Neither a name nor a place is on the screen, only the alias that you choose.";
    alias_label: "Apodo para tu pantalla (opcional)", "Alias for your screen (optional)";
    alias_sample: "Tu vecina", "Your neighbour";
    alias_hint: "Que tú lo entiendas y nadie más. Hasta 30 letras.", "One that you understand and nobody else. Up to 30 letters.";
    alias_wrong: "El apodo es demasiado largo o tiene signos que no se pueden mostrar.", "The alias is too long or has signs that cannot be shown.";
    email_label: "Correo, además del teléfono (opcional)", "E-mail, besides the phone (optional)";
    email_hint: "Te llegará una carta para confirmarlo. Sin confirmar no se usa.", "You get a letter to confirm it. Until then it is not used.";
    email_wrong: "Ese correo no parece estar completo.", "That address does not look complete.";
    drills_question: "¿Quieres recibir simulacros?", "Do you want drills?";
    drills_hint: "Un simulacro es una prueba, dice que lo es y sirve para saber que un aviso de verdad te llegaría.", "A drill is a test, says that it is one, and shows that a real notice would reach you.";
    drills_yes: "Sí, quiero recibirlos", "Yes, send them to me";
    drills_no: "No, solo avisos de verdad", "No, real notices only";
    drills_reach_you: "Ahora recibes simulacros.", "Drills reach you now.";
    drills_do_not: "Ahora no recibes simulacros.", "Drills do not reach you now.";
    drills_begin: "Quiero recibirlos", "Send them to me";
    drills_stop: "Ya no quiero recibirlos", "Send me no more drills";
    accept: "Acepto", "I accept";
    decline: "No acepto", "I decline";
    notice: "Aviso de privacidad", "Privacy notice";
    accepted: "Gracias. Ya eres su contacto", "Thank you. You are a contact now";
    accepted_text: "Si pide ayuda te llegará un aviso. Guarda este número entre tus contactos para que no se pierda. Con este mismo enlace puedes dejar de ser su contacto cuando quieras.",
        "If help is asked for, you will get a notice. Keep the sender among your contacts so that it is not lost. By this same link you can stop being a contact whenever you want.";
    declined: "Está bien", "That is all right";
    declined_text: "No te llegarán avisos. Nadie más lo sabrá.", "You will get no notices. Nobody else will know.";

    heading_mail: "Confirma tu correo", "Confirm your address";
    mail_explained: "Si confirmas, los avisos urgentes de quien te eligió como contacto de confianza llegarán también a este correo.",
        "If you confirm, urgent notices of the person who chose you as a trusted contact come to this address as well.";
    mail_yes: "Sí, es mi correo", "Yes, this is my address";
    mail_confirmed: "Listo", "Done";
    mail_confirmed_text: "Los avisos llegarán también a tu correo. Para que dejen de llegar, abre el enlace de tu invitación.",
        "Notices will come to your address as well. To stop them, open the link of your invitation.";

    heading_leave: "Aceptaste ser contacto de confianza", "You accepted to be a trusted contact";
    leave_explained: "Si pide ayuda, te llega un aviso. Si ya no quieres ser su contacto, dilo aquí: saldrás de su lista y podrá elegir a otra persona.",
        "If help is asked for, you get a notice. If you no longer want to be a contact, say so here: you leave the list, and somebody else can be chosen.";
    leave: "Ya no quiero ser su contacto", "I no longer want to be a contact";
    left: "Ya no eres su contacto", "You are no longer a contact";
    left_text: "No te llegarán más avisos. Si un día quieres volver, pide que te invite otra vez.",
        "You will get no more notices. If you ever want to come back, ask for a new invitation.";

    heading_door: "Un aviso urgente para ti", "An urgent notice for you";
    door: "Toca «Ver» para saber quién te necesita y cómo ayudar.", "Tap \"See\" to learn who needs you and how to help.";
    see: "Ver", "See";
    drill: "SIMULACRO: es una prueba, nadie corre peligro. No llames al 911 por esto.", "DRILL: this is a test, nobody is in danger. Do not call 911 over it.";
    rehearses: "está practicando", "is practising";
    has_rehearsed: "terminó de practicar", "has practised";
    since_now_drill: "Empezó hace un momento.", "Began a moment ago.";
    since_drill: "Empezó hace {}.", "Began {} ago.";
    answered_drill: "Quedó anotado. Era un simulacro: gracias por contestar.", "Noted. It was a drill: thank you for answering.";
    no_drill: "Esto ya NO es un simulacro. Contesta otra vez.", "This is NO drill any more. Answer once more.";
    who_else: "Alguien que te eligió", "Somebody who chose you";
    needs_you: "te necesita", "needs you";
    is_over: "ya cerró su aviso", "has closed the notice";
    no_news: "no ha dado noticias", "has given no news";
    since_now: "Pidió ayuda hace un momento.", "Asked for help a moment ago.";
    since: "Pidió ayuda hace {}.", "Asked for help {} ago.";
    nobody_at_911: "Nadie en el 911 ha tomado este aviso todavía: llama tú al 911.", "Nobody at 911 has taken this yet: call 911 yourself.";
    place: "Última ubicación", "Latest place";
    open_map: "Abrir en el mapa", "Open in a map";
    place_hint: "Si no se abre, copia estos números en tu mapa:", "If it does not open, copy these numbers into your map:";
    no_place: "Todavía no hay ubicación. Toca «Actualizar» dentro de un momento.", "There is no place yet. Tap \"Refresh\" in a moment.";
    place_now: "de hace un momento", "from a moment ago";
    place_ago: "de hace {}", "from {} ago";
    within: "con un margen de", "within";
    answer: "¿Qué vas a hacer?", "What will you do?";
    on_my_way: "Voy en camino", "I am on my way";
    with_her: "Estoy con ella", "I am with her";
    cannot_help: "No puedo", "I cannot";
    anything_new: "¿Cambió algo?", "Has anything changed?";
    answer_hint: "Contestes lo que contestes, a las demás personas también se les avisa.", "Whatever you answer, the others are told as well.";
    answered_on_my_way: "Quedó anotado: vas en camino.", "Noted: you are on your way.";
    answered_with_her: "Quedó anotado: estás con ella.", "Noted: you are with her.";
    answered_cannot_help: "Quedó anotado: no puedes. Se sigue avisando a las demás personas.", "Noted: you cannot. The others are still being told.";
    refresh: "Actualizar", "Refresh";
    minutes: "min", "min";
    hours: "h", "h";
    metres: "m", "m";
    kilometres: "km", "km";
}

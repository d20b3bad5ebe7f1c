//! The one table of stable error codes.
//!
//! What: each refusal that a client may meet, with its HTTP status, its title, and what to do about
//! it, in Spanish and English. A code never changes its meaning; a new meaning is a new code.
//! A number that is a setting stands in the words by its name in braces and is filled in
//! (`numbers`). Invariant: the words say what to fix and never what was sent, so that a problem may be logged,
//! shown and pasted into a ticket. `docs/api-errors.md` lists the same codes, and a test holds the
//! two together.

/// One stable error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// What programs compare: lower case with hyphens.
    pub code: &'static str,
    /// The HTTP status it is sent with.
    pub status: u16,
    /// What happened, in Spanish.
    pub title_es: &'static str,
    /// What to fix, in Spanish.
    pub detail_es: &'static str,
    /// What happened, in English.
    pub title_en: &'static str,
    /// What to fix, in English.
    pub detail_en: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $status:literal $title_es:literal $detail_es:literal $title_en:literal $detail_en:literal)*) => {
        impl Code {
            $(
                #[doc = concat!("`", $code, "` (", $status, "): ", $detail_en)]
                pub const $name: Code = Code {
                    code: $code,
                    status: $status,
                    title_es: $title_es,
                    detail_es: $detail_es,
                    title_en: $title_en,
                    detail_en: $detail_en,
                };
            )*

            /// Every code there is, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    // --- What was sent cannot be read
    BAD_JSON "bad-json" 400
        "El JSON no se entiende" "Envía un solo documento JSON bien formado, en UTF-8; NaN e Infinity no son JSON."
        "The JSON cannot be read" "Send one well-formed JSON document in UTF-8; NaN and Infinity are not JSON."
    BAD_VALUE "bad-value" 422
        "Un valor no es válido" "Corrige los campos que se nombran en «fields» según la documentación de la API."
        "A value is not valid" "Correct the fields named in \"fields\" as the API documentation says."
    MISSING_FIELD "missing-field" 422
        "Falta un campo" "Agrega los campos que se nombran en «fields»."
        "A field is missing" "Add the fields named in \"fields\"."
    UNKNOWN_FIELD "unknown-field" 422
        "Hay un campo desconocido" "Quita los campos que esta ruta no conoce; revisa cómo están escritos."
        "A field is unknown" "Remove the fields that this route does not know; check how they are spelled."
    DUPLICATE_FIELD "duplicate-field" 422
        "Un campo está repetido" "Envía cada campo una sola vez."
        "A field is given twice" "Send each field once."
    OUT_OF_RANGE "out-of-range" 422
        "Un número está fuera de rango" "Usa valores dentro de los límites que indica la documentación de la API."
        "A number is out of range" "Use values within the limits in the API documentation."
    TOO_LARGE "too-large" 413
        "El contenido es demasiado grande" "Envía a lo más {body_kib} KiB; reparte lo demás en varias solicitudes."
        "The body is too large" "Send at most {body_kib} KiB; split the rest over several requests."
    TOO_DEEP "too-deep" 400
        "El JSON está demasiado anidado" "Anida a lo más 32 niveles de objetos y listas."
        "The JSON is nested too deeply" "Nest objects and lists at most 32 levels deep."
    TOO_SLOW "too-slow" 408
        "El contenido no llegó a tiempo" "Envía el contenido completo en menos de {read_timeout_s} segundos; vuelve a intentarlo."
        "The body did not arrive in time" "Send the whole body within {read_timeout_s} seconds; try again."
    BROKEN_BODY "broken-body" 400
        "El contenido llegó incompleto" "La conexión se cortó antes del final; vuelve a intentarlo."
        "The body arrived incomplete" "The connection broke before its end; try again."
    WRONG_CONTENT_TYPE "wrong-content-type" 415
        "El tipo de contenido no se acepta" "Envía el encabezado «Content-Type: application/json», sin compresión."
        "The content type is not accepted" "Send the header \"Content-Type: application/json\", without compression."
    BAD_PATH "bad-path" 400
        "La dirección no es válida" "Los identificadores de la ruta son UUID en minúsculas; corrige la dirección."
        "The path is not valid" "The ids in the path are lower-case UUIDs; correct the address."
    BAD_QUERY "bad-query" 400
        "Un parámetro de la consulta no es válido" "Corrige los parámetros después de «?»; «limit» va de 1 a 100 y «cursor» es el que dio «next»."
        "A query parameter is not valid" "Correct the parameters after \"?\"; \"limit\" is 1 to 100 and \"cursor\" is what \"next\" gave."
    BAD_HEADER "bad-header" 400
        "Un encabezado no es válido" "Corrige los encabezados según la documentación de la API."
        "A header is not valid" "Correct the headers as the API documentation says."
    BAD_REQUEST "bad-request" 400
        "La solicitud no es válida" "Corrige la solicitud según la documentación de la API."
        "The request is not valid" "Correct the request as the API documentation says."
    TOO_MANY_FIXES "too-many-fixes" 422
        "Demasiadas ubicaciones en una solicitud" "Envía de 1 a 100 ubicaciones por solicitud."
        "Too many fixes in one request" "Send 1 to 100 fixes per request."
    BAD_PHONE "bad-phone" 422
        "El número de teléfono no es válido" "Escribe el número con lada: diez dígitos en México, o con + y la clave del país."
        "The phone number is not valid" "Write the number with its area code: ten digits in Mexico, or + and the country code."
    OWN_PHONE "own-phone" 422
        "Ese es tu propio número" "Elige a otra persona: tu teléfono puede estar en manos de alguien más."
        "That is your own number" "Choose another person: your phone may be in someone else's hands."
    CONTACT_UNREACHABLE "contact-unreachable" 422
        "Ese número no recibe invitaciones" "La persona pidió no recibir mensajes; háblalo con ella o elige a otra."
        "That number does not accept invitations" "Its owner asked to get no more messages; talk to them or choose another person."
    PHONE_NO_AREA_CODE "phone-no-area-code" 422
        "Falta la lada" "Escribe el número completo, con su lada: diez dígitos."
        "The area code is missing" "Write the full number with its area code: ten digits."
    PHONE_EMERGENCY "phone-emergency" 422
        "Un número de emergencia no puede ser contacto" "Elige a una persona; al 911 se le avisa aparte."
        "An emergency number cannot be a contact" "Choose a person; 911 is notified separately."
    PHONE_SERVICE "phone-service" 422
        "Ese número no recibe mensajes" "Escribe el celular de una persona, no un número 800 o de servicio."
        "That number cannot receive messages" "Write a person's mobile number, not a toll-free or service number."
    PHONE_EXTENSION "phone-extension" 422
        "Un número con extensión no recibe mensajes" "Escribe un número directo, sin extensión."
        "A number with an extension cannot receive messages" "Write a direct number without an extension."

    CENTRE_UNKNOWN "centre-unknown" 422
        "No hay un centro con ese id" "Da el id de un centro que muestre «ampara centre list»; para un operador, uno de tu municipio."
        "There is no centre with that id" "Give the id of a centre that \"ampara centre list\" shows; for an operator, one in your municipality."

    // --- Where and how
    NOT_FOUND "not-found" 404
        "No existe" "No existe, o no es tuyo; revisa la dirección."
        "Not found" "It does not exist, or it is not yours; check the address."
    METHOD_NOT_ALLOWED "method-not-allowed" 405
        "Ese método no se usa aquí" "Usa uno de los métodos del encabezado «Allow»."
        "This method is not used here" "Use one of the methods in the \"Allow\" header."
    NOT_ACCEPTABLE "not-acceptable" 406
        "Ese formato no se ofrece" "Acepta «application/json», o «text/event-stream» donde hay un flujo."
        "This format is not offered" "Accept \"application/json\", or \"text/event-stream\" where there is a stream."
    ALERT_UNKNOWN "alert-unknown" 404
        "No se conoce esa alerta" "Envía primero la alerta con PUT /v1/alerts/{client_id}; después repite esta solicitud."
        "This alert is not known" "Raise the alert first with PUT /v1/alerts/{client_id}, then repeat this request."

    // --- Who is calling
    UNAUTHORIZED "unauthorized" 401
        "Falta una credencial válida" "Envía «Authorization: Bearer» con un token vigente; si no lo tienes, inicia sesión de nuevo."
        "A valid credential is missing" "Send \"Authorization: Bearer\" with a valid token; if you have none, sign in again."
    TOKEN_EXPIRED "token-expired" 401
        "El token venció" "Pide otro con POST /v1/sessions/refresh y repite la solicitud."
        "The token has expired" "Get another with POST /v1/sessions/refresh and repeat the request."
    SESSION_REVOKED "session-revoked" 401
        "La sesión fue cerrada" "Inicia sesión de nuevo en este teléfono."
        "The session was revoked" "Sign in again on this phone."
    FORBIDDEN "forbidden" 403
        "No está permitido" "Tu función no permite esto; pídelo a quien administra."
        "Not allowed" "Your role does not allow this; ask your administrator."
    CSRF "csrf" 403
        "Falta la señal contra solicitudes ajenas" "Envía el encabezado «X-CSRF-Token» que se entregó al iniciar sesión."
        "The cross-site check is missing" "Send the \"X-CSRF-Token\" header that was given at sign-in."
    STEP_UP_NEEDED "step-up-needed" 403
        "Confirma que eres tú" "Confirma con tu PIN o un código en POST /v1/sessions/step-up y repite la solicitud."
        "Confirm that it is you" "Confirm with the PIN or a code at POST /v1/sessions/step-up, then repeat the request."
    DEVICE_TOO_NEW "device-too-new" 403
        "Este teléfono es demasiado nuevo" "Espera {new_device_hours} horas o confirma este teléfono desde otro anterior; una alerta sí puedes enviarla ya."
        "This phone is too new" "Wait {new_device_hours} hours or confirm this phone from an older one; you can raise an alert right away."
    CODE_WRONG "code-wrong" 422
        "El código no sirve" "Revisa el código del mensaje, o pide otro; cada uno vale una vez y por {code_minutes} minutos."
        "The code does not work" "Check the code in the message, or ask for another; each works once, for {code_minutes} minutes."
    PIN_WRONG "pin-wrong" 422
        "El PIN no es correcto" "Escribe tu PIN de nuevo."
        "The PIN is wrong" "Enter the PIN again."
    PIN_WEAK "pin-weak" 422
        "El PIN es fácil de adivinar" "Elige de 4 a 8 dígitos que no sean iguales ni seguidos, y distintos de tu otro PIN."
        "The PIN is easy to guess" "Choose 4 to 8 digits that are not all the same or in sequence, and different from your other PIN."
    SIGN_IN_FAILED "sign-in-failed" 401
        "No se pudo iniciar sesión" "Revisa el nombre, la contraseña y el código de la aplicación de verificación."
        "Sign-in failed" "Check the name, the password and the code of the authenticator app."
    PRIVACY_NOTICE_OUTDATED "privacy-notice-outdated" 422
        "Hay un aviso de privacidad más reciente" "Muestra el aviso vigente del municipio y envía su versión."
        "There is a newer privacy notice" "Show the municipality's current notice and send its version."

    // --- Limits
    RATE_LIMITED "rate-limited" 429
        "Demasiadas solicitudes" "Espera los segundos que indica «retry_after_s» y vuelve a intentarlo."
        "Too many requests" "Wait the number of seconds in \"retry_after_s\" and try again."
    CONTACT_LIMIT "contact-limit" 409
        "Ya tienes el máximo de contactos" "Quita un contacto antes de agregar otro."
        "You already have the maximum number of contacts" "Remove a contact before adding another."
    INVITATION_LIMIT "invitation-limit" 429
        "Ya se invitó hoy a ese número" "Un número recibe a lo más {invitations_per_day} invitaciones al día; espera o avísale en persona."
        "This number has been invited too often today" "A number gets at most {invitations_per_day} invitations a day; wait, or tell the person yourself."

    // --- The state of things does not allow it
    CONFLICT "conflict" 409
        "Alguien lo cambió antes" "Vuelve a leer el estado actual y decide de nuevo."
        "It was changed by another person first" "Read the current state and decide again."
    ALERT_OPEN "alert-open" 409
        "Hay una alerta abierta" "Mientras hay una alerta abierta, el PIN no cambia y el aviso al 911 solo puede aumentar."
        "An alert is open" "While an alert is open the PIN cannot change and the 911 policy can only rise."
    BECAME_REAL "became-real" 409
        "Ya no es un simulacro" "Muestra la alerta y vuelve a preguntar: lo que se dijo al simulacro no cuenta."
        "It is not a drill any more" "Show the alert and ask again: the answer to the drill does not count."
    CLOSED "closed" 409
        "Ya está cerrado" "Ya se cerró; consulta su estado final."
        "It is closed" "It has been closed; check its final state."
    ALREADY_CLAIMED "already-claimed" 409
        "Otra persona ya lo tomó" "Otra persona atiende este registro; elige otro, o tómalo por relevo si se permite."
        "Another operator has claimed it" "Another operator is working this record; choose another record, or take it over where allowed."
    NOT_CLAIMER "not-claimer" 403
        "No lo has tomado tú" "Toma el registro antes de trabajarlo."
        "You have not claimed it" "Claim the record before working it."
    RECLAIM_TOO_SOON "reclaim-too-soon" 409
        "Todavía no puedes volver a tomarlo" "Quien dejó vencer un registro espera {reclaim_wait_minutes} minutos; que lo tome otra persona."
        "It is too soon to claim it again" "An operator whose claim lapsed waits {reclaim_wait_minutes} minutes; let another operator claim it."
    SECOND_PERSON_NEEDED "second-person-needed" 409
        "Se necesita una segunda persona" "Pide a otra persona del centro que lo confirme."
        "A second person is needed" "Ask another person at the centre to confirm it."
    REASON_NEEDED "reason-needed" 422
        "Falta el motivo" "Escribe por qué necesitas abrirlo; quedará registrado."
        "A reason is missing" "Write why you need to open it; the reason is recorded."
    INVITATION_GONE "invitation-gone" 410
        "La invitación ya no vale" "Si ya la contestaste, tu respuesta cuenta; si no, pide a quien te invitó que envíe otra."
        "The invitation is no longer valid" "If you have answered it, your answer counts; if not, ask the person who invited you to send another."

    // --- Our side
    INTERNAL "internal" 500
        "Algo falló de nuestro lado" "Vuelve a intentarlo; si sigue, da a soporte el «request_id»."
        "Something went wrong on our side" "Try again; if it keeps happening, give support the \"request_id\"."
    BUSY "busy" 503
        "El servidor está ocupado" "Vuelve a intentarlo tras los segundos que indica «retry_after_s»."
        "The server is busy" "Try again after the number of seconds in \"retry_after_s\"."
    UNAVAILABLE "unavailable" 503
        "No disponible por ahora" "Vuelve a intentarlo; si es una emergencia, llama al 911."
        "Not available right now" "Try again; in an emergency, call 911."
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_its_own_and_says_what_to_fix_in_both_languages() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.code), "{} stands twice", code.code);
            assert!(
                code.code
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{}",
                code.code
            );
            assert!((400..600).contains(&code.status), "{}", code.code);
            for words in [code.title_es, code.detail_es, code.title_en, code.detail_en] {
                assert!(!words.is_empty() && words.len() < 200, "{}", code.code);
            }
            assert!(
                code.detail_es.ends_with('.') && code.detail_en.ends_with('.'),
                "{}",
                code.code
            );
        }
    }
}

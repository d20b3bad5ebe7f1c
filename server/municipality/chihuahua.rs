//! Chihuahua, the first municipality: what the demo and a first installation begin with.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::error::MunicipalityError;
use super::lines::{replace_help_lines, set_holidays};
use super::model::HelpLineDraft;
use super::model::{Hours, NewMunicipality};
use super::tenants::{add, find, publish_notice};
use crate::clock::At;
use crate::db::Conn;
use crate::ids::MunicipalityId;
use crate::language::Language;

/// Its code.
pub const CODE: &str = "chihuahua";

/// Its 911 centre with a coarse outline, drawn by hand: for `centre import`, to be replaced by the
/// surveyed one.
pub const CENTRES_GEOJSON: &str = include_str!("chihuahua.geojson");

/// The version of the notice below.
pub const NOTICE_VERSION: &str = "2026-11";

const NOTICE_ES: &str = "\
AVISO DE PRIVACIDAD (versión 2026-11)

Responsable: el Municipio de Chihuahua, a través del Instituto Municipal de las Mujeres.

Qué guardamos: tu nombre y teléfono; los nombres y teléfonos de las personas que eliges; y, solo mientras tienes una \
alerta abierta, los lugares que manda tu teléfono.

Para qué: para avisar a tu red y, según lo que tú decidas, al 911. No te seguimos cuando no hay una alerta.

Quién lo ve: tus contactos ven el último lugar mientras la alerta está abierta. En el 911 lo ve quien atiende tu caso, y \
cada consulta queda anotada: puedes pedir la lista.

Cuánto tiempo: el recorrido se destruye en el plazo fijado, también en las copias de respaldo.

Tus derechos: acceder, rectificar, cancelar y oponerte, en la aplicación o ante el Instituto. Quien fue invitado como \
contacto puede salir cuando quiera.";

const NOTICE_EN: &str = "\
PRIVACY NOTICE (version 2026-11)

Controller: the Municipality of Chihuahua, through its Institute for Women.

What we keep: your name and phone; the names and phones of the people you choose; and, only while you have an alert \
open, the places your phone sends.

What for: to tell your network and, as you decide, 911. We do not follow you when there is no alert.

Who sees it: your contacts see the latest place while the alert is open. At 911 the operator who works your case sees it, and each \
reading is written down: you may ask for the list.

How long: the trail is destroyed on schedule, in backups too.

Your rights: access, correction, deletion and objection, in the app or at the Institute. A person invited as a contact \
may leave at any time.";

/// Adds Chihuahua with its notice, help lines and holidays, where it is not there yet. What an
/// administrator has changed since is left as it is. `sms_sender` is the number its SMS come from.
///
/// # Errors
/// What the database says.
pub fn seed(
    conn: &mut Conn,
    sms_sender: Option<&str>,
    now: At,
) -> Result<MunicipalityId, MunicipalityError> {
    if let Some(there) = find(conn, CODE)? {
        return Ok(there.id);
    }
    let new = NewMunicipality {
        code: CODE.to_owned(),
        name: "Chihuahua".to_owned(),
        zone: Tz::America__Chihuahua,
        area_code: "614".to_owned(),
        language: Language::Es,
        sms_sender: sms_sender.map(str::to_owned),
        sms_second_sender: None,
        voice_sender: None,
        notice_version: NOTICE_VERSION.to_owned(),
    };
    let id = add(conn, &new, now)?;
    publish_notice(conn, id, NOTICE_VERSION, Language::Es, NOTICE_ES, now)?;
    publish_notice(conn, id, NOTICE_VERSION, Language::En, NOTICE_EN, now)?;
    replace_help_lines(conn, id, &help_lines(), now)?;
    set_holidays(conn, id, &holidays())?;
    Ok(id)
}

fn help_lines() -> Vec<HelpLineDraft> {
    let office = |phone: &str, name_es: &str, name_en: &str| HelpLineDraft {
        phone: phone.to_owned(),
        name_es: name_es.to_owned(),
        name_en: name_en.to_owned(),
        always: false,
        hours: vec![Hours {
            days: vec![1, 2, 3, 4, 5],
            from: hour(9),
            to: hour(15),
        }],
    };
    vec![
        office("6144900789", "Jurídico gratuito", "Free legal advice"),
        office(
            "6144102305",
            "Atención en situación de violencia",
            "Help in a situation of violence",
        ),
    ]
}

fn hour(h: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(h, 0, 0).unwrap_or_default()
}

/// Days of rest by the federal labour law (art. 74) until the end of 2027.
fn holidays() -> Vec<NaiveDate> {
    let days = [
        (2026, 11, 16),
        (2026, 12, 25),
        (2027, 1, 1),
        (2027, 2, 1),
        (2027, 3, 15),
        (2027, 5, 1),
        (2027, 9, 16),
        (2027, 11, 15),
        (2027, 12, 25),
    ];
    days.into_iter()
        .filter_map(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d))
        .collect()
}

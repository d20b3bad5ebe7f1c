//! Municipalities, their apps and their notices.

use super::model::{Municipality, NewMunicipality};
use super::store;
use crate::clock::At;
use crate::db::{Conn, DbError, change_marks};
use crate::ids::MunicipalityId;
use crate::language::Language;

/// The municipality of that code, as `chihuahua`.
///
/// # Errors
/// What the database says.
pub fn find(conn: &mut Conn, code: &str) -> Result<Option<Municipality>, DbError> {
    // PostgreSQL takes no NUL in a text.
    if code.contains('\0') {
        return Ok(None);
    }
    store::by_code(conn, code)
}

/// The municipality of that id.
///
/// # Errors
/// What the database says.
pub fn by_id(conn: &mut Conn, id: MunicipalityId) -> Result<Option<Municipality>, DbError> {
    store::by_id(conn, id)
}

/// All of them, by code.
///
/// # Errors
/// What the database says.
pub fn list(conn: &mut Conn) -> Result<Vec<Municipality>, DbError> {
    store::all(conn)
}

/// Adds a municipality, or leaves the one of that code as it is. Its id either way.
///
/// # Errors
/// What the database says.
pub fn add(conn: &mut Conn, new: &NewMunicipality, now: At) -> Result<MunicipalityId, DbError> {
    let id = store::add(conn, new, now)?;
    change_marks::bump_mark(conn, change_marks::CENTRES)?;
    Ok(id)
}

/// Says whose people use an app. An app belongs to one municipality; the last word holds.
///
/// # Errors
/// What the database says.
pub fn add_app(conn: &mut Conn, app_id: &str, municipality: MunicipalityId) -> Result<(), DbError> {
    store::add_app(conn, app_id, municipality)
}

/// Changes all of a municipality but its code.
///
/// # Errors
/// What the database says.
pub fn change(conn: &mut Conn, id: MunicipalityId, new: &NewMunicipality) -> Result<(), DbError> {
    store::change(conn, id, new)?;
    change_marks::bump_mark(conn, change_marks::CENTRES)
}

/// All apps, each with the municipality whose people use it.
///
/// # Errors
/// What the database says.
pub fn apps(conn: &mut Conn) -> Result<Vec<(String, MunicipalityId)>, DbError> {
    store::apps(conn)
}

/// The municipality whose people use that app.
///
/// # Errors
/// What the database says.
pub fn app_municipality(conn: &mut Conn, app_id: &str) -> Result<Option<MunicipalityId>, DbError> {
    store::app_municipality(conn, app_id)
}

/// The words of a version of the privacy notice; in Spanish where the language asked for is
/// missing.
///
/// # Errors
/// What the database says.
pub fn notice(
    conn: &mut Conn,
    municipality: MunicipalityId,
    version: &str,
    language: Language,
) -> Result<Option<String>, DbError> {
    match store::notice(conn, municipality, version, language)? {
        None if language != Language::Es => {
            store::notice(conn, municipality, version, Language::Es)
        }
        found => Ok(found),
    }
}

/// The words of a version of the privacy notice in that language alone.
///
/// # Errors
/// What the database says.
pub(super) fn notice_in(
    conn: &mut Conn,
    municipality: MunicipalityId,
    version: &str,
    language: Language,
) -> Result<Option<String>, DbError> {
    store::notice(conn, municipality, version, language)
}

/// Keeps a version of the notice. A version that exists is left as it is: a person may have
/// accepted it.
///
/// # Errors
/// What the database says.
pub fn publish_notice(
    conn: &mut Conn,
    municipality: MunicipalityId,
    version: &str,
    language: Language,
    body: &str,
    now: At,
) -> Result<(), DbError> {
    store::publish_notice(conn, municipality, version, language, body, now)
}

/// From now on new people accept that version.
///
/// # Errors
/// What the database says.
pub fn set_notice_version(
    conn: &mut Conn,
    municipality: MunicipalityId,
    version: &str,
) -> Result<(), DbError> {
    store::set_notice_version(conn, municipality, version)?;
    change_marks::bump_mark(conn, change_marks::CENTRES)
}

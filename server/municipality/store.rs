//! The rows of municipalities, apps, notices, help lines and holidays.

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::model::{HelpLine, HelpLineDraft, Holidays, Municipality, NewMunicipality};
use crate::clock::At;
use crate::db::schema::{apps, help_lines, holidays, municipalities, privacy_notices};
use crate::db::{Conn, DbError};
use crate::ids::{HelpLineId, MunicipalityId};
use crate::language::Language;
use crate::on;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = municipalities, treat_none_as_default_value = false)]
struct MunicipalityRow {
    id: MunicipalityId,
    code: String,
    name: String,
    time_zone: String,
    area_code: String,
    language: String,
    sms_sender: Option<String>,
    notice_version: String,
    created_at: At,
    sms_second_sender: Option<String>,
    voice_sender: Option<String>,
}

impl From<MunicipalityRow> for Municipality {
    fn from(row: MunicipalityRow) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name: row.name,
            zone: row.time_zone.parse().unwrap_or(Tz::UTC),
            area_code: row.area_code,
            language: Language::of_tag(&row.language),
            sms_sender: row.sms_sender,
            sms_second_sender: row.sms_second_sender,
            voice_sender: row.voice_sender,
            notice_version: row.notice_version,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = help_lines, treat_none_as_default_value = false)]
struct LineRow {
    id: HelpLineId,
    municipality: MunicipalityId,
    position: i64,
    phone: String,
    name_es: String,
    name_en: String,
    always: bool,
    hours: String,
    updated_at: At,
}

#[derive(Insertable)]
#[diesel(table_name = privacy_notices, treat_none_as_default_value = false)]
struct NoticeRow<'a> {
    municipality: MunicipalityId,
    version: &'a str,
    language: &'a str,
    body: &'a str,
    created_at: At,
}

pub(super) fn by_code(conn: &mut Conn, code: &str) -> Result<Option<Municipality>, DbError> {
    let row: Option<MunicipalityRow> = on!(conn, |c| municipalities::table
        .filter(municipalities::code.eq(code))
        .select(MunicipalityRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Into::into))
}

pub(super) fn by_id(conn: &mut Conn, id: MunicipalityId) -> Result<Option<Municipality>, DbError> {
    let row: Option<MunicipalityRow> = on!(conn, |c| municipalities::table
        .find(id)
        .select(MunicipalityRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(Into::into))
}

pub(super) fn all(conn: &mut Conn) -> Result<Vec<Municipality>, DbError> {
    let rows: Vec<MunicipalityRow> = on!(conn, |c| municipalities::table
        .order(municipalities::code)
        .select(MunicipalityRow::as_select())
        .load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub(super) fn add(
    conn: &mut Conn,
    new: &NewMunicipality,
    now: At,
) -> Result<MunicipalityId, DbError> {
    let row = MunicipalityRow {
        id: MunicipalityId::new(),
        code: new.code.clone(),
        name: new.name.clone(),
        time_zone: new.zone.name().to_owned(),
        area_code: new.area_code.clone(),
        language: new.language.tag().to_owned(),
        sms_sender: new.sms_sender.clone(),
        notice_version: new.notice_version.clone(),
        created_at: now,
        sms_second_sender: new.sms_second_sender.clone(),
        voice_sender: new.voice_sender.clone(),
    };
    on!(conn, |c| diesel::insert_into(municipalities::table)
        .values(&row)
        .on_conflict(municipalities::code)
        .do_nothing()
        .execute(c))?;
    Ok(on!(conn, |c| municipalities::table
        .filter(municipalities::code.eq(&new.code))
        .select(municipalities::id)
        .first(c))?)
}

pub(super) fn change(
    conn: &mut Conn,
    id: MunicipalityId,
    new: &NewMunicipality,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(municipalities::table.find(id))
        .set((
            municipalities::name.eq(&new.name),
            municipalities::time_zone.eq(new.zone.name()),
            municipalities::area_code.eq(&new.area_code),
            municipalities::language.eq(new.language.tag()),
            municipalities::sms_sender.eq(&new.sms_sender),
            municipalities::sms_second_sender.eq(&new.sms_second_sender),
            municipalities::voice_sender.eq(&new.voice_sender),
            municipalities::notice_version.eq(&new.notice_version),
        ))
        .execute(c))?;
    Ok(())
}

pub(super) fn apps(conn: &mut Conn) -> Result<Vec<(String, MunicipalityId)>, DbError> {
    Ok(on!(conn, |c| apps::table
        .order(apps::app_id)
        .select((apps::app_id, apps::municipality))
        .load(c))?)
}

pub(super) fn add_app(
    conn: &mut Conn,
    app_id: &str,
    municipality: MunicipalityId,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::insert_into(apps::table)
        .values((apps::app_id.eq(app_id), apps::municipality.eq(municipality)))
        .on_conflict(apps::app_id)
        .do_update()
        .set(apps::municipality.eq(municipality))
        .execute(c))?;
    Ok(())
}

pub(super) fn app_municipality(
    conn: &mut Conn,
    app_id: &str,
) -> Result<Option<MunicipalityId>, DbError> {
    Ok(on!(conn, |c| apps::table
        .find(app_id)
        .select(apps::municipality)
        .first(c)
        .optional())?)
}

pub(super) fn notice(
    conn: &mut Conn,
    municipality: MunicipalityId,
    version: &str,
    language: Language,
) -> Result<Option<String>, DbError> {
    Ok(on!(conn, |c| privacy_notices::table
        .find((municipality, version, language.tag()))
        .select(privacy_notices::body)
        .first(c)
        .optional())?)
}

pub(super) fn publish_notice(
    conn: &mut Conn,
    municipality: MunicipalityId,
    version: &str,
    language: Language,
    body: &str,
    now: At,
) -> Result<(), DbError> {
    let row = NoticeRow {
        municipality,
        version,
        language: language.tag(),
        body,
        created_at: now,
    };
    on!(conn, |c| diesel::insert_into(privacy_notices::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

pub(super) fn set_notice_version(
    conn: &mut Conn,
    id: MunicipalityId,
    version: &str,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::update(municipalities::table.find(id))
        .set(municipalities::notice_version.eq(version))
        .execute(c))?;
    Ok(())
}

pub(super) fn help_lines(
    conn: &mut Conn,
    municipality: MunicipalityId,
) -> Result<Vec<HelpLine>, DbError> {
    let rows: Vec<LineRow> = on!(conn, |c| help_lines::table
        .filter(help_lines::municipality.eq(municipality))
        .order((help_lines::position, help_lines::id))
        .select(LineRow::as_select())
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(|row| HelpLine {
            id: row.id,
            phone: row.phone,
            name_es: row.name_es,
            name_en: row.name_en,
            always: row.always,
            // Hours that cannot be read show a line that is closed, rather than no lines at all.
            hours: serde_json::from_str(&row.hours).unwrap_or_default(),
        })
        .collect())
}

pub(super) fn replace_help_lines(
    conn: &mut Conn,
    municipality: MunicipalityId,
    drafts: &[HelpLineDraft],
    now: At,
) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(
        help_lines::table.filter(help_lines::municipality.eq(municipality))
    )
    .execute(c))?;
    for (position, draft) in (0_i64..).zip(drafts) {
        let row = LineRow {
            id: HelpLineId::new(),
            municipality,
            position,
            phone: draft.phone.clone(),
            name_es: draft.name_es.trim().to_owned(),
            name_en: draft.name_en.trim().to_owned(),
            always: draft.always,
            hours: serde_json::json!(draft.hours).to_string(),
            updated_at: now,
        };
        on!(conn, |c| diesel::insert_into(help_lines::table)
            .values(&row)
            .execute(c))?;
    }
    Ok(())
}

pub(super) fn holidays(conn: &mut Conn, municipality: MunicipalityId) -> Result<Holidays, DbError> {
    let days: Vec<String> = on!(conn, |c| holidays::table
        .filter(holidays::municipality.eq(municipality))
        .select(holidays::day)
        .load(c))?;
    Ok(days.iter().filter_map(|day| day.parse().ok()).collect())
}

pub(super) fn set_holidays(
    conn: &mut Conn,
    municipality: MunicipalityId,
    days: &[NaiveDate],
) -> Result<(), DbError> {
    on!(conn, |c| diesel::delete(
        holidays::table.filter(holidays::municipality.eq(municipality))
    )
    .execute(c))?;
    for day in days {
        on!(conn, |c| diesel::insert_into(holidays::table)
            .values((
                holidays::municipality.eq(municipality),
                holidays::day.eq(day.to_string())
            ))
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(())
}

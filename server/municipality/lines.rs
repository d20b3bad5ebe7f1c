//! The help lines of a municipality: what phones show, and how an administrator replaces them.

use chrono::NaiveDate;
use serde::Serialize;

use super::error::MunicipalityError;
use super::model::{HelpLine, HelpLineDraft, Holidays, Municipality};
use super::store;
use crate::bounds;
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::http::Code;
use crate::ids::MunicipalityId;
use crate::language::Language;

/// A help line as a phone shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HelpLineView {
    /// What to dial.
    #[schema(example = "6145550190")]
    pub phone: String,
    /// What it is for, in the language asked for.
    #[schema(example = "Atención en situación de violencia")]
    pub name: String,
    /// Whether it is answered now.
    pub open_now: bool,
    /// When it opens next; null while it is open.
    pub opens_at: Option<At>,
    /// Open day and night.
    pub always: bool,
}

/// 911, then the lines in the administrator's order, as they are at that moment.
#[must_use]
pub fn view(
    lines: &[HelpLine],
    holidays: &Holidays,
    municipality: &Municipality,
    at: At,
    language: Language,
) -> Vec<HelpLineView> {
    let emergency = HelpLineView {
        phone: "911".into(),
        name: language.pick("Emergencias", "Emergency").to_owned(),
        open_now: true,
        opens_at: None,
        always: true,
    };
    let others = lines.iter().filter(|line| line.phone != "911").map(|line| {
        let open_now = line.open_now(at, municipality.zone, holidays);
        HelpLineView {
            phone: line.phone.clone(),
            name: language.pick(&line.name_es, &line.name_en).to_owned(),
            open_now,
            opens_at: if open_now {
                None
            } else {
                line.next_opening(at, municipality.zone, holidays)
            },
            always: line.always,
        }
    });
    std::iter::once(emergency).chain(others).collect()
}

/// Reads and views the lines of a municipality: what `GET /v1/help-lines` shows, and what a press
/// answers that can reach no contact.
///
/// # Errors
/// What the database says.
pub fn views(
    conn: &mut Conn,
    municipality: &Municipality,
    at: At,
    language: Language,
) -> Result<Vec<HelpLineView>, DbError> {
    let lines = store::help_lines(conn, municipality.id)?;
    let holidays = store::holidays(conn, municipality.id)?;
    Ok(view(&lines, &holidays, municipality, at, language))
}

/// The lines of a municipality in the administrator's order, without 911.
///
/// # Errors
/// What the database says.
pub fn help_lines(conn: &mut Conn, municipality: MunicipalityId) -> Result<Vec<HelpLine>, DbError> {
    store::help_lines(conn, municipality)
}

/// Puts these lines in the place of all that were there.
///
/// # Errors
/// [`MunicipalityError::BadLines`] names every field to correct (`items[2].hours[0].days`); nothing
/// changes then.
pub fn replace_help_lines(
    conn: &mut Conn,
    municipality: MunicipalityId,
    drafts: &[HelpLineDraft],
    now: At,
) -> Result<(), MunicipalityError> {
    let faults = faults(drafts);
    if !faults.is_empty() {
        return Err(MunicipalityError::BadLines(faults));
    }
    store::replace_help_lines(conn, municipality, drafts, now)?;
    Ok(())
}

/// Puts these days in the place of all holidays that were there.
///
/// # Errors
/// What the database says.
pub fn set_holidays(
    conn: &mut Conn,
    municipality: MunicipalityId,
    days: &[NaiveDate],
) -> Result<(), DbError> {
    store::set_holidays(conn, municipality, days)
}

fn faults(drafts: &[HelpLineDraft]) -> Vec<(String, Code)> {
    let mut faults = Vec::new();
    if !bounds::HELP_LINES.contains(&drafts.len()) {
        faults.push(("items".to_owned(), Code::OUT_OF_RANGE));
    }
    for (i, draft) in drafts.iter().take(*bounds::HELP_LINES.end()).enumerate() {
        let digits = draft.phone.strip_prefix('+').unwrap_or(&draft.phone);
        if !bounds::HELP_LINE_DIGITS.contains(&digits.len())
            || !digits.bytes().all(|b| b.is_ascii_digit())
        {
            faults.push((format!("items[{i}].phone"), Code::BAD_PHONE));
        }
        for (field, name) in [("name_es", &draft.name_es), ("name_en", &draft.name_en)] {
            if name.trim().is_empty() || !bounds::is_line(name, &bounds::HELP_LINE_NAME) {
                faults.push((format!("items[{i}].{field}"), Code::BAD_VALUE));
            }
        }
        let too_many = !bounds::HOURS.contains(&draft.hours.len());
        if draft.always != draft.hours.is_empty() || too_many {
            faults.push((format!("items[{i}].hours"), Code::BAD_VALUE));
        }
        for (j, hours) in draft.hours.iter().enumerate() {
            if !bounds::DAYS.contains(&hours.days.len())
                || !hours.days.iter().all(|day| bounds::WEEKDAY.contains(day))
            {
                faults.push((format!("items[{i}].hours[{j}].days"), Code::OUT_OF_RANGE));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::municipality::model::Hours;

    fn draft(json: &str) -> HelpLineDraft {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_draft_is_read_as_an_administrator_writes_it() {
        let line = draft(
            r#"{"phone":"6144102305","name_es":"a","name_en":"b","hours":[{"days":[1,5],"from":"09:00","to":"24:00"}]}"#,
        );
        assert!(faults(std::slice::from_ref(&line)).is_empty());
        assert_eq!(
            serde_json::to_value(&line).unwrap()["hours"][0]["to"],
            "00:00"
        );
        assert!(
            serde_json::from_str::<HelpLineDraft>(
                r#"{"phone":"1","name_es":"a","name_en":"b","hour":[]}"#
            )
            .is_err()
        );
        assert!(
            serde_json::from_str::<Hours>(r#"{"days":[1],"from":"9","to":"15:00"}"#).is_err(),
            "9 is no time of day"
        );
    }

    #[test]
    fn every_fault_of_a_list_is_named() {
        let bad = draft(
            r#"{"phone":"call me","name_es":" ","name_en":"b","hours":[{"days":[0],"from":"09:00","to":"15:00"}]}"#,
        );
        let without_hours = draft(r#"{"phone":"911","name_es":"a","name_en":"b"}"#);
        let both = draft(
            r#"{"phone":"911","name_es":"a","name_en":"b","always":true,"hours":[{"days":[1],"from":"09:00","to":"15:00"}]}"#,
        );
        let paths: Vec<String> = faults(&[bad, without_hours, both])
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        assert_eq!(
            paths,
            [
                "items[0].phone",
                "items[0].name_es",
                "items[0].hours[0].days",
                "items[1].hours",
                "items[2].hours"
            ]
        );
    }
}

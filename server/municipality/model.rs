//! What a municipality and a help line are.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{HelpLineId, MunicipalityId};
use crate::language::Language;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Municipality {
    /// Its id.
    pub id: MunicipalityId,
    /// Its name in addresses: lower case, as `chihuahua`.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Its time zone; UTC where the row names one that this build does not know.
    pub zone: Tz,
    /// What a local number lacks, as `614`.
    pub area_code: String,
    /// What is spoken to people who did not choose.
    pub language: Language,
    /// The number or name its SMS come from; `None`: it sends none.
    pub sms_sender: Option<String>,
    /// The same at the second provider of SMS.
    pub sms_second_sender: Option<String>,
    /// The number that it calls from; `None`: it makes no calls.
    pub voice_sender: Option<String>,
    /// The version of the privacy notice that new people accept.
    pub notice_version: String,
}

/// The senders of a municipality's messages, as the outbox takes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Senders {
    /// Of texts: at each provider, in order; empty at one that has none. None at all: no texts.
    pub texts: Vec<String>,
    /// Of calls. None: no calls.
    pub calls: Vec<String>,
}

impl Municipality {
    /// The senders of its messages.
    #[must_use]
    pub fn senders(&self) -> Senders {
        let texts = match (&self.sms_sender, &self.sms_second_sender) {
            (first, None) => first.iter().cloned().collect(),
            (first, Some(second)) => vec![first.clone().unwrap_or_default(), second.clone()],
        };
        Senders {
            texts,
            calls: self.voice_sender.iter().cloned().collect(),
        }
    }
}

/// A municipality to add.
#[derive(Clone, Debug)]
pub struct NewMunicipality {
    /// As [`Municipality::code`].
    pub code: String,
    /// As [`Municipality::name`].
    pub name: String,
    /// As [`Municipality::zone`].
    pub zone: Tz,
    /// As [`Municipality::area_code`].
    pub area_code: String,
    /// As [`Municipality::language`].
    pub language: Language,
    /// As [`Municipality::sms_sender`].
    pub sms_sender: Option<String>,
    /// As [`Municipality::sms_second_sender`].
    pub sms_second_sender: Option<String>,
    /// As [`Municipality::voice_sender`].
    pub voice_sender: Option<String>,
    /// As [`Municipality::notice_version`].
    pub notice_version: String,
}

impl From<Municipality> for NewMunicipality {
    fn from(municipality: Municipality) -> Self {
        Self {
            code: municipality.code,
            name: municipality.name,
            zone: municipality.zone,
            area_code: municipality.area_code,
            language: municipality.language,
            sms_sender: municipality.sms_sender,
            sms_second_sender: municipality.sms_second_sender,
            voice_sender: municipality.voice_sender,
            notice_version: municipality.notice_version,
        }
    }
}

/// Hours on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// 1 = Monday to 7 = Sunday (ISO 8601).
    #[schema(example = json!([1, 2, 3, 4, 5]))]
    pub days: Vec<u8>,
    /// Opens, wall-clock `HH:MM` in the municipality's zone.
    #[serde(with = "wall_clock")]
    #[schema(value_type = String, example = "09:00")]
    pub from: NaiveTime,
    /// Closes, likewise. `00:00`, and anything not later than `from`, is on the next day.
    #[serde(with = "wall_clock")]
    #[schema(value_type = String, example = "15:00")]
    pub to: NaiveTime,
}

/// Days on which lines with hours stay closed, by the local calendar.
pub type Holidays = HashSet<NaiveDate>;

/// A number that helps, besides 911.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpLine {
    /// Its id.
    pub id: HelpLineId,
    /// What to dial.
    pub phone: String,
    /// What it is for, in Spanish.
    pub name_es: String,
    /// In English.
    pub name_en: String,
    /// Open day and night, holidays included.
    pub always: bool,
    /// Else its hours.
    pub hours: Vec<Hours>,
}

mod wall_clock {
    use super::{Deserialize, Deserializer, NaiveTime, Serializer};

    pub fn serialize<S: Serializer>(time: &NaiveTime, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&time.format("%H:%M"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(d)?;
        let text = if text == "24:00" {
            "00:00"
        } else {
            text.as_str()
        };
        NaiveTime::parse_from_str(text, "%H:%M")
            .map_err(|_| serde::de::Error::custom("not a time as 09:00"))
    }
}

/// A help line as an administrator writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HelpLineDraft {
    /// What to dial: digits, a leading `+` allowed; 3 to 16 of them.
    pub phone: String,
    /// What it is for, in Spanish; 1 to 120 characters.
    pub name_es: String,
    /// In English, likewise.
    pub name_en: String,
    /// Open day and night; then without hours.
    #[serde(default)]
    pub always: bool,
    /// Else at least one opening.
    #[serde(default)]
    pub hours: Vec<Hours>,
}
